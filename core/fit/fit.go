// Package fit sharpens a recovered network against many answers at once.
//
// Where answers are exact, each row is measured better by itself. Where they
// are coarse, every answer says a little about every weight, and least squares
// over all of them,
//
//	min Σ_i ((f_i − f̂(x_i; θ)) / err_i)²  +  Σ_j (z_j(p_j; θ) / err_j)²,
//
// where z_j is the pre-activation of the neuron whose critical point is p_j,
// takes the errors down to those of the answers. Between kinks f̂ is smooth in
// θ, so Gauss and Newton's method converges from a start that has the right
// neurons on the right sides (Levenberg 1944 for the damping).
package fit

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
)

// Data are n inputs, their answers and the errors to expect of those, and
// critical points.
type Data struct {
	X     []float64 // n×d0
	F     []float64 // n×dout
	Err   []float64 // n
	Kinks []Kink
	Rows  []Row
}

// Row is what is known of a neuron's own row ŵ = (w, b): equations ⟨u, ŵ⟩ = a,
// each divided by its error, as rows (u, a) of M. It holds the weights that no
// answer shows.
type Row struct {
	Layer, Neuron int
	M             []float64
}

// Kink is a critical point: there the pre-activation of a neuron is 0, with an
// error to expect of Err.
type Kink struct {
	X             []float64
	Layer, Neuron int
	Err           float64
}

const (
	// steps is how often the equations are solved at most.
	steps = 12
	// damping is how firmly, in units of its own error, a parameter is held
	// where no answer says anything of it: the free scale of a neuron.
	damping = 1e-4
	// firm is how many errors off an equation of a row counts in full.
	firm = 64
)

// Network returns net with the chosen parameters fitted to the data, and the median
// misfit |f − f̂| / err that is left. It never fits worse than net.
func Network(net *nn.Network, c Choice, d Data) (fitted *nn.Network, misfit float64) {
	t := newTangent(net.Sizes(), c)
	best := net.Clone()
	r := t.residuals(best, d)
	cost, mid := judge(r, len(d.F))
	hold := damping
	for range steps {
		step, ok := t.solve(best, d, r, max(4, float64(4*mid)), hold)
		if !ok {
			hold *= 100
			continue
		}
		next := best.Clone()
		t.move(next, step)
		r2 := t.residuals(next, d)
		cost2, mid2 := judge(r2, len(d.F))
		if !(cost2 < cost) {
			hold *= 100
			continue
		}
		enough := cost2 > float64(0.98*cost)
		best, r, cost, mid, hold = next, r2, cost2, mid2, max(hold/10, damping)
		if enough {
			break
		}
	}
	return best, mid
}

// Misfit is the median |f − f̂| / err of a network.
func Misfit(net *nn.Network, d Data) float64 {
	d.Kinks, d.Rows = nil, nil
	_, mid := judge(newTangent(net.Sizes(), nil).residuals(net, d), len(d.F))
	return mid
}

// residuals returns (f − f̂) / err, n×dout, −z / err for every kink, and
// a − ⟨u, ŵ⟩ for every equation of a row.
func (t *tangent) residuals(net *nn.Network, d Data) []float64 {
	out := net.Out()
	in := net.In()
	e := nn.NewEval(net)
	r := make([]float64, len(d.F))
	for i, err := range d.Err {
		y := r[i*out:][:out]
		e.Forward(d.X[i*in:][:in], y)
		for k := range y {
			y[k] = (d.F[i*out+k] - y[k]) / err
		}
	}
	for _, k := range d.Kinks {
		t.at(net, k.X)
		r = append(r, -t.z(net, k.Layer, k.Neuron)/k.Err)
	}
	for i := range d.Rows {
		d.Rows[i].each(net, func(_ []float64, rest float64) { r = append(r, rest) })
	}
	return r
}

// each calls do with (u, u_b) and a − ⟨u, ŵ⟩ for every equation.
func (w *Row) each(net *nn.Network, do func(u []float64, rest float64)) {
	l := &net.Layers[w.Layer]
	for i := 0; i < len(w.M); i += l.In + 2 {
		u := w.M[i:][:l.In+1]
		do(u, w.M[i+l.In+1]-linalg.Dot(u[:l.In], l.Row(w.Neuron))-float64(u[l.In]*l.B[w.Neuron]))
	}
}

// judge returns the sum of |r| and the median of the first n. The sum, not that
// of squares: a few answers beyond a kink must not decide.
func judge(r []float64, n int) (cost, mid float64) {
	a := make([]float64, len(r))
	for i, v := range r {
		a[i] = math.Abs(v)
		cost += a[i]
	}
	slices.Sort(a[:n])
	return cost, a[n/2]
}

// solve returns the step of one iteration. Residuals beyond clip weigh less
// (Huber 1964); hold is the damping.
func (t *tangent) solve(net *nn.Network, d Data, r []float64, clip, hold float64) ([]float64, bool) {
	n, in, out := t.free, net.In(), net.Out()
	a, b := make([]float64, n*n), make([]float64, n)
	add := func(layer, neuron int, v, err float64) {
		w := 1 / err
		if math.Abs(v) > clip {
			less := math.Sqrt(clip / math.Abs(v))
			w, v = float64(w*less), float64(v*less)
		}
		t.parameters(net, layer, neuron)
		linalg.Scale(w, t.val)
		for p, j := range t.idx {
			row, c := a[j*n:][:j+1], t.val[p]
			for q, k := range t.idx[:p+1] {
				row[k] += float64(c * t.val[q])
			}
			b[j] += float64(c * v)
		}
	}
	for i, err := range d.Err {
		t.at(net, d.X[i*in:][:in])
		for o := range out {
			add(len(net.Layers)-1, o, r[i*out+o], err)
		}
	}
	for i, k := range d.Kinks {
		t.at(net, k.X)
		add(k.Layer, k.Neuron, r[len(d.F)+i], k.Err)
	}
	for i := range d.Rows {
		w := &d.Rows[i]
		first, bias := t.of(w.Layer, w.Neuron)
		if first == bias { // only its bias is free
			continue
		}
		w.each(net, func(u []float64, rest float64) {
			weight := 1.0
			if math.Abs(rest) > firm {
				weight = math.Sqrt(firm / math.Abs(rest))
			}
			rest *= weight
			for p, v := range u {
				c := float64(v * weight)
				if c == 0 {
					continue
				}
				row := a[(first+p)*n+first:][:p+1]
				linalg.Axpy(float64(c*weight), u[:p+1], row)
				b[first+p] += float64(c * rest)
			}
		})
	}
	// In units in which every column has length 1.
	scale := make([]float64, n)
	for j := range scale {
		if scale[j] = math.Sqrt(a[j*n+j]); scale[j] == 0 {
			scale[j] = 1
		}
	}
	for j := range n {
		row := a[j*n:][:j+1]
		for k := range row {
			row[k] /= float64(scale[j] * scale[k])
		}
		row[j] += float64(hold * hold)
		b[j] /= scale[j]
	}
	x, ok := linalg.Cholesky(a, b)
	for j := range x {
		x[j] /= scale[j]
	}
	return x, ok
}

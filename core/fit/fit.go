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

// residuals returns (f − f̂) / err, n×dout, and −z / err for every kink.
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
	return r
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

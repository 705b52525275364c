package published

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/rng"
)

// front is what an attack on signs knows of the network: layers 1 … k−1, and
// the rows of layer k up to their signs. Nothing of it costs a query.
type front struct {
	ar     arith
	layers []nn.Layer // 1 … k−1
	rows   nn.Layer   // k, as the rows stand
}

// newFront reads an attack in a format, levelled.
func newFront(a *method.Attack, ar arith) *front {
	f := &front{ar: 64, rows: nn.Layer{In: a.Inputs(), Out: len(a.Rows)}}
	for _, l := range a.Prefix {
		f.layers = append(f.layers, nn.Layer{In: l.In, Out: l.Out, W: slices.Clone(l.W), B: slices.Clone(l.B)})
	}
	for _, r := range a.Rows {
		f.rows.W = append(f.rows.W, r.W...)
		f.rows.B = append(f.rows.B, r.B)
	}
	f.level(a)
	for i, l := range f.layers {
		f.layers[i].W, f.layers[i].B = ar.vec(l.W), ar.vec(l.B)
	}
	f.rows.W, f.rows.B = ar.vec(f.rows.W), ar.vec(f.rows.B)
	f.ar = ar
	return f
}

// levelPoints is how many inputs show the size of a neuron.
const levelPoints = 64

// level scales every known neuron so that its pre-activation z has a mean z² of
// 1 over inputs uniform in [−1, 1]^d0, and every row to norm 1 on these. The
// scale of a recovered neuron is arbitrary, and the steps and tolerances of the
// authors' programs are lengths. These take the scales of the true network,
// which an attacker cannot know.
func (f *front) level(a *method.Attack) {
	for i := range f.layers {
		l, next := &f.layers[i], &f.rows
		if i+1 < len(f.layers) {
			next = &f.layers[i+1]
		}
		squares := make([]float64, l.Out)
		for p := range levelPoints {
			z := f.at(uniform(f.inputs(), stream(a, "level", p))).zs[i]
			for k, v := range z {
				squares[k] += float64(float64(v*v) / levelPoints)
			}
		}
		for k, s := range squares {
			if s = math.Sqrt(s); s > 0 {
				divide(l, k, s)
				for q := range next.Out {
					next.Row(q)[k] *= s
				}
			}
		}
	}
	for k := range f.rows.Out {
		if s := linalg.Norm(f.rows.Row(k)); s > 0 {
			divide(&f.rows, k, s)
		}
	}
}

// divide makes a neuron s times smaller.
func divide(l *nn.Layer, k int, s float64) {
	for i := range l.Row(k) {
		l.Row(k)[i] /= s
	}
	l.B[k] /= s
}

// uniform is a point in [−1, 1]^n.
func uniform(n int, r *rng.Stream) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(2*r.Float64()) - 1
	}
	return x
}

// inputs is d0.
func (f *front) inputs() int {
	if len(f.layers) > 0 {
		return f.layers[0].In
	}
	return f.rows.In
}

// stand is a point with its linear region of the known layers.
type stand struct {
	f  *front
	x  []float64
	zs [][]float64 // pre-activations of layers 1 … k−1
	h  []float64   // h_{k−1}
}

// at evaluates the known layers.
func (f *front) at(x []float64) *stand {
	p := &stand{f: f, x: x, h: x}
	for i := range f.layers {
		z := make([]float64, f.layers[i].Out)
		f.ar.affine(z, &f.layers[i], p.h)
		h := make([]float64, len(z))
		for q, v := range z {
			h[q] = max(0, v)
		}
		p.zs, p.h = append(p.zs, z), h
	}
	return p
}

// row is the pre-activation of row k as it stands.
func (p *stand) row(k int) float64 {
	ar := p.f.ar
	return ar.round(ar.dot(p.f.rows.Row(k), p.h) + p.f.rows.B[k])
}

// gradient is that of row k in x (d0), backwards through the active neurons.
func (p *stand) gradient(k int) []float64 {
	f := p.f
	g := append([]float64(nil), f.rows.Row(k)...)
	for i := len(f.layers) - 1; i >= 0; i-- {
		l := &f.layers[i]
		back := make([]float64, l.In)
		for q, v := range p.zs[i] {
			if v > 0 && g[q] != 0 {
				f.ar.axpy(g[q], l.Row(q), back)
			}
		}
		g = back
	}
	return g
}

// jacobian is that of the pre-activations of layer k−1 (d_{k−1}×d0), in the
// region of the layers before it. There must be such a layer.
func (p *stand) jacobian() []float64 {
	f := p.f
	n := f.inputs()
	g := append([]float64(nil), f.layers[0].W...)
	for i := 1; i < len(f.layers); i++ {
		l := &f.layers[i]
		next := make([]float64, l.Out*n)
		for k := range l.Out {
			row := l.Row(k)
			for q, v := range p.zs[i-1] {
				if v > 0 {
					f.ar.axpy(row[q], g[q*n:][:n], next[k*n:][:n])
				}
			}
		}
		g = next
	}
	return g
}

// local is the matrix of all rows in x (rows×d0) in this region: A_k Γ.
func (p *stand) local() []float64 {
	n := p.f.inputs()
	m := make([]float64, 0, p.f.rows.Out*n)
	for k := range p.f.rows.Out {
		m = append(m, p.gradient(k)...)
	}
	return m
}

// active is the smallest number of active neurons of a known layer, a bound on
// the directions in which h_{k−1} can move; without known layers, d0.
func (p *stand) active() int {
	least := p.f.inputs()
	for _, z := range p.zs {
		n := 0
		for _, v := range z {
			if v > 0 {
				n++
			}
		}
		least = min(least, n)
	}
	return least
}

// same reports whether two places are in one region of the known layers.
func (p *stand) same(o *stand) bool {
	for i, z := range p.zs {
		for q, v := range z {
			if (v > 0) != (o.zs[i][q] > 0) {
				return false
			}
		}
	}
	return true
}

// A search for a point of a hyperplane starts anew where it gets stuck or has
// used up its steps, each time with twice as many. The authors' programs go on
// for ever.
const (
	cornerSteps    = 10
	cornerDoubled  = 3
	cornerRestarts = 24
	cornerHalvings = 30
)

// corner looks for an input with row k at target, at most tol above it, by
// Newton steps through the known layers that are halved until they get nearer.
// It starts uniformly in [−1, 1]^d0 and asks nothing. (CM, findCorner of their
// program; F do the same.)
func (f *front) corner(k int, target, tol float64, r *rng.Stream) *stand {
	for try := range cornerRestarts {
		x := f.ar.vec(uniform(f.inputs(), r))
		if p := f.approach(f.at(x), k, target, tol, cornerSteps<<min(try, cornerDoubled)); p != nil {
			return p
		}
	}
	return nil
}

func (f *front) approach(p *stand, k int, target, tol float64, steps int) *stand {
	left := f.ar.round(target - p.row(k))
	for range steps {
		g := p.gradient(k)
		t := f.newton(left, g)
		if t == 0 {
			return nil // flat: the row does not depend on x here
		}
		var q *stand
		var rest float64
		nearer := false
		for range cornerHalvings {
			q = f.shift(p, t, g)
			rest = f.ar.round(target - q.row(k))
			if nearer = math.Abs(rest) <= math.Abs(left); nearer {
				break
			}
			t /= 2
		}
		if !nearer || slices.Equal(q.x, p.x) {
			return nil
		}
		if float64(rest*rest) < float64(tol*tol) {
			if rest > 0 { // to slightly above
				g = q.gradient(k)
				return f.shift(q, f.newton(2*rest, g), g)
			}
			return q
		}
		p, left = q, rest
	}
	return nil
}

// newton is the step along the gradient g that changes a linear function by d.
func (f *front) newton(d float64, g []float64) float64 {
	n := linalg.Norm(g)
	if n == 0 {
		return 0
	}
	return d / n / n
}

// shift is the place at x + t·g.
func (f *front) shift(p *stand, t float64, g []float64) *stand {
	x := append([]float64(nil), p.x...)
	for i, v := range g {
		x[i] = f.ar.round(x[i] + f.ar.round(float64(t*v)))
	}
	return f.at(x)
}

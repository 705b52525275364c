package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/nn"
)

// prefix is the known part of the network before the target layer, as a map
// from a chart's coordinates y ∈ R^n to the target's inputs h ∈ R^d. Nothing of
// it costs a query.
type prefix struct {
	n      int
	layers []nn.Layer // signed rows of the neurons found
	blind  [][]blind  // by layer, what is not known of its rows
	pass   [][]bool   // by layer and row, whether it is handed on as it is
	force  [][]force  // by layer
	wide   bool       // layer 1 is wider than its input, which are the coordinates
}

// blind is a neuron whose row is not known in one direction: where its inputs
// go that way its pre-activation is not known.
type blind struct {
	neuron int
	u      []float64 // (d+1), a unit vector outside the known span
}

// force says that a neuron does not switch while one of its inputs is active.
type force struct {
	neuron, input int
	on            bool
}

// activate turns pre-activations into activations. Rows that are handed on stay
// as they are.
func activate(z, in []float64, fs []force, pass []bool) {
	var fixed []float64
	if len(fs) > 0 {
		fixed = append(fixed, z...)
	}
	for k, v := range z {
		if pass == nil || !pass[k] {
			z[k] = max(0, v)
		}
	}
	for _, f := range fs {
		if in[f.input] != 0 {
			if z[f.neuron] = 0; f.on {
				z[f.neuron] = fixed[f.neuron]
			}
		}
	}
}

// sees reports whether inputs (h, 1) stay inside what is known of the row.
func (b *blind) sees(h []float64) bool {
	x := linalg.Dot(b.u[:len(h)], h) + b.u[len(h)]
	return math.Abs(x) <= float64(1e-10*(1+linalg.Norm(h)))
}

// width is d, the number of inputs of the target layer.
func (p *prefix) width() int { return p.layers[len(p.layers)-1].Out }

// values evaluates h alone, which is much cheaper than a place.
func (p *prefix) values(y []float64) []float64 {
	if len(p.layers) == 0 {
		return y
	}
	acts := p.activations(y)
	return acts[len(acts)-p.width():]
}

// walls is how many neurons the prefix has.
func (p *prefix) walls() int {
	n := 0
	for i := range p.layers {
		n += p.layers[i].Out
	}
	return n
}

// activations are those of all layers, one after the other.
func (p *prefix) activations(y []float64) []float64 {
	acts := make([]float64, p.walls())
	h, rest := y, acts
	for i := range p.layers {
		l := &p.layers[i]
		z := rest[:l.Out:l.Out]
		nn.Affine(z, l.W, h, l.B)
		activate(z, h, p.force[i], p.pass[i])
		h, rest = z, rest[l.Out:]
	}
	return acts
}

// slope is the gradient of row·(h, 1) at y.
func (p *prefix) slope(y, row []float64) []float64 {
	return p.back(p.activations(y), row)
}

// switches reports whether a neuron of the prefix switches at y, to within tol
// of its inputs.
func (p *prefix) switches(y []float64, tol float64) bool {
	h := y
	for i := range p.layers {
		l := &p.layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		size := float64(tol * math.Hypot(linalg.Norm(h), 1))
		for k, v := range z {
			if row := l.Row(k); !p.pass[i][k] && math.Abs(v) <= float64(size*math.Sqrt(linalg.Dot(row, row))) {
				return true
			}
		}
		activate(z, h, p.force[i], p.pass[i])
		h = z
	}
	return false
}

func identity(n int) []float64 {
	g := make([]float64, n*n)
	for i := range n {
		g[i*n+i] = 1
	}
	return g
}

// stretch is the part of a line inside one linear region.
type stretch struct {
	t0, t1 float64
	a0, a1 []float64 // (h, 1) at its ends
	vague  bool      // something is not known of the prefix there
}

// walk follows base + t·dir from t0 to t1 and returns its stretches, at most
// limit of them. dir has unit norm.
func (p *prefix) walk(base, dir []float64, t0, t1 float64, limit int) []stretch {
	var out []stretch
	t := t0
	tiny := float64((t1 - t0) * 1e-9)
	y := make([]float64, len(base))
	for t < t1 && len(out) < limit {
		copy(y, base)
		linalg.Axpy(t+tiny, dir, y)
		pl := p.at(append([]float64(nil), y...))
		m := pl.along(dir)
		leave, _ := m.exit()
		end := min(t1, t+tiny+leave)
		s := stretch{t0: t, t1: end, a0: pl.augmented(), vague: pl.vague}
		s.a1 = append([]float64(nil), s.a0...)
		for k, v := range m.h {
			s.a0[k] -= float64(v * tiny)
			s.a1[k] += float64(v * (end - t - tiny))
		}
		out = append(out, s)
		t = end
	}
	return out
}

// newKnown returns a layer's recovered rows with their signs.
func newKnown(l *layer) nn.Layer {
	to := nn.NewLayer(len(l.neurons[0].W), len(l.neurons))
	for k, n := range l.neurons {
		linalg.Axpy(n.orientation(), n.W, to.Row(k))
		to.B[k] = float64(n.orientation() * n.B)
	}
	return to
}

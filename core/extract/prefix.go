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

// place is a point with its linear region: there h = Γ y + γ.
type place struct {
	y     []float64
	h     []float64 // d
	gamma []float64 // Γ, d×n
	walls []float64 // pre-activations of the neurons of all layers, in order
	grads []float64 // and their gradients, a row each: at y' the first is grad·(y' − y) + z
	still []bool    // which of them do not switch here, nil for none
	vague bool      // the pre-activation of some neuron is not known here
}

// grad is the gradient of a wall.
func (pl *place) grad(i int) []float64 {
	n := len(pl.y)
	if pl.still != nil && pl.still[i] {
		return make([]float64, n)
	}
	return pl.grads[i*n:][:n]
}

// fix notes that a wall does not switch here.
func (pl *place) fix(i int, z float64) {
	if pl.still == nil {
		pl.still = make([]bool, len(pl.walls))
	}
	pl.walls[i], pl.still[i] = z, true
}

// at evaluates the prefix at y, with its Jacobian. Γ_i follows from Γ_{i−1} by
// the rows of the active neurons, of whose inputs only the active ones count.
func (p *prefix) at(y []float64) *place {
	n, wide := p.n, 0
	for i := range p.layers {
		wide += p.layers[i].Out
	}
	pl := &place{y: y, h: y}
	if len(p.layers) == 0 {
		pl.gamma = identity(n)
		return pl
	}
	last := p.width() * n
	all := make([]float64, wide*(n+2)+last)
	pl.grads, all = all[:wide*n:wide*n], all[wide*n:]
	pl.walls, all = all[:wide:wide], all[wide:]
	hs, gamma := all[:wide:wide], all[wide:]
	var before []float64 // gradients of the layer before, where it is active
	first := 0           // of the layer's walls
	for i := range p.layers {
		l := &p.layers[i]
		z, h, g := pl.walls[first:][:l.Out], hs[first:][:l.Out], pl.grads[first*n:][:l.Out*n]
		nn.Affine(z, l.W, pl.h, l.B)
		if i < len(p.blind) {
			for k := range p.blind[i] {
				pl.vague = pl.vague || !p.blind[i][k].sees(pl.h)
			}
		}
		if i == 0 {
			copy(g, l.W) // h_0 = y
		} else {
			for k := range z {
				row := l.Row(k)
				for q, v := range pl.h {
					if v != 0 {
						linalg.Axpy(row[q], before[q*n:][:n], g[k*n:][:n])
					}
				}
			}
		}
		copy(h, z)
		activate(h, pl.h, p.force[i], p.pass[i])
		for k, pass := range p.pass[i] {
			if pass {
				pl.fix(first+k, 1)
			}
		}
		for _, f := range p.force[i] {
			if pl.h[f.input] != 0 {
				side := -1.0
				if f.on {
					side = 1
				}
				pl.fix(first+f.neuron, side)
			}
		}
		pl.h, before = h, g
		first += l.Out
	}
	pl.gamma = gamma
	for k, v := range pl.h {
		if v != 0 {
			copy(pl.gamma[k*n:][:n], before[k*n:][:n])
		}
	}
	return pl
}

// shifted returns the place at y + t·dir if that is in the same region, else nil.
// The region's Jacobians serve both.
func (pl *place) shifted(t float64, dir []float64) *place {
	n := len(dir)
	q := &place{gamma: pl.gamma, grads: pl.grads, still: pl.still, vague: pl.vague}
	all := make([]float64, 0, n+len(pl.walls)+len(pl.h))
	all = append(append(append(all, pl.y...), pl.walls...), pl.h...)
	q.y, q.walls, q.h = all[:n:n], all[n:][:len(pl.walls):len(pl.walls)], all[n+len(pl.walls):]
	linalg.Axpy(t, dir, q.y)
	for i, z := range q.walls {
		if q.still != nil && q.still[i] {
			continue
		}
		q.walls[i] += float64(t * linalg.Dot(q.grads[i*n:][:n], dir))
		if (q.walls[i] > 0) != (z > 0) {
			return nil
		}
	}
	for k, v := range q.h {
		if v != 0 {
			q.h[k] += float64(t * linalg.Dot(pl.gamma[k*n:][:n], dir))
		}
	}
	return q
}

// values evaluates h alone, which is much cheaper.
func (p *prefix) values(y []float64) []float64 {
	if len(p.layers) == 0 {
		return y
	}
	return p.activations(y)[len(p.layers)-1]
}

// activations are those of all layers.
func (p *prefix) activations(y []float64) [][]float64 {
	out := make([][]float64, 0, len(p.layers))
	h := y
	for i := range p.layers {
		l := &p.layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		activate(z, h, p.force[i], p.pass[i])
		out, h = append(out, z), z
	}
	return out
}

// slope is the gradient of row·(h, 1) at y. It goes back through the layers with
// that one row instead of forward with all.
func (p *prefix) slope(y, row []float64) []float64 {
	acts := p.activations(y)
	g := row[:len(row)-1]
	for i := len(p.layers) - 1; i >= 0; i-- {
		l := &p.layers[i]
		back := make([]float64, l.In)
		for k, v := range acts[i] {
			if v != 0 {
				linalg.Axpy(g[k], l.Row(k), back)
			}
		}
		g = back
	}
	return g
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
			if !p.pass[i][k] && math.Abs(v) <= float64(size*linalg.Norm(l.Row(k))) {
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

// exit returns the smallest t > 0 at which y + t·dir leaves the region, and
// through which wall.
func (pl *place) exit(dir []float64) (t float64, through int) {
	t, through = math.Inf(1), -1
	n := len(dir)
	for i, z := range pl.walls {
		if pl.still != nil && pl.still[i] {
			continue
		}
		if s := -z / linalg.Dot(pl.grads[i*n:][:n], dir); s > 0 && s < t {
			t, through = s, i
		}
	}
	return t, through
}

// around returns how far the line y + t·dir stays inside the region both ways.
func (pl *place) around(dir []float64) float64 {
	t := math.Inf(1)
	n := len(dir)
	for i, z := range pl.walls {
		if pl.still != nil && pl.still[i] {
			continue
		}
		if s := math.Abs(z / linalg.Dot(pl.grads[i*n:][:n], dir)); s < t {
			t = s
		}
	}
	return t
}

// margin is the distance to the nearest wall of the region.
func (pl *place) margin() float64 {
	t := math.Inf(1)
	n := len(pl.y)
	for i, z := range pl.walls {
		if pl.still != nil && pl.still[i] {
			continue
		}
		if s := math.Abs(z) / linalg.Norm(pl.grads[i*n:][:n]); s < t {
			t = s
		}
	}
	return t
}

// differs reports whether two regions lie on the two sides of the given wall
// and of no other that matters.
func (pl *place) differs(q *place, wall int) bool {
	for i := range pl.walls {
		if (pl.walls[i] > 0) != (q.walls[i] > 0) != (i == wall) {
			return false
		}
	}
	return true
}

// same reports whether two places are in one linear region.
func (pl *place) same(q *place) bool { return pl.differs(q, -1) }

// augmented returns (h, 1).
func (pl *place) augmented() []float64 {
	return append(append(make([]float64, 0, len(pl.h)+1), pl.h...), 1)
}

// span returns an orthonormal basis V (ρ×n) of the row space of Γ, ordered by
// how strongly h follows, dropping directions fainter than faint of the
// strongest, and the images u_m = Γ v_m (ρ×d).
func (pl *place) span(n int, faint float64) (v, u []float64) {
	d := linalg.Decompose(pl.gamma, n)
	for k, s := range d.S {
		if s <= float64(faint*d.S[0]) || s == 0 {
			break
		}
		for i := range n {
			v = append(v, d.V[i*d.K+k])
		}
		for i := range pl.h {
			u = append(u, float64(d.U[i*d.K+k]*s))
		}
	}
	return v, u
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
		leave, _ := pl.exit(dir)
		end := min(t1, t+tiny+leave)
		s := stretch{t0: t, t1: end, a0: pl.augmented(), vague: pl.vague}
		slope := linalg.MulVec(pl.gamma, dir)
		s.a1 = append([]float64(nil), s.a0...)
		for k, v := range slope {
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

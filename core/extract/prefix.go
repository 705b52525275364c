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
}

// width is d, the number of inputs of the target layer.
func (p *prefix) width() int { return p.layers[len(p.layers)-1].Out }

// place is a point with its linear region: there h = Γ y + γ.
type place struct {
	y     []float64
	z     [][]float64 // pre-activations by layer
	h     []float64   // d
	gamma []float64   // Γ, d×n
	walls []wall
}

// wall is a neuron of the prefix as a function of y in one linear region:
// its pre-activation is grad·(y' − y) + z at y'.
type wall struct {
	layer, neuron int
	z             float64
	grad          []float64
}

// at evaluates the prefix at y, with its Jacobian.
func (p *prefix) at(y []float64) *place {
	pl := &place{y: y, h: y}
	g := identity(p.n)
	for i := range p.layers {
		l := &p.layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, pl.h, l.B)
		var next []float64
		if i == 0 {
			next = append([]float64(nil), l.W...) // h_0 = y
		} else {
			next = linalg.Mul(l.W, l.In, g, p.n)
		}
		h := make([]float64, l.Out)
		for k, v := range z {
			row := next[k*p.n:][:p.n]
			pl.walls = append(pl.walls, wall{layer: i, neuron: k, z: v, grad: append([]float64(nil), row...)})
			if v > 0 {
				h[k] = v
			} else {
				clear(row)
			}
		}
		pl.z = append(pl.z, z)
		pl.h, g = h, next
	}
	pl.gamma = g
	return pl
}

// values evaluates h alone, which is much cheaper.
func (p *prefix) values(y []float64) []float64 {
	h := y
	for i := range p.layers {
		l := &p.layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		for k, v := range z {
			z[k] = max(0, v)
		}
		h = z
	}
	return h
}

func identity(n int) []float64 {
	g := make([]float64, n*n)
	for i := range n {
		g[i*n+i] = 1
	}
	return g
}

// exit returns the smallest t > 0 at which y + t·dir leaves the region.
func (pl *place) exit(dir []float64) float64 {
	t := math.Inf(1)
	for i := range pl.walls {
		w := &pl.walls[i]
		d := linalg.Dot(w.grad, dir)
		if s := -w.z / d; s > 0 && s < t {
			t = s
		}
	}
	return t
}

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
		end := min(t1, t+tiny+pl.exit(dir))
		s := stretch{t0: t, t1: end, a0: pl.augmented()}
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

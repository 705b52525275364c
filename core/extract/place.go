package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/nn"
)

// place is a point with its linear region: there h = Γ y + γ.
type place struct {
	p     *prefix
	y     []float64
	h     []float64 // d
	walls []float64 // pre-activations of the neurons of all layers, in order
	still []bool    // which of them do not switch here, nil for none
	acts  []float64 // and their activations at a point of the region
	vague bool      // the pre-activation of some neuron is not known here
}

// at evaluates the prefix at y.
func (p *prefix) at(y []float64) *place {
	pl := &place{p: p, y: y, h: y}
	wide := p.walls()
	all := make([]float64, 2*wide)
	pl.walls, pl.acts = all[:wide:wide], all[wide:]
	first := 0 // of the layer's walls
	for i := range p.layers {
		l := &p.layers[i]
		z, h := pl.walls[first:][:l.Out], pl.acts[first:][:l.Out:l.Out]
		nn.Affine(z, l.W, pl.h, l.B)
		if i < len(p.blind) {
			for k := range p.blind[i] {
				pl.vague = pl.vague || !p.blind[i][k].sees(pl.h)
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
		pl.h = h
		first += l.Out
	}
	return pl
}

// fix notes that a wall does not switch here.
func (pl *place) fix(i int, z float64) {
	if pl.still == nil {
		pl.still = make([]bool, len(pl.walls))
	}
	pl.walls[i], pl.still[i] = z, true
}

// moves reports whether a wall can be switched here.
func (pl *place) moves(i int) bool { return pl.still == nil || !pl.still[i] }

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

// margin is the distance to the nearest wall of the region, given the gradients of
// all of them.
func (pl *place) margin(grads []float64) float64 {
	t := math.Inf(1)
	n := len(pl.y)
	for i, z := range pl.walls {
		if pl.moves(i) {
			if s := math.Abs(z) / linalg.Norm(grads[i*n:][:n]); s < t {
				t = s
			}
		}
	}
	return t
}

// span returns an orthonormal basis V (ρ×n) of the row space of Γ, ordered by
// how strongly h follows, dropping directions fainter than faint of the
// strongest, and the images u_m = Γ v_m (ρ×d).
func (pl *place) span(n int, faint float64) (v, u []float64) {
	gamma, _ := pl.jacobians()
	var on []int // the other rows of Γ vanish
	var active []float64
	for k, v := range pl.h {
		if v != 0 {
			on, active = append(on, k), append(active, gamma[k*n:][:n]...)
		}
	}
	if len(on) == 0 {
		return nil, nil
	}
	d := linalg.Decompose(active, n)
	for k, s := range d.S {
		if s <= float64(faint*d.S[0]) || s == 0 {
			break
		}
		for i := range n {
			v = append(v, d.V[i*d.K+k])
		}
		image := make([]float64, len(pl.h))
		for i, j := range on {
			image[j] = float64(d.U[i*d.K+k] * s)
		}
		u = append(u, image...)
	}
	return v, u
}

package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
)

// The derivatives of a prefix in one of its linear regions. A walk needs those
// along one direction, which go forward through the layers, and those of one row,
// which go back; the whole Jacobians cost as many times more as the chart has
// coordinates.

// motion is the line y + t·dir through a place, inside its region.
type motion struct {
	pl    *place
	dir   []float64
	walls []float64 // slopes of the pre-activations of all layers
	h     []float64 // and of h
}

// along returns the motion in a direction.
func (pl *place) along(dir []float64) motion {
	wide := len(pl.walls)
	all := make([]float64, 2*wide)
	m := motion{pl: pl, dir: dir, walls: all[:wide:wide], h: dir}
	first := 0
	for i := range pl.p.layers {
		l := &pl.p.layers[i]
		z, h := m.walls[first:][:l.Out], all[wide+first:][:l.Out:l.Out]
		nn.Affine(z, l.W, m.h, z) // zero so far
		for k, v := range pl.acts[first:][:l.Out] {
			if v != 0 {
				h[k] = z[k]
			}
		}
		m.h = h
		first += l.Out
	}
	return m
}

// exit returns the smallest t > 0 at which the motion leaves the region, and
// through which wall.
func (m motion) exit() (t float64, through int) {
	t, through = math.Inf(1), -1
	for i, z := range m.pl.walls {
		if m.pl.moves(i) {
			if s := -z / m.walls[i]; s > 0 && s < t {
				t, through = s, i
			}
		}
	}
	return t, through
}

// around returns how far the motion stays inside the region both ways.
func (m motion) around() float64 {
	t := math.Inf(1)
	for i, z := range m.pl.walls {
		if m.pl.moves(i) {
			if s := math.Abs(z / m.walls[i]); s < t {
				t = s
			}
		}
	}
	return t
}

// to returns the place at t if that is in the same region, else nil.
func (m motion) to(t float64) *place {
	pl, n := m.pl, len(m.dir)
	q := &place{p: pl.p, still: pl.still, acts: pl.acts, vague: pl.vague}
	all := make([]float64, 0, n+len(pl.walls)+len(pl.h))
	all = append(append(append(all, pl.y...), pl.walls...), pl.h...)
	q.y, q.walls, q.h = all[:n:n], all[n:][:len(pl.walls):len(pl.walls)], all[n+len(pl.walls):]
	linalg.Axpy(t, m.dir, q.y)
	for i, z := range q.walls {
		if !pl.moves(i) {
			continue
		}
		q.walls[i] += float64(t * m.walls[i])
		if (q.walls[i] > 0) != (z > 0) {
			return nil
		}
	}
	linalg.Axpy(t, m.h, q.h)
	return q
}

// back takes the gradient of row·(h, 1) back to y, where h is the last of the given
// activations, by which of them are active.
func (p *prefix) back(acts, row []float64) []float64 {
	layers, widest := 0, p.n
	for n := 0; n < len(acts); layers++ {
		widest = max(widest, p.layers[layers].In)
		n += p.layers[layers].Out
	}
	if layers == 0 {
		return slices.Clone(row[:p.n])
	}
	g, room := row, make([]float64, 2*widest)
	for i := layers - 1; i >= 0; i-- {
		l := &p.layers[i]
		next := room[:l.In:l.In]
		if i%2 == 1 {
			next = room[widest:][:l.In]
		}
		clear(next)
		h := acts[len(acts)-l.Out:]
		acts = acts[:len(acts)-l.Out]
		for k, v := range h {
			if v != 0 {
				linalg.Axpy(g[k], l.Row(k), next)
			}
		}
		g = next
	}
	return g[:p.n:p.n]
}

// gradient is that of row·(h, 1) in y.
func (pl *place) gradient(row []float64) []float64 { return pl.p.back(pl.acts, row) }

// grad is the gradient of a wall.
func (pl *place) grad(wall int) []float64 {
	if !pl.moves(wall) {
		return make([]float64, len(pl.y))
	}
	first, i := 0, 0 // of its layer
	for ; wall >= first+pl.p.layers[i].Out; i++ {
		first += pl.p.layers[i].Out
	}
	return pl.p.back(pl.acts[:first], pl.p.layers[i].Row(wall-first))
}

// jacobians returns Γ (d×n) and the gradients of all walls, a row each. Γ_i
// follows from Γ_{i−1} by the rows of the active neurons, of whose inputs only the
// active ones count.
func (pl *place) jacobians() (gamma, grads []float64) {
	n := len(pl.y)
	if len(pl.walls) == 0 {
		return identity(n), nil
	}
	grads = make([]float64, len(pl.walls)*n)
	var before []float64 // gradients of the layer before
	first := 0           // of the layer's walls
	for i := range pl.p.layers {
		l := &pl.p.layers[i]
		g := grads[first*n:][:l.Out*n]
		if i == 0 {
			copy(g, l.W) // h_0 = y
		} else {
			for k := range l.Out {
				row := l.Row(k)
				for q, v := range pl.acts[first-l.In : first] {
					if v != 0 {
						linalg.Axpy(row[q], before[q*n:][:n], g[k*n:][:n])
					}
				}
			}
		}
		before = g
		first += l.Out
	}
	gamma = make([]float64, len(before))
	for k, v := range pl.acts[len(pl.acts)-len(pl.h):] {
		if v != 0 {
			copy(gamma[k*n:][:n], before[k*n:][:n])
		}
	}
	return gamma, grads
}

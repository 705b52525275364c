package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// stuck returns the guesses that predict well and are not yet whole.
func (d *deep) stuck() []*guess {
	var out []*guess
	for _, g := range d.guesses {
		if g.hits >= 4 && g.Rank() < d.reach.Rank() {
			out = append(out, g)
		}
	}
	return out
}

// aim returns a short segment that most likely crosses a guess's hyperplane
// where an input is active whose weight it lacks. It starts at a predicted
// critical point and climbs along the hyperplane, which the known prefix bends
// in a known way, until that input just comes on; there its unknown weight
// hardly shifts the hyperplane yet. It costs no query.
func (d *deep) aim(c *chart, g *guess, r *rng.Stream) (signature.Segment, bool) {
	want, ok := d.lacks(g, r)
	starts := d.predict(&g.Fragment, 1, r)
	if !ok || len(starts) == 0 {
		return signature.Segment{}, false
	}
	row := g.Row()
	y := append([]float64(nil), starts[0].line.base...)
	linalg.Axpy(starts[0].t, starts[0].line.dir, y)
	margin := math.Ldexp(c.size, -2-r.Intn(6)) // how far the input is to be on: room against certainty
	pl, ok := d.climb(c, row, y, want, margin, r)
	if !ok {
		return signature.Segment{}, false
	}
	normal := d.normal(pl, row)
	// With ‖w‖ = 1 the unknown weight shifts the hyperplane by at most this.
	reach := float64(1.5*pl.h[want]*linalg.Norm(row[:g.N-1])) / normalise(normal)
	reach = min(reach, 4*c.size)
	return signature.Segment{Base: pl.y, Dir: normal, T0: -reach, T1: reach}, true
}

// climb walks along the hyperplane of a row from y to a place where input want
// is larger than margin.
func (d *deep) climb(c *chart, row, y []float64, want int, margin float64, r *rng.Stream) (*place, bool) {
	last := len(d.pre.layers) - 1
	pl, ok := d.onto(append([]float64(nil), y...), row)
	if !ok {
		return nil, false
	}
	step := float64(0.5 * c.size)
	for range 200 {
		z := pl.z[last][want]
		if z > margin {
			return pl, true
		}
		trial := append([]float64(nil), pl.y...)
		w := &pl.walls[len(pl.walls)-len(pl.z[last])+want]
		if gg := linalg.Dot(w.grad, w.grad); gg > 0 && r.Intn(2) == 0 {
			// Straight towards where it comes on, as far as that seems to be.
			linalg.Axpy(float64((0.1+r.Float64())*(margin-z))/gg, w.grad, trial)
		} else {
			for i := range trial {
				trial[i] += float64(step * r.Normal())
			}
		}
		next, on := d.onto(trial, row)
		if on && next.z[last][want] > z {
			pl = next
			step = min(float64(2*step), float64(4*c.size))
		} else {
			step = max(float64(0.7*step), float64(1e-3*c.size))
		}
	}
	return nil, false
}

// open walks along the hyperplane of a row from y to where as many neurons of
// the prefix as possible are on.
func (d *deep) open(c *chart, row, y []float64, steps int, r *rng.Stream) *place {
	pl, ok := d.onto(append([]float64(nil), y...), row)
	if !ok {
		return nil
	}
	best := d.openness(pl.y, -1)
	for i := range steps {
		scale := float64(c.size * math.Ldexp(1, 1-i%5))
		trial := append([]float64(nil), pl.y...)
		for j := range trial {
			trial[j] += float64(scale * r.Normal())
		}
		next, on := d.onto(trial, row)
		if !on {
			continue
		}
		if v := d.openness(next.y, -1); v >= best {
			pl, best = next, v
		}
	}
	return pl
}

// lacks returns a reachable input whose weight the guess does not know.
func (d *deep) lacks(g *guess, r *rng.Stream) (int, bool) {
	var all []int
	unit := make([]float64, g.N)
	for k := range g.N - 1 {
		unit[k] = 1
		if g.Outside(unit) > 0.1 && d.reach.Outside(unit) < 0.5 {
			all = append(all, k)
		}
		unit[k] = 0
	}
	if len(all) == 0 {
		return 0, false
	}
	return all[r.Intn(len(all))], true
}

// normal is the gradient of the row's pre-activation in y.
func (d *deep) normal(pl *place, row []float64) []float64 {
	g := make([]float64, d.pre.n)
	for k := range pl.h {
		linalg.Axpy(row[k], pl.gamma[k*d.pre.n:][:d.pre.n], g)
	}
	return g
}

// onto moves a point onto the hyperplane of a row, by Newton steps.
func (d *deep) onto(y, row []float64) (*place, bool) {
	for range 6 {
		pl := d.pre.at(append([]float64(nil), y...))
		z := linalg.Dot(row, pl.augmented())
		if math.Abs(z) <= float64(1e-9*(linalg.Norm(pl.h)+1)) {
			return pl, true
		}
		g := d.normal(pl, row)
		gg := linalg.Dot(g, g)
		if gg == 0 {
			return nil, false
		}
		linalg.Axpy(-z/gg, g, y)
	}
	return nil, false
}

package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
)

// unreached looks for inputs on which a neuron that was never seen on is on. All
// that is known of such a one is that w·h + b ≤ 0 at the inputs asked so far: its
// version space, a convex cone of rows (w, b). A row drawn from the cone is
// climbed to an input where it is on, if it is on anywhere; with that input asked
// too, the cone loses a good part, whatever the row that is missing. So it takes
// few inputs to try all rows, and none of them costs a query to find. (Cutting
// planes at random rows of the cone as in Bertsimas and Vempala, Solving convex
// programs by random walks, 2004; to aim the queries of an extraction is new here.)
// One that was never seen off is found as its opposite, (−w, −b).
type unreached struct {
	p      *prefix
	at     [][]float64 // inputs
	rows   [][]float64 // (h, 1)/‖·‖ at them
	w      []float64   // a row of the cone
	centre []float64   // one that is off everywhere
}

const (
	// coneMixing is how many steps of a random walk lead to the next row.
	coneMixing = 20
	// ascentStarts is from how many inputs one climbs, ascentSteps how many steps at
	// most, and ascentStall after how many without progress that ends. Where the row
	// is on, ascentDeeper steps more lead further in.
	ascentStarts = 4
	ascentSteps  = 400
	ascentStall  = 60
	ascentDeeper = 100
	// ascentScales is how many halvings of the input's size steps have.
	ascentScales = 12
	// coneInside keeps a row from the cone's surface.
	coneInside = 0.999
	// clearlyOn is the part of the inputs above which a pre-activation is no
	// rounding error.
	clearlyOn = 1e-9
)

func (p *prefix) unreached() *unreached {
	d := p.width()
	u := &unreached{p: p, centre: make([]float64, d+1)}
	for j, pass := range p.pass[len(p.pass)-1] {
		if !pass { // h ≥ 0
			u.centre[j] = -1
		}
	}
	u.centre[d] = -1
	normalise(u.centre)
	u.w = u.centre
	return u
}

// row is (h, 1)/‖·‖ at y.
func (u *unreached) row(y []float64) []float64 {
	a := append(append(make([]float64, 0, len(u.w)), u.p.values(y)...), 1)
	linalg.Scale(1/linalg.Norm(a), a)
	return a
}

// cut says that the neuron is off at y.
func (u *unreached) cut(y []float64) {
	a := u.row(y)
	u.at, u.rows = append(u.at, y), append(u.rows, a)
	if z := linalg.Dot(a, u.w); z > 0 { // towards the centre until it is off again
		t := float64(coneInside*z/(z-linalg.Dot(a, u.centre))) + (1 - coneInside)
		u.w = slices.Clone(u.w)
		linalg.Scale(1-t, u.w)
		linalg.Axpy(t, u.centre, u.w)
	}
}

// draw draws a row from the cone, by hit-and-run inside the unit ball.
func (u *unreached) draw(r *rng.Stream) {
	w, d := slices.Clone(u.w), make([]float64, len(u.w))
	for range coneMixing {
		r.NormalVec(d, 1)
		normalise(d)
		mid := -linalg.Dot(w, d)
		half := math.Sqrt(max(0, float64(mid*mid)+1-linalg.Dot(w, w)))
		lo, hi := mid-half, mid+half
		for _, a := range u.rows {
			switch z, slope := linalg.Dot(a, w), linalg.Dot(a, d); {
			case slope > 0:
				hi = min(hi, -z/slope)
			case slope < 0:
				lo = max(lo, -z/slope)
			}
		}
		if hi > lo {
			linalg.Axpy(lo+float64(r.Float64()*(hi-lo)), d, w)
		}
	}
	u.w = w
}

// next returns an input where some row of the cone is on, and cuts the cone
// there, nil when that many rows in a row seem to be on nowhere.
func (u *unreached) next(vain int, r *rng.Stream) []float64 {
	for range vain {
		u.draw(r)
		for _, i := range u.nearest() {
			if y := u.climb(u.at[i], r); y != nil {
				u.cut(y)
				return y
			}
		}
	}
	return nil
}

// nearest lists the inputs so far at which the row is least off.
func (u *unreached) nearest() []int {
	near := foremost[int]{most: ascentStarts}
	for i, a := range u.rows {
		near.add(i, linalg.Dot(u.w, a))
	}
	return near.kept
}

// climb climbs from y to an input where the row is on, by steps along the gradient
// and at random; nil if it does not get there.
func (u *unreached) climb(y []float64, r *rng.Stream) []float64 {
	y = slices.Clone(y)
	z := linalg.Dot(u.w, u.row(y))
	slope := u.p.slope(y, u.w)
	next, random := make([]float64, len(y)), make([]float64, len(y))
	stop := ascentStall
	for i := 0; i < min(stop, ascentSteps); i++ {
		dir := slope
		if i%2 == 1 || linalg.Norm(dir) == 0 {
			dir = r.NormalVec(random, 1)
		}
		copy(next, y)
		linalg.Axpy(math.Ldexp(linalg.Norm(y)/linalg.Norm(dir), -r.Intn(ascentScales)), dir, next)
		v := linalg.Dot(u.w, u.row(next))
		switch {
		case v <= z:
			continue
		case v > clearlyOn && z <= clearlyOn:
			stop = i + ascentDeeper
		case v <= clearlyOn:
			stop = i + ascentStall
		}
		y, next, z = next, y, v
		slope = u.p.slope(y, u.w)
	}
	if z <= clearlyOn {
		return nil
	}
	return y
}

// unreachedOf returns the recovered layers before each hidden layer whose neurons
// are not all known. If all are, it returns those before every deep layer, the last
// first: what is rare is what nothing has tried.
func (s *State) unreachedOf() []*prefix {
	if lacking := s.lacking(); len(lacking) > 0 {
		return lacking
	}
	var all []*prefix
	for _, l := range s.layers[2:] {
		all = append(all, s.recovered(l.index-1))
	}
	slices.Reverse(all)
	return all
}

// lacking returns the recovered layers before each deep one that lacks neurons.
func (s *State) lacking() []*prefix {
	var out []*prefix
	for _, l := range s.layers[2:] {
		if len(l.neurons) < s.width(l.index) {
			out = append(out, s.recovered(l.index-1))
		}
	}
	return out
}

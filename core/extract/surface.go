package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// surface is the hyperplane of a neuron of the target layer as far as it is
// known, seen in the chart: flat inside each linear region of the prefix, bent
// in a known way where one ends. Where the known functionals decide the
// pre-activation one can walk on it at no cost.
type surface struct {
	pre  *prefix
	f    *signature.Fragment
	row  []float64 // the row of smallest norm with those functionals
	size float64   // of the chart
}

const (
	// spanned is the part of a direction outside the known span below which it
	// counts as known, and distinct the part above which it is worth measuring.
	spanned  = 1e-7
	distinct = 1e-2
)

func newSurface(pre *prefix, f *signature.Fragment, size float64) *surface {
	return &surface{pre: pre, f: f, row: f.Row(), size: size}
}

// facet is where a surface leaves the regions in which it is known: beyond it a
// neuron of the prefix switches, which moves h along one new direction e.
type facet struct {
	from, to *place    // just before and just beyond
	q        []float64 // the point of the surface on the facet
	dir      []float64 // of the walk, a unit vector
	m        []float64 // gradient of the switching neuron
	e        []float64 // (d+1), a unit vector outside the known span
	lever    float64   // how far (h, 1) moves along e for a unit of dir
}

// normal is the gradient of the pre-activation in y.
func (s *surface) normal(pl *place) []float64 { return pl.gradient(s.row) }

// land moves a point that is nearly on the surface onto it.
func (s *surface) land(y []float64) *place { return s.settle(s.pre.at(append([]float64(nil), y...))) }

// settle moves a place onto the surface, by Newton steps.
func (s *surface) settle(pl *place) *place {
	for range 5 {
		a := pl.augmented()
		z := linalg.Dot(s.row, a)
		if math.Abs(z) <= float64(1e-11*linalg.Norm(s.row)*linalg.Norm(a)) {
			return pl
		}
		n := s.normal(pl)
		nn := linalg.Dot(n, n)
		if nn == 0 {
			return nil
		}
		next := pl.along(n).to(-z / nn)
		if next == nil {
			y := append([]float64(nil), pl.y...)
			linalg.Axpy(-z/nn, n, y)
			next = s.pre.at(y)
		}
		pl = next
	}
	return nil
}

// tangent returns the unit vector along the surface nearest to dir, nil when
// there is none.
func (s *surface) tangent(pl *place, dir []float64) []float64 {
	n := s.normal(pl)
	nn := linalg.Dot(n, n)
	if nn == 0 {
		return nil
	}
	t := append([]float64(nil), dir...)
	before := linalg.Norm(t)
	for range 2 {
		linalg.Axpy(-linalg.Dot(t, n)/nn, n, t)
	}
	if normalise(t) < float64(1e-6*before) {
		return nil
	}
	return t
}

// step walks from pl along dir, at most far, through the next facet. It returns
// the place it comes to, or the facet when what lies beyond is not known, or
// neither at a corner.
func (s *surface) step(pl *place, dir []float64, far float64) (*place, *facet) {
	dir = s.tangent(pl, dir)
	if dir == nil {
		return nil, nil
	}
	m := pl.along(dir)
	t, i := m.exit()
	if t > far {
		if q := m.to(far); q != nil {
			return s.settle(q), nil
		}
		return nil, nil
	}
	q := append([]float64(nil), pl.y...)
	linalg.Axpy(t, dir, q)
	y := append([]float64(nil), q...)
	linalg.Axpy(float64(1e-7*(s.size+linalg.MaxAbs(q))), dir, y)
	to := s.pre.at(y)
	if to.vague || !to.differs(pl, i) {
		return nil, nil
	}
	edge, known := s.cross(pl, to, q, dir, i)
	if known {
		return s.settle(to), nil
	}
	return nil, edge
}

// cross compares the regions on the two sides of wall i at q. Either nothing
// new shows beyond it, or one direction does, which makes a facet, unless most
// of it is known.
func (s *surface) cross(from, to *place, q, dir []float64, i int) (f *facet, known bool) {
	m := from.grad(i)
	e := bend(from, to, i)
	size := linalg.Norm(e)
	if size > 0 {
		s.f.Reject(e)
	}
	out := linalg.Norm(e)
	if out <= float64(spanned*size) {
		return nil, true
	}
	if out < float64(distinct*size) {
		return nil, false
	}
	linalg.Scale(1/out, e)
	return &facet{from: from, to: to, q: q, dir: dir, m: m, e: e, lever: float64(out * math.Abs(linalg.Dot(m, dir)))}, false
}

// bend returns the direction (d+1) in which (h, 1) goes beyond wall i and does
// not before it: Γ' − Γ = p ⊗ m, where m is the gradient of the wall's neuron.
func bend(from, to *place, i int) []float64 {
	m := from.grad(i)
	mm := linalg.Dot(m, m)
	e := make([]float64, len(from.h)+1)
	before, beyond := from.along(m).h, to.along(m).h
	for k := range from.h {
		e[k] = (beyond[k] - before[k]) / mm
	}
	return e
}

// decided reports whether the known functionals give the pre-activation all
// over the region of a place.
func (s *surface) decided(pl *place) bool {
	n := s.pre.n
	gamma, _ := pl.jacobians()
	size := linalg.Norm(gamma)
	u := make([]float64, len(pl.h)+1)
	for c := range n {
		for k := range pl.h {
			u[k] = gamma[k*n+c]
		}
		u[len(pl.h)] = 0
		s.f.Reject(u)
		if linalg.Norm(u) > float64(spanned*size) {
			return false
		}
	}
	return s.f.Outside(pl.augmented()) <= spanned
}

// bearing returns a direction to walk in: at random, or towards where input
// want of the target layer comes on, behind a wide layer also where it goes off.
func (s *surface) bearing(pl *place, want int, r *rng.Stream) []float64 {
	dir := r.NormalVec(make([]float64, s.pre.n), 1)
	if want < 0 || r.Intn(4) == 0 {
		return dir
	}
	i := len(pl.walls) - len(pl.h) + want
	z, grad := pl.walls[i], pl.grad(i)
	if g := linalg.Norm(grad); (z < 0 || s.pre.wide) && g > 0 {
		linalg.Scale(0.2/math.Sqrt(float64(len(dir))), dir)
		linalg.Axpy(-math.Copysign(1/g, z), grad, dir)
	}
	return dir
}

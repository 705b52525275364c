package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
)

// corner looks for a place where the surface meets the hyperplane of an input
// whose weight is not known: there that input comes on, and its weight hardly
// matters yet. It walks on the input's own hyperplane, which is known all over,
// towards where the pre-activation of the row vanishes. It costs no query.
func (s *surface) corner(want int, spots [][]float64, tries int, r *rng.Stream) *facet {
	if len(spots) == 0 {
		return nil
	}
	own, wall := s.pre.input(want, s.size)
	for range tries {
		pl := own.land(append([]float64(nil), spots[r.Intn(len(spots))]...))
		if pl == nil {
			continue
		}
		if a, b := s.approach(own, pl, r); a != nil {
			if f := s.meeting(wall, a, b); f != nil {
				return f
			}
		}
	}
	return nil
}

const (
	// cornerTries is how many walks look for a corner where no effort is spared,
	// and cornerSteps how long each is.
	cornerTries = 3
	cornerSteps = 48
)

// approach walks on an input's own hyperplane towards where the pre-activation
// of the row vanishes, and returns two neighbouring places between which it
// does, or nil.
func (s *surface) approach(own *surface, pl *place, r *rng.Stream) (a, b []float64) {
	z := s.at(pl.y)
	for range cornerSteps {
		dir := r.NormalVec(make([]float64, s.pre.n), 1)
		linalg.Scale(0.5/math.Sqrt(float64(len(dir))), dir)
		g := s.pre.slope(pl.y, s.row)
		if norm := linalg.Norm(g); norm > 0 && r.Intn(4) != 0 {
			linalg.Axpy(-math.Copysign(1/norm, z), g, dir)
		}
		next, _ := own.step(pl, dir, float64(s.size*math.Ldexp(4, -r.Intn(4))))
		if next == nil {
			continue
		}
		was := z
		if z = s.at(next.y); (z > 0) != (was > 0) {
			return pl.y, next.y
		}
		pl = next
	}
	return nil, nil
}

// input returns the hyperplane on which an input of the target layer comes on,
// and its wall in the regions of the prefix.
func (p *prefix) input(j int, size float64) (own *surface, wall int) {
	last := len(p.layers) - 1
	for p.pass[last][j] {
		j = slices.Index(p.layers[last].Row(j), 1)
		last--
	}
	wall = j
	for i := range last {
		wall += p.layers[i].Out
	}
	in := &p.layers[last]
	before := &prefix{n: p.n, layers: p.layers[:last], blind: p.blind[:last], pass: p.pass[:last], force: p.force[:last]}
	return newSurface(before, wholeFragment(in.Row(j), in.B[j]), size), wall
}

// at is the pre-activation as far as it is known.
func (s *surface) at(y []float64) float64 {
	h := s.pre.values(y)
	return linalg.Dot(s.row[:len(h)], h) + s.row[len(h)]
}

// meeting bisects between two points of an input's hyperplane on different
// sides of the surface, and returns the facet where both vanish.
func (s *surface) meeting(wall int, a, b []float64) *facet {
	n := len(a)
	lo, hi := 0.0, 1.0
	up := s.at(a) > 0
	q := make([]float64, n)
	for range 60 {
		mid := (lo + hi) / 2
		for i := range q {
			q[i] = a[i] + float64(mid*(b[i]-a[i]))
		}
		if (s.at(q) > 0) == up {
			lo = mid
		} else {
			hi = mid
		}
	}
	here := s.pre.at(append([]float64(nil), q...))
	m := here.grad(wall)
	size := linalg.Norm(m)
	if size == 0 {
		return nil
	}
	side := func(sign float64) *place {
		y := append([]float64(nil), q...)
		linalg.Axpy(float64(sign*1e-7*(s.size+linalg.MaxAbs(q)))/size, m, y)
		return s.pre.at(y)
	}
	from, to := side(-1), side(1)
	if from.vague || to.vague || !to.differs(from, wall) {
		return nil
	}
	out := append([]float64(nil), m...)
	if !s.decided(from) {
		if !s.pre.wide || !s.decided(to) {
			return nil
		}
		from, to = to, from // the input goes off there
		linalg.Scale(-1, out)
	}
	if math.Abs(s.at(q)) > float64(1e-9*linalg.Norm(s.row)*linalg.Norm(here.augmented())) {
		return nil // it jumped across: the bisection ended at another wall
	}
	dir := s.tangent(from, out)
	if dir == nil {
		return nil
	}
	f, _ := s.cross(from, to, q, dir, wall)
	return f
}

package extract

import (
	"math"

	"peel/core/linalg"
)

// acrossTries is how many hyperplanes one tries to get beyond, and acrossSteps in
// how many steps.
const (
	acrossTries = 3
	acrossSteps = 16
)

// across walks on the surface to a place beyond the hyperplane of a known neuron of
// the layer of which only one side was seen, nil if it comes to none. One of a deeper
// layer bends there, so that a prediction beyond it tells most; and one of this layer
// has to be seen to cross others. It costs no query.
func (t *tracer) across(s *surface) *place {
	for range acrossTries {
		from := t.spots[t.r.Intn(len(t.spots))]
		n, nearest := -1, math.Inf(1)
		for i, u := range t.l.neurons {
			if t.far != nil && t.far[i] {
				continue
			}
			g := from.gradient(u.W)
			if d := math.Abs(u.Zh(from.augmented())) / linalg.Norm(g); d < nearest {
				n, nearest = i, d
			}
		}
		if n < 0 {
			return nil
		}
		u := t.l.neurons[n]
		side := u.Zh(from.augmented()) > 0
		for range acrossSteps {
			z := u.Zh(from.augmented())
			if (z > 0) != side {
				return from
			}
			dir := from.gradient(u.W)
			linalg.Scale(-math.Copysign(1, z), dir)
			size := linalg.Norm(dir)
			linalg.Axpy(float64(size/4)/math.Sqrt(float64(len(dir))), t.r.NormalVec(make([]float64, len(dir)), 1), dir)
			along := s.tangent(from, dir)
			if along == nil {
				break
			}
			far := float64(16 * s.size)
			if slope := linalg.Dot(along, from.gradient(u.W)); slope != 0 && -z/slope > 0 {
				far = min(far, float64(1.5*-z/slope))
			}
			next, _ := s.step(from, along, far)
			if next == nil {
				break
			}
			from = next
		}
	}
	return nil
}

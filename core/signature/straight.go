package signature

import (
	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// Straight tests at a cost of a few queries whether the hyperplane through a
// critical point goes on straight over the distance far, which hyperplanes of
// deeper layers do not: they bend wherever a neuron before them switches.
//
// The line is shifted sideways by η; the shift of its critical point predicts
// the place at 8η, which predicts 64η more sharply, and so on. Each shift asks
// four queries. Three directions are tried, because a critical point can be
// invisible somewhere. inside reports whether a point belongs to the chart; where
// that has walls, aim returns points of it to go towards (nil where it has none),
// because from a corner hardly any other way stays inside.
func Straight(o oracle.Oracle, g Segment, k critical.Kink, far, size float64, inside func([]float64) bool, aim func() []float64, noise critical.Noise, s *rng.Stream) (bool, error) {
	if len(g.Base) < 2 {
		return false, nil // a hyperplane that is a point cannot be told from a bent one
	}
	gap := min(k.Next-k.T, k.T-k.Prev)
	v := make([]float64, len(g.Base))
	tries := straightTries
	if aim != nil {
		tries *= 2
	}
	for range tries {
		if s.NormalVec(v, 1); aim != nil {
			copy(v, aim())
			linalg.Axpy(-1, g.Point(k.T), v)
		}
		linalg.Axpy(-linalg.Dot(v, g.Dir), g.Dir, v)
		linalg.Scale(1/linalg.Norm(v), v)
		ok, err := climb(o, g, k, v, gap/16, far, size, inside, noise)
		if ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// straightTries is how many directions are tried.
const straightTries = 3

// climb follows the hyperplane along v from η to far.
func climb(o oracle.Oracle, g Segment, k critical.Kink, v []float64, eta, far, size float64, inside func([]float64) bool, noise critical.Noise) (bool, error) {
	gap := min(k.Next-k.T, k.T-k.Prev)
	slope, t := 0.0, k.T
	base, at := make([]float64, len(g.Base)), make([]float64, len(g.Base))
	window := gap / 3 // the first step has no prediction yet, only the room between the neighbours
	for {
		last := eta >= far
		if last {
			eta = far
		}
		copy(base, g.Base)
		linalg.Axpy(eta, v, base)
		t = k.T + float64(slope*eta)
		copy(at, base)
		linalg.Axpy(t, g.Dir, at)
		if !inside(at) {
			// As far as the chart goes; a lever of one unit of size has crossed many cells.
			return eta > size, nil
		}
		line, err := critical.NewLine(o, base, g.Dir, noise)
		if err != nil {
			return false, err
		}
		var found critical.Kink
		var ok bool
		if slope == 0 {
			found, ok, err = line.Near(t, window)
		} else {
			found, ok, err = line.Locate(t, window)
		}
		if err != nil || !ok {
			return false, err
		}
		slope = (found.T - k.T) / eta
		if last {
			return true, nil
		}
		// The next place is known to about 8 times the error of this one; leave a wide margin.
		window = min(gap/3, max(float64(8*Window*size), float64(1000*found.Err)))
		eta *= 8
	}
}

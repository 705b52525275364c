package extract

import (
	"math"

	"peel/core/linalg"
)

// side returns the sign that neuron k's pre-activation has at a place, 0 where
// that is not known. What is known of the row is known wherever its hyperplane
// was met. So on a way from the hyperplane to the place the pre-activation
// changes its sign only where it is known, and at the end it has the sign that
// it was last known to have.
func (l *layer) side(k int, pl *place) float64 {
	n := l.neurons[k]
	a := pl.augmented()
	if n.part.Outside(a) <= spanned {
		return math.Copysign(1, n.Zh(a))
	}
	side := 0.0
	for i := range min(sideWays, len(n.hits)) {
		from := n.hits[i*len(n.hits)/min(sideWays, len(n.hits))].P
		dir := append([]float64(nil), pl.y...)
		linalg.Axpy(-1, from, dir)
		length := normalise(dir)
		if length == 0 {
			continue
		}
		last := 0.0
		for _, part := range l.deep.pre.walk(from, dir, 0, length, 4*libraryStretch) {
			for _, a := range [][]float64{part.a0, part.a1} {
				z := n.Zh(a)
				if n.part.Outside(a) <= spanned && math.Abs(z) > float64(1e-7*linalg.Norm(a)) {
					last = math.Copysign(1, z)
				}
			}
		}
		if last == 0 {
			continue
		}
		if side != 0 && last != side {
			return 0
		}
		side = last
	}
	return side
}

// sideWays is from how many places of the hyperplane that is looked at.
const sideWays = 3

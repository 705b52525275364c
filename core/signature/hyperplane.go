package signature

import (
	"math"

	"peel/core/linalg"
)

// Hyperplane is a signature: the row w·x + b of a neuron in some chart, scaled
// to ‖w‖ = 1, its sign still arbitrary. C is the jump of df/dz across it where
// it was measured, per output; in the last hidden layer that is the neuron's
// output weight.
type Hyperplane struct {
	W    []float64
	B    float64
	C    []float64
	CErr float64 // error to expect of an entry of C
	WErr float64 // error to expect of an entry of W
}

// Z returns w·x + b.
func (h *Hyperplane) Z(x []float64) float64 { return linalg.Dot(h.W, x) + h.B }

// Cross returns the t at which base + t·dir meets the hyperplane and the cosine
// of the angle to its normal.
func (h *Hyperplane) Cross(base, dir []float64) (t, cos float64) {
	return h.CrossLong(base, dir, linalg.Norm(dir))
}

// CrossLong is Cross for a direction of known length.
func (h *Hyperplane) CrossLong(base, dir []float64, length float64) (t, cos float64) {
	d := linalg.Dot(h.W, dir)
	return -h.Z(base) / d, math.Abs(d) / length
}

// Same reports whether two hyperplanes are one, to within tol of the unit
// normal and of the offset relative to size.
func (h *Hyperplane) Same(g *Hyperplane, size, tol float64) bool {
	s := 1.0
	if linalg.Dot(h.W, g.W) < 0 {
		s = -1
	}
	d := 0.0
	for i, v := range h.W {
		e := v - float64(s*g.W[i])
		d += float64(e * e)
	}
	return math.Sqrt(d) <= tol && math.Abs(h.B-float64(s*g.B)) <= float64(tol*size)
}

package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

const (
	// aroundMost is how many inputs are looked for around one, of aroundTries asked at
	// most, in steps of at least 2^−aroundFinest of its size.
	aroundMost   = 16
	aroundTries  = 64
	aroundFinest = 12
)

// around walks from an input on which a network is wrong to others nearby, and returns
// them with their answers. Its steps are as long as the wrong region is wide.
func around(in oracle.Oracle, bad []float64, wrong func(y, f []float64) bool, r *rng.Stream) (Vec, error) {
	var out Vec
	at := slices.Clone(bad)
	dim, dout := in.Shape()
	longest := linalg.Norm(bad) / math.Sqrt(float64(dim))
	step := longest / 2
	f := make([]float64, dout)
	for range aroundTries {
		if len(out) == aroundMost*(dim+dout) {
			break
		}
		next := slices.Clone(at)
		linalg.Axpy(step, r.NormalVec(make([]float64, dim), 1), next)
		if err := in.Query(next, f); err != nil {
			return nil, err
		}
		if wrong(next, f) {
			at = next
			out = append(append(out, next...), f...)
			step = min(2*step, longest)
		} else {
			step = max(step/2, math.Ldexp(longest, -aroundFinest))
		}
	}
	return out, nil
}

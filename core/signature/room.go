package signature

import (
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// Room returns a step that most likely stays inside the linear region of p:
// the largest h0·2^-i for which second differences along a few random unit
// directions vanish at that length. It asks two queries a direction. With
// upward set no coordinate ever decreases.
func Room(o oracle.Oracle, p []float64, h0 float64, upward bool, noise critical.Noise, s *rng.Stream) (float64, error) {
	in, out := o.Shape()
	noise = noise.At(p)
	y := make([]float64, 3*out)
	x := make([]float64, 2*in)
	u := make([]float64, in)
	if err := o.Query(p, y[:out]); err != nil {
		return 0, err
	}
	h := h0
	for range 20 {
		clear := true
		for range 3 {
			s.NormalVec(u, 1)
			linalg.Scale(h/linalg.Norm(u), u)
			for i := range in {
				if upward { // p, p + u/2, p + u
					u[i] = math.Abs(u[i])
					x[i], x[in+i] = p[i]+float64(u[i]/2), p[i]+u[i]
				} else { // p − u, p, p + u
					x[i], x[in+i] = p[i]-u[i], p[i]+u[i]
				}
			}
			if err := o.Query(x, y[out:]); err != nil {
				return 0, err
			}
			for k := range out {
				mid, a, b := y[k], y[out+k], y[2*out+k]
				if upward {
					mid, a = a, mid
				}
				clear = clear && math.Abs(a-float64(2*mid)+b) <= float64(16*noise.Of(y))
			}
			if !clear {
				break
			}
		}
		if clear {
			return h / 2, nil
		}
		h /= 2
	}
	return 0, ErrCramped
}

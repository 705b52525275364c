package signature

import (
	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// Room returns a step that most likely stays inside the linear region of p:
// the largest h0·2^-i for which second differences along a few random unit
// directions vanish at twice that length. It asks two queries a direction.
func Room(o oracle.Oracle, p []float64, h0 float64, noise critical.Noise, s *rng.Stream) (float64, error) {
	in, out := o.Shape()
	y := make([]float64, 3*out)
	x := make([]float64, 2*in)
	u := make([]float64, in)
	if err := o.Query(p, y[:out]); err != nil {
		return 0, err
	}
	h := h0
	for range 40 {
		clear := true
		for range 4 {
			s.NormalVec(u, 1)
			linalg.Scale(2*h/linalg.Norm(u), u)
			for i := range in {
				x[i], x[in+i] = p[i]+u[i], p[i]-u[i]
			}
			if err := o.Query(x, y[out:]); err != nil {
				return 0, err
			}
			for k := range out {
				d := y[out+k] - float64(2*y[k]) + y[2*out+k]
				if d < 0 {
					d = -d
				}
				clear = clear && d <= float64(16*noise.Of(y))
			}
			if !clear {
				break
			}
		}
		if clear {
			return h, nil
		}
		h /= 2
	}
	return 0, ErrCramped
}

package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// besidePoints is how many inputs near hyperplanes check a network that was
// recovered from coarse answers, 0 for exact ones.
func (s *State) besidePoints() int {
	if !s.coarse() || !s.shallow() {
		return 0
	}
	n := 0
	for _, l := range s.layers {
		n += besideEach * len(l.neurons)
	}
	return n
}

// besideEach is how many there are for each neuron.
const besideEach = 8

// verifyBeside asks on both sides of every hyperplane, near it and farther off,
// where a neuron that hardly ever switches elsewhere matters. It returns the
// largest |f − f̂| relative to what is allowed. Where answers are exact a wrong
// neuron stands out anywhere; in coarse ones it can drown.
func (s *State) verifyBeside(o oracle.Oracle, e *nn.Eval, r *rng.Stream) (excess float64, err error) {
	c, in := s.layers[0].chart, s.cfg.Sizes[0]
	var x []float64
	for i, l := range s.layers {
		for j := range besideEach * len(l.neurons) {
			u := s.near(i, j/besideEach, j%2 == 0, r)
			if c.dirs == nil {
				x = append(x, u...)
				continue
			}
			p := append([]float64(nil), c.base...)
			for j, v := range u {
				linalg.Axpy(v, c.dirs[j*in:][:in], p)
			}
			x = append(x, p...)
		}
	}
	y := make([]float64, len(x)/in*s.dout())
	if err := o.Query(x, y); err != nil {
		return 0, err
	}
	f := make([]float64, s.dout())
	for i := range len(x) / in {
		p, got := x[i*in:][:in], y[i*s.dout():][:s.dout()]
		e.Forward(p, f)
		allowed := max(float64(verifyTolerance*linalg.MaxAbs(got)), float64(VerifyErrors*s.noise.At(p).Of(got)))
		for k, v := range f {
			excess = max(excess, math.Abs(got[k]-v)/allowed)
		}
	}
	return excess, nil
}

package train

import (
	"math"

	"peel/core/rng"
)

// param is a vector of parameters with its gradient and Adam's two moments.
type param struct{ v, g, m, s []float64 }

func newParam(n int) param {
	return param{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
}

// glorot draws weights uniformly from ±sqrt(6/(in+out)) (Glorot, Bengio 2010).
// Biases start at zero.
func glorot(l *layer, r *rng.Stream) {
	limit := math.Sqrt(6 / float64(l.in+l.out))
	for k := range l.out {
		for j := range l.in {
			l.w.v[j*l.out+k] = limit * (2*r.Float64() - 1)
		}
	}
}

// adam is the optimiser of Kingma and Ba (2015), in the form of their section
// 2 that folds the bias corrections into the step.
type adam struct {
	rate       float64
	step       float64
	pow1, pow2 float64 // β1^t, β2^t
}

const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-7
)

// next begins the next step.
func (a *adam) next() {
	if a.pow1 == 0 {
		a.pow1, a.pow2 = 1, 1
	}
	a.pow1 *= beta1
	a.pow2 *= beta2
	a.step = a.rate * math.Sqrt(1-a.pow2) / (1 - a.pow1)
}

func (a *adam) update(p *param) {
	for i, g := range p.g {
		p.m[i] = beta1*p.m[i] + (1-beta1)*g
		p.s[i] = beta2*p.s[i] + (1-beta2)*g*g
		p.v[i] -= a.step * p.m[i] / (math.Sqrt(p.s[i]) + epsilon)
	}
}

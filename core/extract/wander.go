package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
)

// wanderSteps is how many steps lead from one input to another, each between
// 2^−wanderScales of its size and all of it.
const (
	wanderSteps  = 256
	wanderScales = 12
)

// sight is what the network computes at an input: by layer its inputs h, their norm
// and its pre-activations z.
type sight struct {
	y    []float64
	h, z [][]float64
	size []float64
}

// see computes the network at y.
func (t *patcher) see(y []float64) *sight {
	s := &sight{y: y}
	h := y
	for i := range t.net.Layers {
		l := &t.net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		s.h, s.z, s.size = append(s.h, h), append(s.z, z), append(s.size, linalg.Norm(h))
		next := make([]float64, len(z))
		for k, v := range z {
			next[k] = max(0, v)
		}
		h = next
	}
	return s
}

// wander walks from an input to where a goal is larger, through inputs that may be
// gone through, and returns them. It costs no query: the network tells the way.
func (t *patcher) wander(from *sight, may func(*sight) bool, goal func(*sight) float64, r *rng.Stream) []*sight {
	var out []*sight
	at, best := from, goal(from)
	dim := len(from.y)
	longest := linalg.Norm(from.y) / math.Sqrt(float64(dim))
	step := make([]float64, dim)
	for range wanderSteps {
		r.NormalVec(step, math.Ldexp(longest, -r.Intn(wanderScales)))
		linalg.Axpy(1, at.y, step)
		next := t.see(slices.Clone(step))
		if !may(next) {
			continue
		}
		if v := goal(next); v > best {
			at, best = next, v
			out = append(out, next)
		}
	}
	return out
}

package fidelity

import (
	"math"

	"peel/core/nn"
	"peel/core/rng"
)

const defaultSamples = 10_000

// Streams of random numbers derived from Options.Seed.
const (
	streamNormal  = 0
	streamUniform = 1
)

// samples compares answers on normal and uniform inputs and on the images, and
// shows each of them to see.
func samples(victim, recovered *nn.Network, opt Options, see func(x []float64)) []Sample {
	n := opt.Samples
	if n == 0 {
		n = defaultSamples
	}
	d0 := victim.In()
	c := comparer{v: nn.NewEval(victim), r: nn.NewEval(recovered), see: see,
		y: make([]float64, victim.Out()), z: make([]float64, victim.Out())}
	x := make([]float64, d0)
	normal := rng.New(opt.Seed, streamNormal)
	uniform := rng.New(opt.Seed, streamUniform)
	out := []Sample{
		c.run("N(0,1)", n, nil, func(int) []float64 { return normal.NormalVec(x, 1) }),
		c.run("U[0,1]", n, nil, func(int) []float64 {
			for j := range x {
				x[j] = uniform.Float64()
			}
			return x
		}),
	}
	if len(opt.Images) > 0 {
		out = append(out, c.run("images", len(opt.Images)/d0, opt.Labels, func(i int) []float64 { return opt.Images[i*d0:][:d0] }))
	}
	return out
}

type comparer struct {
	v, r *nn.Eval
	see  func(x []float64)
	y, z []float64
}

func (c *comparer) run(name string, n int, labels []int, point func(i int) []float64) Sample {
	s := Sample{Name: name, Points: n, Labelled: len(labels) > 0}
	same, right, rightToo := 0, 0, 0
	for i := range n {
		x := point(i)
		c.v.Forward(x, c.y)
		c.r.Forward(x, c.z)
		c.see(x)
		for k, v := range c.y {
			s.MaxF = max(s.MaxF, finite(math.Abs(v)))
			s.MaxError = max(s.MaxError, finite(math.Abs(v-c.z[k])))
		}
		a, b := Label(c.y), Label(c.z)
		if a == b {
			same++
		}
		if s.Labelled && a == labels[i] {
			right++
		}
		if s.Labelled && b == labels[i] {
			rightToo++
		}
	}
	s.Agreement = float64(same) / float64(max(n, 1))
	if s.Labelled {
		s.Victim, s.Recovered = float64(right)/float64(n), float64(rightToo)/float64(n)
	}
	return s
}

// finite stands in for an overflow, which JSON cannot hold.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.MaxFloat64
	}
	return v
}

// Label is what a network's answer means: the whole number nearest to a single
// output, or the index of the largest of several.
func Label(y []float64) int {
	if len(y) == 1 {
		return int(math.Round(max(-1e9, min(1e9, y[0]))))
	}
	best := 0
	for k, v := range y {
		if v > y[best] {
			best = k
		}
	}
	return best
}

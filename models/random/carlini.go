// Package random makes random victims by the recipe of Carlini, Jagielski and
// Mironov (CRYPTO 2020) as Foerster et al. (NeurIPS 2024) use it, with the same
// bits natively and in WebAssembly: plain loops in a fixed order, products
// rounded before they are added, an exponential of its own.
package random

import (
	"math"

	"peel/core/nn"
	"peel/core/rng"
)

// The recipe: Glorot-uniform weights and zero biases; 20 inputs ~ N(0,1), each
// output labelled by a coin; sigmoid outputs, mean squared error, Adam. The
// sigmoid is then left off, so that the network is linear after its last ReLU.
const (
	examples = 20
	batch    = 4
	epochs   = 100
	rate     = 3e-4
)

// Streams of random numbers derived from the seed.
const (
	streamInit    = 0 // then the layer
	streamInputs  = 1
	streamLabels  = 2
	streamShuffle = 3 // then the epoch
)

// Carlini returns the random network of these sizes and this seed.
func Carlini(sizes []int, seed uint64) (*nn.Network, error) {
	if err := nn.CheckSizes(sizes); err != nil {
		return nil, err
	}
	net := nn.New(sizes)
	for i := range net.Layers {
		l, r := &net.Layers[i], rng.New(seed, streamInit, uint64(i))
		limit := math.Sqrt(6 / float64(l.In+l.Out))
		for j := range l.W {
			l.W[j] = limit * (2*r.Float64() - 1)
		}
	}
	in, out := net.In(), net.Out()
	x := rng.New(seed, streamInputs).NormalVec(make([]float64, examples*in), 1)
	labels, coin := make([]float64, examples*out), rng.New(seed, streamLabels)
	for i := range labels {
		if coin.Sign() > 0 {
			labels[i] = 1
		}
	}
	t := newTrainer(net)
	for epoch := range epochs {
		order := rng.New(seed, streamShuffle, uint64(epoch)).Perm(examples)
		for from := 0; from < examples; from += batch {
			for _, i := range order[from : from+batch] {
				t.add(x[i*in:][:in], labels[i*out:][:out])
			}
			t.step()
		}
	}
	return net, net.Validate()
}

// Package testnet makes the networks that tests of the core share.
package testnet

import (
	"math"

	"peel/core/nn"
	"peel/core/rng"
)

// Random returns a network whose weights have variance 1/fan-in and whose
// biases have the given standard deviation, so that its neurons all switch
// somewhere.
func Random(bias float64, seed uint64, sizes ...int) *nn.Network {
	net, r := nn.New(sizes), rng.New(seed)
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1/math.Sqrt(float64(net.Layers[i].In)))
		r.NormalVec(net.Layers[i].B, bias)
	}
	return net
}

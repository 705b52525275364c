// Package picture draws how the attack traces a neuron, for a small random
// network with two inputs: the straight lines of layer 1, the bent lines of
// layer 2, a walk along one of them, and a line of layer 3 that bends where
// nothing known does. The geometry is computed from the network, cell by linear
// cell; nothing is sketched. The same seed gives the same bytes.
package picture

import (
	"errors"

	"peel/core/nn"
	"peel/core/rng"
)

// The view, in the units of the network's inputs.
const (
	HalfWidth  = 1.5
	HalfHeight = 1.0
)

// Sizes are the layer widths of the networks drawn.
var Sizes = []int{2, 6, 4, 3, 1}

// Figure is what is drawn.
type Figure struct {
	Seed  uint64
	Net   *nn.Network
	Lines [][][]Line // by layer and neuron, of layers 1 to 3
	Trace Trace
	Miss  Miss
}

// attempts is how many random networks are looked at for one that shows both a
// trace and a bend of layer 3 clearly: about 3 in 1,000 do.
const attempts = 20000

// New returns the figure of a seed.
func New(seed uint64) (*Figure, error) {
	for i := range uint64(attempts) {
		f := &Figure{Seed: seed, Net: network(rng.New(seed, i))}
		f.Lines = lines(f.Net, 3)
		var ok bool
		if f.Trace, ok = findTrace(f.Lines[1]); !ok {
			continue
		}
		if f.Miss, ok = findMiss(f.Lines[2], f.Lines[0], f.Trace.Line); ok {
			return f, nil
		}
	}
	return nil, errors.New("no random network of this seed shows a trace well; choose another seed")
}

// network returns a random network. Its biases put a random place of the view
// on every hidden neuron's hyperplane.
func network(r *rng.Stream) *nn.Network {
	net := nn.New(Sizes)
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1)
	}
	for i := range net.Hidden() {
		l := &net.Layers[i]
		for k := range l.Out {
			// Where all of the layer before is off this would be 0, and z would be 0
			// in a whole region: another place is tried, and rarely there is none.
			for range 20 {
				p := []float64{HalfWidth * (float64(2*r.Float64()) - 1), HalfHeight * (float64(2*r.Float64()) - 1)}
				if l.B[k] = -PreActivation(net, i+1, k, p); l.B[k] != 0 {
					break
				}
			}
			if l.B[k] == 0 {
				l.B[k] = 1
			}
		}
	}
	return net
}

// PreActivation returns z of a neuron at an input: layer is 1-based, neuron 0-based.
func PreActivation(net *nn.Network, layer, neuron int, x []float64) float64 {
	z := make([]float64, net.Layers[layer-1].Out)
	nn.NewEval(&nn.Network{Layers: net.Layers[:layer]}).Forward(x, z)
	return z[neuron]
}

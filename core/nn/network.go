// Package nn is the network under attack and the network recovered: fully
// connected layers with ReLU between them and a linear output,
//
//	h_0 = x,  z_i = A_i h_{i-1} + b_i,  h_i = max(z_i, 0),  f(x) = A_{r+1} h_r + b_{r+1}.
//
// All arithmetic is float64 in one fixed order, so that the same network gives
// the same bits on every machine: sums run from the bias through ascending
// input index, and products are rounded before they are added (no fused
// multiply-add).
package nn

import (
	"errors"
	"fmt"
	"math"
)

// Limits on what is accepted as a network. They are far beyond what the attack
// can do and exist so that a hostile file cannot exhaust memory.
const (
	MaxLayers = 64
	MaxWidth  = 1 << 16
	MaxParams = 1 << 25
)

// Layer is one affine map z = W h + B.
type Layer struct {
	In, Out int
	W       []float64 // Out×In, row-major: row k is the weight vector of neuron k
	B       []float64 // Out
}

// Row returns the weights of neuron k, a slice of length In that aliases W.
func (l *Layer) Row(k int) []float64 { return l.W[k*l.In : (k+1)*l.In] }

// NewLayer returns a zero layer of the given shape.
func NewLayer(in, out int) Layer {
	return Layer{In: in, Out: out, W: make([]float64, in*out), B: make([]float64, out)}
}

// Network is a chain of layers; every layer but the last is followed by ReLU.
type Network struct {
	Layers []Layer
}

// New returns a zero network with the given sizes d0-d1-…-dout.
func New(sizes []int) *Network {
	n := &Network{}
	for i := 1; i < len(sizes); i++ {
		n.Layers = append(n.Layers, NewLayer(sizes[i-1], sizes[i]))
	}
	return n
}

// Sizes returns d0, d1, …, dout.
func (n *Network) Sizes() []int {
	if len(n.Layers) == 0 {
		return nil
	}
	s := []int{n.Layers[0].In}
	for i := range n.Layers {
		s = append(s, n.Layers[i].Out)
	}
	return s
}

// Hidden returns the number of hidden (ReLU) layers.
func (n *Network) Hidden() int { return len(n.Layers) - 1 }

// In and Out are the input and output widths.
func (n *Network) In() int  { return n.Layers[0].In }
func (n *Network) Out() int { return n.Layers[len(n.Layers)-1].Out }

// Params returns the number of weights and biases.
func (n *Network) Params() int { return ParamsOf(n.Sizes()) }

// ParamsOf returns the number of parameters of a network with these sizes.
func ParamsOf(sizes []int) int {
	p := 0
	for i := 1; i < len(sizes); i++ {
		p += (sizes[i-1] + 1) * sizes[i]
	}
	return p
}

// Clone returns a deep copy.
func (n *Network) Clone() *Network {
	c := &Network{Layers: make([]Layer, len(n.Layers))}
	for i, l := range n.Layers {
		c.Layers[i] = Layer{In: l.In, Out: l.Out, W: append([]float64(nil), l.W...), B: append([]float64(nil), l.B...)}
	}
	return c
}

// ErrSizes is wrapped by every error about an impossible architecture.
var ErrSizes = errors.New("impossible architecture")

// CheckSizes reports whether sizes describe a network Peel can hold: at least
// one hidden layer, every width positive, nothing absurdly large.
func CheckSizes(sizes []int) error {
	if len(sizes) < 3 {
		return fmt.Errorf("%w: need an input, at least one hidden layer and an output, got %d sizes", ErrSizes, len(sizes))
	}
	if len(sizes) > MaxLayers {
		return fmt.Errorf("%w: %d layers are more than %d", ErrSizes, len(sizes)-1, MaxLayers-1)
	}
	p := 0
	for i, d := range sizes {
		if d < 1 || d > MaxWidth {
			return fmt.Errorf("%w: layer %d has width %d, want 1 to %d", ErrSizes, i, d, MaxWidth)
		}
		if i > 0 {
			p += (sizes[i-1] + 1) * d
		}
		if p > MaxParams {
			return fmt.Errorf("%w: more than %d parameters", ErrSizes, MaxParams)
		}
	}
	return nil
}

// Validate checks shapes and that every weight is a finite number.
func (n *Network) Validate() error {
	if err := CheckSizes(n.Sizes()); err != nil {
		return err
	}
	for i := range n.Layers {
		l := &n.Layers[i]
		if i > 0 && l.In != n.Layers[i-1].Out {
			return fmt.Errorf("layer %d takes %d inputs but layer %d has %d outputs", i+1, l.In, i, n.Layers[i-1].Out)
		}
		if len(l.W) != l.In*l.Out || len(l.B) != l.Out {
			return fmt.Errorf("layer %d: %d weights and %d biases do not make a %d×%d layer", i+1, len(l.W), len(l.B), l.Out, l.In)
		}
		for j, w := range l.W {
			if math.IsNaN(w) || math.IsInf(w, 0) {
				return fmt.Errorf("layer %d, neuron %d: weight %d is %v; every weight must be a finite number", i+1, j/l.In, j%l.In, w)
			}
		}
		for k, b := range l.B {
			if math.IsNaN(b) || math.IsInf(b, 0) {
				return fmt.Errorf("layer %d, neuron %d: the bias is %v; every bias must be a finite number", i+1, k, b)
			}
		}
	}
	return nil
}

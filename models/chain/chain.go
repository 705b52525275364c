// Package chain puts a network together from the operations that a file lists
// in their order: affine maps, ReLU, and at the end perhaps a softmax or a
// sigmoid, which is named and left out. It is what the readers of ONNX and Keras
// share. Whatever is not such a chain is refused by its name.
package chain

import (
	"fmt"

	"peel/core/nn"
	"peel/models/weights"
)

// Chain is a network in the making. Its zero value is empty.
type Chain struct {
	net    nn.Network
	names  []string // of the affine maps
	params int
	biased bool   // the last one has its bias
	relu   bool   // and a ReLU after it
	end    string // the output's activation, "" for none
}

// Affine appends z = W h + b. Biased says whether b is final: an Add may follow
// a map without one.
func (c *Chain) Affine(name string, l nn.Layer, biased bool) error {
	switch n := len(c.net.Layers); {
	case c.end != "":
		return weights.Refuse("%s comes after %s, which may only stand at the end; choose a chain of fully connected layers with ReLU between them", name, c.end)
	case n == nn.MaxLayers-1:
		return weights.Refuse("it has more than %d layers; choose a smaller network", nn.MaxLayers-1)
	case n > 0 && !c.relu:
		return weights.Refuse("there is no ReLU between %s and %s; choose a network with ReLU after every hidden layer", c.names[n-1], name)
	case n > 0 && c.net.Layers[n-1].Out != l.In:
		return weights.Refuse("%s takes %d inputs but the layer before it has %d outputs; export the network again", name, l.In, c.net.Layers[n-1].Out)
	}
	if c.params += (l.In + 1) * l.Out; c.params > nn.MaxParams {
		return weights.Refuse("it has more than %d weights; choose a smaller network", nn.MaxParams)
	}
	c.net.Layers = append(c.net.Layers, l)
	c.names = append(c.names, name)
	c.biased, c.relu = biased, false
	return nil
}

// Bias adds b to the affine map just appended.
func (c *Chain) Bias(name string, b []float64) error {
	n := len(c.net.Layers)
	if n == 0 || c.biased || c.relu || c.end != "" {
		return weights.Refuse("%s adds numbers where no bias belongs; choose a chain of fully connected layers with ReLU between them", name)
	}
	l := &c.net.Layers[n-1]
	if len(b) == 1 { // stretched, as NumPy does
		for len(b) < l.Out {
			b = append(b, b[0])
		}
	}
	if len(b) != l.Out {
		return weights.Refuse("%s adds %d numbers to the %d outputs of %s; export the network again", name, len(b), l.Out, c.names[n-1])
	}
	copy(l.B, b)
	c.biased = true
	return nil
}

// Activation appends a function between layers: relu, linear, softmax, sigmoid,
// or any other, which is refused.
func (c *Chain) Activation(layer, function string) error {
	switch function {
	case "linear":
		return nil
	case "relu":
		if c.end != "" {
			return weights.Refuse("a ReLU comes after %s, which may only stand at the end; choose another network", c.end)
		}
		if len(c.net.Layers) == 0 {
			return weights.Refuse("%s applies ReLU to the input itself, and Peel recovers networks that begin with an affine layer; choose another", layer)
		}
		c.relu = true
		return nil
	case "softmax", "sigmoid":
		if c.end != "" || c.relu || len(c.net.Layers) == 0 {
			return weights.Refuse("%s applies %s where Peel knows only ReLU; choose a network with ReLU after every hidden layer and a linear output", layer, function)
		}
		c.end = function
		return nil
	}
	return weights.Refuse("%s applies %.60q, and Peel knows only ReLU; choose a chain of fully connected layers with ReLU between them", layer, function)
}

// Network returns the network, and a sentence for each thing that was left out.
func (c *Chain) Network() (*nn.Network, []string, error) {
	n := len(c.net.Layers)
	if n > 0 && c.relu {
		return nil, nil, weights.Refuse("its output passes through a ReLU (after %s), which hides negative answers; choose a network with a linear output", c.names[n-1])
	}
	if err := c.net.Validate(); err != nil {
		return nil, nil, weights.Refuse("%v; choose another network", err)
	}
	var notices []string
	if c.end != "" {
		notices = append(notices, fmt.Sprintf("its %s output was left out: the black box answers with logits", c.end))
		if c.end == "softmax" && c.net.Out() == 1 {
			notices = append(notices, "a softmax of one number is always 1, so that the network as stored could not be told from a constant")
		}
	}
	return &c.net, notices, nil
}

// Dense returns an affine layer from weights stored as [in, out], as Keras does,
// or as [out, in], and a bias, nil for zeros.
func Dense(w []float64, in, out int, transposed bool, b []float64) nn.Layer {
	l := nn.NewLayer(in, out)
	for k := range out {
		row := l.Row(k)
		for j := range row {
			if transposed {
				row[j] = w[j*out+k]
			} else {
				row[j] = w[k*in+j]
			}
		}
	}
	copy(l.B, b)
	return l
}

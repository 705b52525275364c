// Package onnx reads and writes networks as ONNX files.
//
// Read: one input, one output, and between them a chain of Gemm, or MatMul and
// Add, with Relu between them; Identity, Dropout, Flatten and Reshape change
// nothing; a Softmax or Sigmoid at the end is named and left out. Weights are
// float32 or float64 initializers or Constant nodes. Written: Gemm and Relu in
// float64.
package onnx

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"peel/core/nn"
	"peel/models/chain"
	"peel/models/weights"
)

// Is reports whether a file begins as ONNX files do: with its version, a small
// number.
func Is(file []byte) bool {
	if len(file) < 2 || file[0] != byte(protowire.EncodeTag(modelIRVersion, protowire.VarintType)) {
		return false
	}
	return file[1] >= 1 && file[1] < 64
}

// Decode reads a network and what its file says about it, and returns a sentence
// for each thing left out.
func Decode(file []byte) (net *nn.Network, meta weights.Meta, left []string, err error) {
	g, meta, err := parseModel(file)
	if err != nil {
		return nil, nil, nil, err
	}
	w := &walk{graph: g}
	net, left, err = w.network()
	return net, meta, left, err
}

// walk follows the input through the graph.
type walk struct {
	*graph
	chain chain.Chain
	at    string // the value that has been reached
}

func (w *walk) network() (*nn.Network, []string, error) {
	for _, name := range w.inputs { // old files list initializers among the inputs
		if w.tensors[name] != nil {
			continue
		}
		if w.at != "" {
			return nil, nil, weights.Refuse("it has more than one input (%.60q and %.60q); choose a network of one", w.at, name)
		}
		w.at = name
	}
	if w.at == "" || len(w.out) != 1 {
		return nil, nil, weights.Refuse("it has %d inputs and %d outputs; choose a network with one of each", len(w.inputs), len(w.out))
	}
	for i := range w.nodes { // ONNX wants them in order
		if err := w.step(&w.nodes[i]); err != nil {
			return nil, nil, err
		}
	}
	if w.at != w.out[0] {
		return nil, nil, weights.Refuse("its output %.60q is not where its chain of layers ends; choose a plain chain of fully connected layers", w.out[0])
	}
	return w.chain.Network()
}

// step takes one node: a constant, or the next link of the chain.
func (w *walk) step(n *node) error {
	if len(n.out) == 0 {
		return errWire()
	}
	name := weights.Plain(n.op)
	if n.name != "" {
		name = fmt.Sprintf("%s %.40q", name, n.name)
	}
	if n.domain != "" && n.domain != "ai.onnx" {
		return weights.Refuse("%s is an operation of %.60q, which Peel does not know; choose a chain of Gemm and Relu", name, n.domain)
	}
	if n.op == "Constant" {
		t := n.attributes["value"].tensor
		if t == nil {
			t = &tensor{} // a shape, perhaps, which is not read
		}
		if t.name == "" {
			t.name = n.out[0]
		}
		return w.add(n.out[0], t)
	}
	if len(n.in) == 0 || n.in[0] != w.at {
		other := len(n.in) == 2 && n.in[1] == w.at && w.tensors[n.in[0]] != nil
		if n.op != "Add" || !other {
			return weights.Refuse("%s does not follow the layer before it; choose a plain chain of fully connected layers", name)
		}
		n.in[0], n.in[1] = n.in[1], n.in[0] // a sum either way round
	}
	if err := w.apply(n, name); err != nil {
		return err
	}
	w.at = n.out[0]
	return nil
}

func (w *walk) apply(n *node, name string) error {
	switch n.op {
	case "Gemm":
		return w.gemm(n, name)
	case "MatMul":
		b, err := w.matrix(n, 1, name)
		if err != nil {
			return err
		}
		in, out := int(b.dims[0]), int(b.dims[1])
		return w.chain.Affine(name, chain.Dense(b.values, in, out, true, nil), false)
	case "Add":
		b, err := w.constant(n, 1, name)
		if err != nil {
			return err
		}
		if len(b.dims) == 2 && b.dims[0] != 1 {
			return weights.Refuse("%s adds a matrix of %d rows, want one; export the network again", name, b.dims[0])
		}
		return w.chain.Bias(name, b.values)
	case "Relu":
		return w.chain.Activation(name, "relu")
	case "Softmax":
		return w.chain.Activation(name, "softmax")
	case "Sigmoid":
		return w.chain.Activation(name, "sigmoid")
	case "Identity", "Dropout", "Flatten", "Reshape":
		return nil // the numbers stay, in their order
	}
	return weights.Refuse("%s is not part of a ReLU network; choose a chain of Gemm, or MatMul and Add, with Relu between them", name)
}

// gemm is Y = alpha A B + beta C with A the layer before, or Bᵀ for B. Where alpha
// or beta is not 1, products are rounded once.
func (w *walk) gemm(n *node, name string) error {
	if n.attributes["transA"].int != 0 {
		return weights.Refuse("%s transposes its input; export the network again with inputs as rows", name)
	}
	b, err := w.matrix(n, 1, name)
	if err != nil {
		return err
	}
	in, out, transposed := int(b.dims[0]), int(b.dims[1]), true
	if n.attributes["transB"].int != 0 {
		in, out, transposed = out, in, false
	}
	scale(b.values, n, "alpha")
	if err := w.chain.Affine(name, chain.Dense(b.values, in, out, transposed, nil), false); err != nil {
		return err
	}
	if len(n.in) < 3 || n.in[2] == "" {
		return nil
	}
	c, err := w.constant(n, 2, name)
	if err != nil {
		return err
	}
	if len(c.dims) == 2 && c.dims[0] != 1 {
		return weights.Refuse("%s adds a matrix of %d rows, want one; export the network again", name, c.dims[0])
	}
	scale(c.values, n, "beta")
	return w.chain.Bias(name, c.values)
}

func scale(values []float64, n *node, by string) {
	a, ok := n.attributes[by]
	if !ok || a.float == 1 {
		return
	}
	for i := range values {
		values[i] *= float64(a.float)
	}
}

// constant is a tensor and its numbers.
type constant struct {
	dims   []int64
	values []float64
}

// constant returns input i of a node, which must be known beforehand.
func (w *walk) constant(n *node, i int, name string) (*constant, error) {
	if i >= len(n.in) || w.tensors[n.in[i]] == nil {
		return nil, weights.Refuse("the weights of %s are not in the file as numbers; export the network with constant weights", name)
	}
	t := w.tensors[n.in[i]]
	v, err := t.numbers()
	return &constant{t.dims, v}, err
}

func (w *walk) matrix(n *node, i int, name string) (*constant, error) {
	c, err := w.constant(n, i, name)
	if err == nil && len(c.dims) != 2 {
		err = weights.Refuse("the weights of %s have %d dimensions, want 2; choose fully connected layers", name, len(c.dims))
	}
	return c, err
}

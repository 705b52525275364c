package onnx

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"peel/models/weights"
)

// toy is a 2-2-1 network in the making, so that tests can break it.
type toy struct {
	nodes        []message
	initializers []message
	in, out      []string
}

func newToy() *toy {
	return &toy{
		nodes: []message{
			nodeOf("Gemm", "first", []string{"x", "w0", "b0"}, "z0", ""),
			nodeOf("Relu", "bend", []string{"z0"}, "h0", ""),
			nodeOf("Gemm", "last", []string{"h0", "w1", "b1"}, "y", ""),
		},
		initializers: []message{
			tensorOf("w0", []float64{1, 2, 3, 4}, 2, 2), tensorOf("b0", []float64{5, 6}, 2),
			tensorOf("w1", []float64{7, 8}, 2, 1), tensorOf("b1", []float64{9}, 1),
		},
		in: []string{"x"}, out: []string{"y"},
	}
}

func (t *toy) file() []byte {
	var g, m message
	for _, n := range t.nodes {
		g.bytes(graphNode, n)
	}
	for _, x := range t.initializers {
		g.bytes(graphInitializer, x)
	}
	for _, name := range t.in {
		g.bytes(graphInput, valueOf(name, 2))
	}
	for _, name := range t.out {
		g.bytes(graphOutput, valueOf(name, 1))
	}
	m.varint(modelIRVersion, irVersion)
	m.bytes(modelGraph, g)
	return m
}

// TestDecode: Gemm without transB stores weights as [in, out].
func TestDecode(t *testing.T) {
	net, _, left, err := Decode(newToy().file())
	if err != nil || left != nil {
		t.Fatal(err, left)
	}
	if l := net.Layers[0]; !slices.Equal(l.W, []float64{1, 3, 2, 4}) || !slices.Equal(l.B, []float64{5, 6}) {
		t.Errorf("layer 1 is %+v", l)
	}
	if l := net.Layers[1]; !slices.Equal(l.W, []float64{7, 8}) || l.B[0] != 9 {
		t.Errorf("the output is %+v", l)
	}
}

// withFloat sets a float attribute of a node.
func withFloat(n message, name string, v float32) message {
	var a message
	a.text(attributeName, name)
	a = protowire.AppendFixed32(protowire.AppendTag(a, attributeFloat, protowire.Fixed32Type), math.Float32bits(v))
	n.bytes(nodeAttribute, a)
	return n
}

// TestScale: alpha multiplies the weights and beta the bias.
func TestScale(t *testing.T) {
	x := newToy()
	x.nodes[0] = withFloat(withFloat(x.nodes[0], "alpha", 0.5), "beta", 4)
	net, _, _, err := Decode(x.file())
	if err != nil {
		t.Fatal(err)
	}
	if l := net.Layers[0]; !slices.Equal(l.W, []float64{0.5, 1.5, 1, 2}) || !slices.Equal(l.B, []float64{20, 24}) {
		t.Errorf("layer 1 is %+v", l)
	}
}

// TestDecodeRefuses: each is refused in one sentence that names the fault.
func TestDecodeRefuses(t *testing.T) {
	half := func() message { // float16
		var h message
		h.varint(tensorDims, 2)
		h.varint(tensorDims, 2)
		h.varint(tensorType, 10)
		h.text(tensorName, "w0")
		h.bytes(tensorRaw, make([]byte, 8))
		return h
	}
	elsewhere := tensorOf("w0", nil, 2, 2)
	elsewhere.varint(tensorLocation, 1)
	custom := nodeOf("Gemm", "", []string{"x", "w0", "b0"}, "z0", "")
	custom.text(nodeDomain, "com.example")
	for _, c := range []struct {
		fault, want string
		change      func(x *toy)
	}{
		{"another activation", `Tanh "bend" is not part of a ReLU network`, func(x *toy) { x.nodes[1] = nodeOf("Tanh", "bend", []string{"z0"}, "h0", "") }},
		{"a softmax inside", "comes after softmax", func(x *toy) { x.nodes[1] = nodeOf("Softmax", "bend", []string{"z0"}, "h0", "") }},
		{"a softmax of a ReLU", "applies softmax where", func(x *toy) { x.nodes[2] = nodeOf("Softmax", "", []string{"h0"}, "y", "") }},
		{"no ReLU", `no ReLU between Gemm "first" and Gemm "last"`, func(x *toy) {
			x.nodes = []message{x.nodes[0], nodeOf("Gemm", "last", []string{"z0", "w1", "b1"}, "y", "")}
		}},
		{"a ReLU at the end", "output passes through a ReLU", func(x *toy) {
			x.nodes, x.out = append(x.nodes, nodeOf("Relu", "", []string{"y"}, "p", "")), []string{"p"}
		}},
		{"a ReLU first", "applies ReLU to the input", func(x *toy) { x.nodes[0] = nodeOf("Relu", "", []string{"x"}, "z0", "") }},
		{"layers after the softmax", "comes after softmax", func(x *toy) {
			x.nodes = append(x.nodes, nodeOf("Softmax", "", []string{"y"}, "p", ""), nodeOf("Gemm", "more", []string{"p", "w0"}, "q", ""))
		}},
		{"a branch", "does not follow", func(x *toy) { x.nodes = append(x.nodes, nodeOf("Gemm", "side", []string{"h0", "w1"}, "s", "")) }},
		{"two inputs", "more than one input", func(x *toy) { x.in = append(x.in, "u") }},
		{"two outputs", "2 outputs", func(x *toy) { x.out = append(x.out, "h0") }},
		{"an output that is not the end", "not where its chain", func(x *toy) { x.out = []string{"h0"} }},
		{"a transposed input", "transposes its input", func(x *toy) { x.nodes[0] = nodeOf("Gemm", "", []string{"x", "w0", "b0"}, "z0", "transA") }},
		{"an operation of somebody's own", "com.example", func(x *toy) { x.nodes[0] = custom }},
		{"half precision", "float16", func(x *toy) { x.initializers[0] = half() }},
		{"numbers in another file", "another file", func(x *toy) { x.initializers[0] = elsewhere }},
		{"no weights", "not in the file", func(x *toy) { x.initializers = x.initializers[1:] }},
		{"a tensor twice", "twice", func(x *toy) { x.initializers = append(x.initializers, x.initializers[0]) }},
		{"a vector of weights", "1 dimensions, want 2", func(x *toy) { x.initializers[0] = tensorOf("w0", make([]float64, 4), 4) }},
		{"too many dimensions", "3 dimensions", func(x *toy) { x.initializers[0] = tensorOf("w0", make([]float64, 4), 2, 2, 1) }},
		{"a dimension of zero", "dimension of 0", func(x *toy) { x.initializers[0] = tensorOf("w0", nil, 0, 2) }},
		{"fewer numbers than claimed", "needs 32 bytes", func(x *toy) { x.initializers[0] = tensorOf("w0", []float64{1}, 2, 2) }},
		{"layers that do not fit", "takes 1 inputs", func(x *toy) { x.initializers[2] = tensorOf("w1", []float64{1, 2}, 1, 2) }},
		{"a bias that does not fit", "adds 3 numbers", func(x *toy) { x.initializers[1] = tensorOf("b0", []float64{1, 2, 3}, 3) }},
		{"a bias of two rows", "matrix of 2 rows", func(x *toy) { x.initializers[1] = tensorOf("b0", make([]float64, 4), 2, 2) }},
		{"a second bias", "no bias belongs", func(x *toy) {
			x.nodes[2] = nodeOf("Gemm", "", []string{"h0", "w1", "b1"}, "z1", "")
			x.nodes = append(x.nodes, nodeOf("Add", "", []string{"z1", "b1"}, "y", ""))
		}},
		{"NaN", "NaN", func(x *toy) { x.initializers[3] = tensorOf("b1", []float64{math.NaN()}, 1) }},
		{"no hidden layer", "hidden layer", func(x *toy) { x.nodes, x.out = x.nodes[:1], []string{"z0"} }},
		{"nothing", "hidden layer", func(x *toy) { x.nodes, x.out = nil, []string{"x"} }},
	} {
		x := newToy()
		c.change(x)
		_, _, _, err := Decode(x.file())
		if err == nil || !errors.Is(err, weights.ErrFile) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.fault, err)
		}
	}
}

// TestTypedNumbers: numbers may come one by one as well as packed.
func TestTypedNumbers(t *testing.T) {
	var w message
	w.varint(tensorDims, 2)
	w.varint(tensorDims, 2)
	w.varint(tensorType, typeDouble)
	w.text(tensorName, "w0")
	w = protowire.AppendFixed64(protowire.AppendTag(w, tensorDoubles, protowire.Fixed64Type), math.Float64bits(1))
	var rest []byte
	for _, v := range []float64{2, 3, 4} {
		rest = binary.LittleEndian.AppendUint64(rest, math.Float64bits(v))
	}
	w.bytes(tensorDoubles, rest)
	x := newToy()
	x.initializers[0] = w
	net, _, _, err := Decode(x.file())
	if err != nil || !slices.Equal(net.Layers[0].W, []float64{1, 3, 2, 4}) {
		t.Errorf("%+v (%v)", net, err)
	}
}

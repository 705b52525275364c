package onnx

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"peel/core/nn"
	"peel/models/weights"
)

// Written files are of this version of the format and of its operations. Gemm
// and Relu in float64 are in every later one.
const (
	irVersion    = 7
	opsetNumber  = 13
	producerName = "peel"
)

// message is a protobuf message in the making.
type message []byte

func (m *message) varint(field protowire.Number, v uint64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), v)
}

func (m *message) text(field protowire.Number, s string) {
	*m = protowire.AppendString(protowire.AppendTag(*m, field, protowire.BytesType), s)
}

func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}

// Encode writes a valid network as layers.N.gemm and layers.N.relu, from input
// [N, in] to output [N, out]. Equal networks with equal metadata give equal bytes.
func Encode(net *nn.Network, meta weights.Meta) ([]byte, error) {
	if err := net.Validate(); err != nil {
		return nil, fmt.Errorf("this network cannot be written: %w", err)
	}
	var opset, model message
	opset.text(opsetDomain, "")
	opset.varint(opsetVersion, opsetNumber)
	model.varint(modelIRVersion, irVersion)
	model.text(modelProducer, producerName)
	model.bytes(modelGraph, graphOf(net))
	model.bytes(modelOpset, opset)
	for _, key := range slices.Sorted(maps.Keys(meta)) {
		var entry message
		entry.text(entryKey, key)
		entry.text(entryValue, meta[key])
		model.bytes(modelMetadata, entry)
	}
	return model, nil
}

func graphOf(net *nn.Network) message {
	var g message
	at, last := "input", len(net.Layers)-1
	for i := range net.Layers {
		w, b := fmt.Sprintf("layers.%d.weight", i), fmt.Sprintf("layers.%d.bias", i)
		gemm, relu := fmt.Sprintf("layers.%d.gemm", i), fmt.Sprintf("layers.%d.relu", i)
		out := gemm
		if i == last {
			out = "output"
		}
		g.bytes(graphNode, nodeOf("Gemm", gemm, []string{at, w, b}, out, "transB"))
		if at = out; i < last {
			g.bytes(graphNode, nodeOf("Relu", relu, []string{at}, relu, ""))
			at = relu
		}
	}
	g.text(graphName, producerName)
	for i := range net.Layers {
		l := &net.Layers[i]
		g.bytes(graphInitializer, tensorOf(fmt.Sprintf("layers.%d.weight", i), l.W, l.Out, l.In))
		g.bytes(graphInitializer, tensorOf(fmt.Sprintf("layers.%d.bias", i), l.B, l.Out))
	}
	g.bytes(graphInput, valueOf("input", net.In()))
	g.bytes(graphOutput, valueOf("output", net.Out()))
	return g
}

// nodeOf is an operation; set names an attribute that is 1.
func nodeOf(op, name string, in []string, out, set string) message {
	var n message
	for _, s := range in {
		n.text(nodeInput, s)
	}
	n.text(nodeOutput, out)
	n.text(nodeName, name)
	n.text(nodeOp, op)
	if set != "" {
		var a message
		a.text(attributeName, set)
		a.varint(attributeInt, 1)
		a.varint(attributeType, attrInt)
		n.bytes(nodeAttribute, a)
	}
	return n
}

func tensorOf(name string, values []float64, shape ...int) message {
	raw := make([]byte, 0, 8*len(values))
	for _, x := range values {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(x))
	}
	var t message
	for _, d := range shape {
		t.varint(tensorDims, uint64(d))
	}
	t.varint(tensorType, typeDouble)
	t.text(tensorName, name)
	t.bytes(tensorRaw, raw)
	return t
}

// valueOf is an input or output of shape [N, width].
func valueOf(name string, width int) message {
	var rows, columns, shape, tensor, kind, v message
	rows.text(dimParam, "N")
	columns.varint(dimValue, uint64(width))
	shape.bytes(shapeDim, rows)
	shape.bytes(shapeDim, columns)
	tensor.varint(tensorTypeElem, typeDouble)
	tensor.bytes(tensorTypeShape, shape)
	kind.bytes(typeTensor, tensor)
	v.text(valueName, name)
	v.bytes(valueType, kind)
	return v
}

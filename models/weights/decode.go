package weights

import (
	"encoding/binary"
	"math"

	"github.com/nlpodyssey/safetensors"

	"peel/core/nn"
)

// Decode reads a network and what its file says about it. The network is
// valid: shapes fit and every number is finite.
func Decode(file []byte) (*nn.Network, Meta, error) {
	if len(file) > 8*nn.MaxParams+8+MaxHeader {
		return nil, nil, refuse("it is %d MB large and no network Peel accepts is; choose a smaller one", len(file)>>20)
	}
	head, data, err := header(file)
	if err != nil {
		return nil, nil, err
	}
	tensors := head.Tensors()
	sizes, err := shapes(tensors)
	if err != nil {
		return nil, nil, err
	}
	net := nn.New(sizes)
	for i := range net.Layers {
		read(net.Layers[i].W, tensors[weightName(i)], data)
		read(net.Layers[i].B, tensors[biasName(i)], data)
	}
	if err := net.Validate(); err != nil {
		return nil, nil, refuse("%v; export the network again", err)
	}
	meta := Meta{}
	for k, v := range head.Metadata() {
		if len(v) > maxText || len(k) > maxText {
			return nil, nil, refuse("a metadata entry is longer than %d bytes; shorten it", maxText)
		}
		meta[k] = v
	}
	return net, meta, nil
}

// shapes returns the sizes d0, d1, …, dout of the network that the tensors
// make up, after checking that they make up one and nothing else.
func shapes(tensors map[string]*safetensors.TensorInfo) ([]int, error) {
	layers := (len(tensors) + 1) / 2
	if layers > nn.MaxLayers {
		return nil, refuse("it holds %d tensors and at most %d layers are allowed; choose a smaller network", len(tensors), nn.MaxLayers-1)
	}
	var sizes []int
	for i := range layers {
		w, b := tensors[weightName(i)], tensors[biasName(i)]
		if w == nil && b == nil {
			break // the tensors are named otherwise: reported below
		}
		if w == nil {
			return nil, refuse("%s is there but %s is missing; add it", biasName(i), weightName(i))
		}
		if b == nil {
			return nil, refuse("%s is there but %s is missing; add it, with zeros if the layer has no bias", weightName(i), biasName(i))
		}
		if err := checkTensor(weightName(i), w, 2); err != nil {
			return nil, err
		}
		if err := checkTensor(biasName(i), b, 1); err != nil {
			return nil, err
		}
		out, in := int(w.Shape[0]), int(w.Shape[1])
		if i == 0 {
			sizes = append(sizes, in)
		} else if in != sizes[i] {
			return nil, refuse("%s takes %d inputs but the layer before it has %d outputs; weights are stored as [out, in]", weightName(i), in, sizes[i])
		}
		if int(b.Shape[0]) != out {
			return nil, refuse("%s has %d rows but %s has %d entries; they must be equal", weightName(i), out, biasName(i), b.Shape[0])
		}
		sizes = append(sizes, out)
	}
	if extra := unexpected(tensors, len(sizes)-1); extra != "" {
		return nil, refuse("tensor %q does not belong to a chain of layers.N.weight and layers.N.bias from 0 without a gap; remove or rename it", extra)
	}
	if err := nn.CheckSizes(sizes); err != nil {
		return nil, refuse("%v; choose another network", err)
	}
	return sizes, nil
}

// unexpected returns the first tensor, by name, that is not part of the layers.
func unexpected(tensors map[string]*safetensors.TensorInfo, layers int) string {
	known := map[string]bool{}
	for i := range max(layers, 0) {
		known[weightName(i)], known[biasName(i)] = true, true
	}
	first := ""
	for name := range tensors {
		if !known[name] && (first == "" || name < first) {
			first = name
		}
	}
	return first
}

// checkTensor checks type, rank and widths, and that the shape is as large as
// the bytes it claims, all without overflow: widths are limited first.
func checkTensor(name string, t *safetensors.TensorInfo, rank int) error {
	if t.DType != safetensors.F64 && t.DType != safetensors.F32 {
		return refuse("%s holds %s numbers; store it as F64 or F32", name, t.DType)
	}
	if len(t.Shape) != rank {
		return refuse("%s has %d dimensions, want %d; store weights as [out, in] and biases as [out]", name, len(t.Shape), rank)
	}
	count := uint64(1)
	for _, d := range t.Shape {
		if d < 1 || d > nn.MaxWidth {
			return refuse("%s has a dimension of %d, want 1 to %d; choose a smaller network", name, d, nn.MaxWidth)
		}
		count *= d
	}
	if count > nn.MaxParams {
		return refuse("%s alone has %d numbers and a network may have %d; choose a smaller one", name, count, nn.MaxParams)
	}
	if have := t.DataOffsets[1] - t.DataOffsets[0]; have != count*t.DType.Size() {
		return refuse("%s needs %d bytes for its shape but has %d; export the network again", name, count*t.DType.Size(), have)
	}
	return nil
}

func read(into []float64, t *safetensors.TensorInfo, data []byte) {
	bytes := data[t.DataOffsets[0]:t.DataOffsets[1]]
	for i := range into {
		if t.DType == safetensors.F32 {
			into[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(bytes[4*i:])))
		} else {
			into[i] = math.Float64frombits(binary.LittleEndian.Uint64(bytes[8*i:]))
		}
	}
}

// Package npz reads and writes networks as NumPy archives: a zip file with one
// array for each tensor. Names and shapes are those of package weights:
// `layers.N.weight` [out, in] and `layers.N.bias` [out], N from 0, float64, or
// float32 which is widened exactly.
package npz

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/nlpodyssey/safetensors"

	"peel/core/nn"
	"peel/models/packed"
	"peel/models/weights"
)

const suffix = ".npy"

// Is reports whether a zip file holds arrays.
func Is(z *packed.File) bool {
	for _, name := range z.Names() {
		if strings.HasSuffix(name, suffix) {
			return true
		}
	}
	return false
}

// Decode reads the network in an archive. The arrays are judged as the tensors
// of a safetensors file are, with the same sentences.
func Decode(z *packed.File) (*nn.Network, error) {
	tensors := map[string]safetensors.TensorView{}
	for _, name := range z.Names() {
		tensor, ok := strings.CutSuffix(name, suffix)
		if !ok {
			return nil, weights.Refuse("its part %.60q is not an array; save the network alone with numpy.savez", name)
		}
		data, err := z.Read(name, weights.MaxFile)
		if err != nil {
			return nil, err
		}
		a, err := parse(tensor, data)
		if err != nil {
			return nil, err
		}
		if tensors[tensor], err = a.view(); err != nil {
			return nil, weights.Refuse("array %.60q is damaged (%v); save the network again", tensor, err)
		}
	}
	file, err := safetensors.Serialize(tensors, nil)
	if err != nil {
		return nil, weights.Refuse("its arrays do not make up a network (%v); save it again", err)
	}
	net, _, err := weights.Decode(file)
	return net, err
}

// view is the array as a tensor.
func (a *array) view() (safetensors.TensorView, error) {
	b := make([]byte, 0, 8*len(a.values))
	for _, x := range a.values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	shape := make([]uint64, len(a.shape))
	for i, d := range a.shape {
		shape[i] = uint64(d)
	}
	return safetensors.NewTensorView(safetensors.F64, shape, b)
}

// Encode writes a valid network. Equal networks give equal bytes.
func Encode(net *nn.Network) ([]byte, error) {
	if err := net.Validate(); err != nil {
		return nil, fmt.Errorf("this network cannot be written: %w", err)
	}
	var parts []packed.Entry
	for i := range net.Layers {
		l := &net.Layers[i]
		parts = append(parts,
			packed.Entry{Name: fmt.Sprintf("layers.%d.weight%s", i, suffix), Data: appendArray(nil, l.W, l.Out, l.In)},
			packed.Entry{Name: fmt.Sprintf("layers.%d.bias%s", i, suffix), Data: appendArray(nil, l.B, l.Out)})
	}
	return packed.Write(parts, false)
}

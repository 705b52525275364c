package weights

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/nlpodyssey/safetensors"

	"peel/core/nn"
)

// Encode writes a valid network as F64 safetensors. Equal networks with equal
// metadata give equal bytes.
func Encode(net *nn.Network, meta Meta) ([]byte, error) {
	if err := net.Validate(); err != nil {
		return nil, fmt.Errorf("this network cannot be written: %w", err)
	}
	tensors := map[string]safetensors.TensorView{}
	for i := range net.Layers {
		l := &net.Layers[i]
		w, err := view(l.W, uint64(l.Out), uint64(l.In))
		if err != nil {
			return nil, err
		}
		b, err := view(l.B, uint64(l.Out))
		if err != nil {
			return nil, err
		}
		tensors[weightName(i)], tensors[biasName(i)] = w, b
	}
	return safetensors.Serialize(tensors, meta)
}

func view(v []float64, shape ...uint64) (safetensors.TensorView, error) {
	data := make([]byte, 0, 8*len(v))
	for _, x := range v {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(x))
	}
	return safetensors.NewTensorView(safetensors.F64, shape, data)
}

package api

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"

	"peel/core/nn"
)

// weightsFloat32 writes a network as safetensors with float32 numbers, which
// package weights only reads.
func weightsFloat32(net *nn.Network) []byte {
	head := map[string]any{}
	var data []byte
	add := func(name string, v []float64, shape ...int) {
		begin := len(data)
		for _, x := range v {
			data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(x)))
		}
		head[name] = map[string]any{"dtype": "F32", "shape": shape, "data_offsets": []int{begin, len(data)}}
	}
	for i := range net.Layers {
		l := &net.Layers[i]
		add(fmt.Sprintf("layers.%d.weight", i), l.W, l.Out, l.In)
		add(fmt.Sprintf("layers.%d.bias", i), l.B, l.Out)
	}
	text, _ := json.Marshal(head)
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), data...)
}

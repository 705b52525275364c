//go:build js && wasm

package sealed

import (
	"fmt"
	"math"
	"unsafe"

	"peel/core/nn"
)

//go:wasmimport victim given
func victimGiven(n int32) int32

//go:wasmimport victim layers
func victimLayers(n int32, to unsafe.Pointer) int32

// Layers returns the true layers 1 … n, which an idealised run takes for granted
// (oracle.Insider). The trampoline kept them when the victim was sealed, as many as the
// run's spec says; in any other run it kept none, and this is an error.
func (v *Victim) Layers(n int) ([]nn.Layer, error) {
	if n == 0 {
		return []nn.Layer{}, nil
	}
	bytes := victimGiven(int32(n))
	if bytes == 0 {
		return nil, fmt.Errorf("the victim is sealed: this run is not given the true layers 1 to %d", n)
	}
	words := make([]uint64, bytes/8) // d0 … dn, then W and b of each layer
	if err := status(victimLayers(int32(n), unsafe.Pointer(unsafe.SliceData(words)))); err != nil {
		return nil, err
	}
	sizes, rest := words[:n+1], words[n+1:]
	take := func(to []float64) {
		for i := range to {
			to[i] = math.Float64frombits(rest[i])
		}
		rest = rest[len(to):]
	}
	layers := make([]nn.Layer, n)
	for i := range layers {
		layers[i] = nn.NewLayer(int(sizes[i]), int(sizes[i+1]))
		take(layers[i].W)
		take(layers[i].B)
	}
	return layers, nil
}

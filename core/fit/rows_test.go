package fit_test

import (
	"math"
	"testing"

	"peel/core/fit"
	"peel/core/rng"
)

// A weight that no answer shows stays what its own row says, and layers that are
// not chosen stay as they are.
func TestRows(t *testing.T) {
	net, start := blurred(4, 1e-5, 6, 5, 4, 1)
	for j := range net.Layers[1].In { // neuron 0 of layer 2 is off everywhere
		net.Layers[1].Row(0)[j] = -1
		start.Layers[1].Row(0)[j] = -1 + 1e-5*float64(j)
	}
	for k := range 5 {
		for j, v := range net.Layers[0].Row(k) {
			start.Layers[0].Row(k)[j] = v
		}
		start.Layers[0].B[k] = net.Layers[0].B[k]
	}
	net.Layers[1].B[0], start.Layers[1].B[0] = -1, -1
	d := answers(net, 1000, 1e-9, rng.New(4, 1))
	// Its row says that the weight of input 2 is −1.5, to 1e-3.
	row := make([]float64, 5+2)
	row[2], row[6] = 1e3, -1.5e3
	d.Rows = []fit.Row{{Layer: 1, Neuron: 0, M: row}}
	c := fit.Choose(net.Sizes(), all)
	c[0] = nil
	got, misfit := fit.Network(start, c, d)
	if misfit > 2 {
		t.Errorf("misfit %.2g", misfit)
	}
	if w := got.Layers[1].Row(0)[2]; math.Abs(w+1.5) > 1e-6 {
		t.Errorf("the weight that its row tells is %v, want −1.5", w)
	}
	if w := got.Layers[1].Row(0)[3]; w != start.Layers[1].Row(0)[3] {
		t.Errorf("a weight that nothing tells moved from %v to %v", start.Layers[1].Row(0)[3], w)
	}
	for i, w := range got.Layers[0].W {
		if w != start.Layers[0].W[i] {
			t.Fatalf("weight %d of a layer that is not fitted moved", i)
		}
	}
	for k, b := range got.Layers[0].B {
		if b != start.Layers[0].B[k] {
			t.Fatalf("bias %d of a layer that is not fitted moved", k)
		}
	}
}

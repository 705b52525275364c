package extract

import (
	"fmt"
	"math"
	"testing"

	"peel/core/linalg"
)

// Several outputs tell the last hidden layer apart, where some of its inputs pass
// straight through a neuron, its signs are wrong and two of its neurons are always on.
func TestFoldTheLastLayerByItsOutputs(t *testing.T) {
	for seed := range uint64(24) {
		on, d := int(seed%3), 8
		h := newHanded(seed, d, d, 10, on)
		what := fmt.Sprintf("seed %d, %d always on", seed, on)
		h.s.cfg.Sizes = []int{d, d, d, 10}
		h.s.handAllOn(h.l)
		h.read()
		h.s.out = &output{}
		for _, u := range h.s.layers[2].neurons {
			h.s.out.w, h.s.out.b = append(h.s.out.w, u.W), append(h.s.out.b, u.B)
		}
		h.s.layers = h.s.layers[:2]
		h.l.force = []force{{neuron: 0, input: 1, on: false}} // no row has this weight
		h.s.foldLayer(h.l, h.s.readers(1))
		if len(h.l.neurons) != d {
			t.Fatalf("%s: %d neurons of %d", what, len(h.l.neurons), d)
		}
		for k, u := range h.l.neurons[:len(h.found)] {
			if u.sign != 1 {
				t.Errorf("%s: the sign of neuron %d stayed wrong", what, k)
			}
		}
		h.s.layers = append(h.s.layers, &layer{index: 3})
		for o, w := range h.s.out.w {
			u := &neuron{sign: 1}
			u.W, u.B = w, h.s.out.b[o]
			h.s.layers[2].neurons = append(h.s.layers[2].neurons, u)
		}
		h.compare(t, what)
	}
}

// Where readers show fewer combinations of the weights that pass straight through than
// there are, any that fit do the same.
func TestWeightsThatPassThroughWhenFewReadersTell(t *testing.T) {
	for seed := range uint64(16) {
		r := newStream(seed, 0x9a55)
		d, m, readers := 5, 4, 1+int(seed%3)
		h := newHanded(seed, d, m, readers, 0)
		h.s.layers[2].deep = &deep{}
		for _, u := range h.l.neurons { // the weight of input 2 is not known: three are on where it is
			u.sign = 1
			u.part = &guess{Fragment: *wholeFragment(u.W, u.B)}
		}
		truth := make([]float64, m)
		for k, u := range h.l.neurons[:3] {
			truth[k] = r.Normal()
			u.W[2] = 0
			u.part.Forget(2)
			u.resolved = []int{2}
			h.l.force = append(h.l.force, force{neuron: k, input: 2, on: true})
			h.l.through = append(h.l.through, passing{neuron: k, input: 2})
		}
		h.s.handOn(h.l, 2)
		sums := make([]float64, readers) // what of input 2 comes through
		for q := range readers {
			w := r.NormalVec(make([]float64, m+1), 1)
			w[m] = linalg.Dot(w[:3], truth[:3])
			sums[q] = w[m]
			u := &neuron{sign: 1, part: &guess{Fragment: *wholeFragment(w, 0)}}
			u.W = w
			h.s.layers[2].neurons = append(h.s.layers[2].neurons, u)
		}
		h.s.foldLayer(h.l, h.s.readers(1))
		for q, u := range h.s.layers[2].neurons {
			got := 0.0
			for k, n := range h.l.neurons[:3] {
				got += u.W[k] * n.W[2]
			}
			if len(u.W) != m || math.Abs(got-sums[q]) > 1e-9 {
				t.Errorf("seed %d, %d readers: %v of the input comes through, want %v", seed, readers, got, sums[q])
			}
		}
	}
}

package extract

import (
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/signature"
)

// handing is a layer with five neurons found of three inputs, all of which it
// hands on.
func handing() *layer {
	l := &layer{index: 2, handsAll: true}
	for k := range 5 {
		w := []float64{math.Cos(float64(k)), math.Sin(float64(k)), 0.5}
		l.neurons = append(l.neurons, &neuron{Hyperplane: signature.Hyperplane{W: w, B: 0.1}})
	}
	for j := range 3 {
		w := make([]float64, 3)
		w[j] = 1
		l.neurons = append(l.neurons, &neuron{Hyperplane: signature.Hyperplane{W: w}, pass: true, sign: 1})
	}
	return l
}

// A row of the next layer that reads only what is handed on is a row of the
// layer itself, also where it is known only up to what another neuron does that
// was on wherever the row was seen.
func TestHandedOn(t *testing.T) {
	l := handing()
	want := []float64{0.6, 0, -0.8, 0.3} // the row and its bias
	whole := append(make([]float64, 5), want...)
	tied := make([]float64, 9) // h_1 − (w_1·u + b_1) is 0 where neuron 1 is on
	tied[1] = 1
	for j, v := range l.neurons[1].W {
		tied[5+j] = -v
	}
	tied[8] = -l.neurons[1].B
	linalg.Scale(1/linalg.Norm(tied), tied)
	reads := append([]float64(nil), whole...)
	reads[3] = 0.2
	for _, c := range []struct {
		name    string
		row     []float64
		unknown []float64
		here    bool
	}{
		{"whole", whole, nil, true},
		{"tied to a neuron", whole, tied, true},
		{"reads a neuron", reads, nil, false},
		{"reads a neuron, tied", reads, tied, false},
	} {
		lost := &signature.Fragment{N: 9}
		if c.unknown != nil {
			lost.Add(c.unknown, 0)
		}
		part := &guess{Fragment: signature.Fragment{N: 9}}
		for i := range 9 {
			e := make([]float64, 9)
			e[i] = 1
			lost.Reject(e)
			part.Add(e, linalg.Dot(e, c.row))
		}
		row := part.Row()
		n := &neuron{Hyperplane: signature.Hyperplane{W: row[:8:8], B: row[8]}, part: part}
		u := (&State{}).handedOn(l, n)
		if (u != nil) != c.here {
			t.Errorf("%s: taken for a neuron of the layer before: %v, want %v", c.name, u != nil, c.here)
			continue
		}
		if u == nil {
			continue
		}
		scale := linalg.Norm(want[:3])
		for j, v := range append(append([]float64(nil), u.W...), u.B) {
			if math.Abs(v-want[j]/scale) > 1e-12 {
				t.Errorf("%s: weight %d is %v, want %v", c.name, j, v, want[j]/scale)
			}
		}
	}
}

// Of five hyperplanes that cross each other and one that crosses none, the five
// are trusted.
func TestTrust(t *testing.T) {
	var all []*neuron
	for range 6 {
		all = append(all, &neuron{})
	}
	got := trust(all, func(n *neuron, others []*neuron) int {
		if n == all[2] {
			return 0
		}
		return len(others) - 2
	})
	if len(got) != 5 {
		t.Fatalf("%d are trusted, want 5", len(got))
	}
	for _, n := range got {
		if n == all[2] {
			t.Error("the one that crosses none is trusted")
		}
	}
}

package extract

import (
	"fmt"
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
	"peel/core/signature"
)

// handed is a middle layer as the search leaves it: some of its neurons were
// never seen because they are always on, some signs are wrong, and the next
// layer's rows were recovered with the layer's inputs among theirs.
type handed struct {
	s     *State
	l     *layer
	truth *nn.Network // d inputs → the layer → the next
	found []int       // by neuron of l, which true one it is
	wrong []bool      // by neuron of l, whether its sign is
}

// newHanded hides the last `on` of the m neurons of a random layer.
func newHanded(seed uint64, d, m, next, on int) *handed {
	r := rng.New(seed, 99)
	net := nn.New([]int{d, m, next})
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1)
		r.NormalVec(net.Layers[i].B, 1)
	}
	for k := m - on; k < m; k++ { // on for every input h ≥ 0
		row := net.Layers[0].Row(k)
		for j := range row {
			row[j] = math.Abs(row[j])
		}
		net.Layers[0].B[k] = math.Abs(net.Layers[0].B[k])
	}
	h := &handed{truth: net}
	first := &layer{index: 1, chart: &chart{dim: d, size: 1}}
	for range d {
		first.neurons = append(first.neurons, &neuron{sign: 1})
	}
	h.l = &layer{index: 2, chart: &chart{dim: d, size: 1, positive: true}}
	h.s = New(Config{Sizes: []int{d, d, m, next, 1}, Seed: seed})
	third := &layer{index: 3, deep: &deep{}}
	h.s.layers = []*layer{first, h.l, third}
	for k := range m - on {
		w := append([]float64(nil), net.Layers[0].Row(k)...)
		u := &neuron{Hyperplane: signature.Hyperplane{W: w, B: net.Layers[0].B[k]}, sign: 1}
		wrong := r.Intn(2) == 1
		if wrong {
			u.sign = -1
		}
		h.l.neurons, h.found, h.wrong = append(h.l.neurons, u), append(h.found, k), append(h.wrong, wrong)
	}
	return h
}

// read gives the next layer the rows it has behind what the layer hands on.
func (h *handed) read() {
	n := len(h.found)
	for m := range h.truth.Layers[1].Out {
		row := h.truth.Layers[1].Row(m)
		w := make([]float64, len(h.l.neurons))
		b := h.truth.Layers[1].B[m]
		lin, off := make([]float64, len(h.l.neurons[0].W)), 0.0 // of the inputs
		for k, u := range h.l.neurons[:n] {
			w[k] = row[k]
			if h.wrong[k] { // relu(z) = relu(−z) + z
				linalg.Axpy(row[k], u.W, lin)
				off += row[k] * u.B
			}
		}
		for k := n; k < len(row); k++ {
			linalg.Axpy(row[k], h.truth.Layers[0].Row(k), lin)
			off += row[k] * h.truth.Layers[0].B[k]
		}
		for c, p := range h.l.neurons[n:] {
			switch {
			case p.of == nil:
				for j, v := range p.W {
					if v == 1 {
						w[n+c] = lin[j]
					}
				}
			default:
				for k, u := range h.l.neurons[:n] {
					if u == p.of && h.wrong[k] {
						w[n+c] = row[k]
					}
				}
			}
		}
		if h.l.handsAll { // with z itself handed on its bias is part of it
			b += off
		}
		part := &guess{Fragment: *wholeFragment(w, b)}
		h.s.layers[2].neurons = append(h.s.layers[2].neurons, &neuron{Hyperplane: signature.Hyperplane{W: w, B: b}, sign: 1, part: part})
	}
}

// compare evaluates both layers on inputs h ≥ 0.
func (h *handed) compare(t *testing.T, what string) {
	t.Helper()
	r := rng.New(7, 7)
	x := make([]float64, len(h.l.neurons[0].W))
	for range 50 {
		r.NormalVec(x, 4)
		for j := range x {
			x[j] = math.Abs(x[j])
		}
		want := make([]float64, h.truth.Out())
		nn.NewEval(h.truth).Forward(x, want)
		for m, u := range h.s.layers[2].neurons {
			z := u.B
			for k, v := range h.l.neurons {
				z += u.W[k] * max(0, v.sign*v.Z(x))
			}
			if math.Abs(z-want[m]) > 1e-8*(1+math.Abs(want[m])) {
				t.Fatalf("%s: row %d gives %v, want %v", what, m, z, want[m])
			}
		}
	}
}

// A layer that handed on all its inputs comes back with its hidden neurons and
// every sign right.
func TestFoldNeuronsThatAreAlwaysOn(t *testing.T) {
	for seed := range uint64(40) {
		on := int(seed % 3)
		d := 6 + int(seed%4)
		h := newHanded(seed, d, d-1, d+1, on)
		what := fmt.Sprintf("seed %d, %d inputs, %d always on", seed, d, on)
		h.s.handAllOn(h.l)
		if len(h.l.neurons) != len(h.found)+d {
			t.Fatalf("%s: %d neurons and inputs", what, len(h.l.neurons))
		}
		h.read()
		h.s.fold()
		if len(h.l.neurons) != d-1 {
			t.Fatalf("%s: %d neurons of %d", what, len(h.l.neurons), d-1)
		}
		for k, u := range h.l.neurons[:len(h.found)] {
			if u.sign != 1 {
				t.Errorf("%s: the sign of neuron %d stayed wrong", what, k)
			}
		}
		for _, u := range h.l.neurons[len(h.found):] {
			if !u.kept || !(u.B >= 0) {
				t.Errorf("%s: kept on %v with bias %v", what, u.kept, u.B)
			}
		}
		h.compare(t, what)
	}
}

// A sign that was put off is told by the next layer.
func TestFoldSignsPutOff(t *testing.T) {
	for seed := range uint64(20) {
		h := newHanded(seed, 7, 6, 5, 0)
		for _, u := range h.l.neurons {
			if u.sign != 1 || seed%2 == 0 {
				u.sign = 0
			}
		}
		h.s.postpone(h.l)
		for k, u := range h.l.neurons[:len(h.found)] {
			h.wrong[k] = u.sign != 1
		}
		// Half of them are guessed wrong: turn what is true instead.
		for k, u := range h.l.neurons[:len(h.found)] {
			if u.assumed && (uint64(k)+seed)%2 == 0 {
				u.sign, h.wrong[k] = -1, true
			}
		}
		h.read()
		h.s.fold()
		what := fmt.Sprintf("seed %d", seed)
		for k, u := range h.l.neurons {
			if u.sign != 1 || u.assumed {
				t.Errorf("%s: neuron %d has sign %v, assumed %v", what, k, u.sign, u.assumed)
			}
		}
		h.compare(t, what)
	}
}

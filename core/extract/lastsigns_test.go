package extract

import (
	"slices"
	"testing"

	"peel/core/internal/testnet"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// The linear part of the answers tells every sign of a last hidden layer, also
// where a neuron of an earlier layer was missed that some inputs switch on.
func TestLastSigns(t *testing.T) {
	for _, seed := range []uint64{0, 3} { // of the others a neuron never switches
		net := testnet.Random(0.3, 90+seed, 8, 8, 8, 8, 8, 1)
		net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
		for _, gone := range []int{-1, 2} {
			if gone >= 0 && seed != 0 { // far out it is on for half of all inputs
				continue
			}
			r := rng.New(seed, 0x516)
			if gone >= 0 { // on for one input in a hundred
				var z []float64
				for range 4000 {
					z = append(z, preactivations(net, r.NormalVec(make([]float64, 8), 1), 2)[gone])
				}
				slices.Sort(z)
				net.Layers[2].B[gone] -= z[3960]
			}
			o := oracle.NewVictim(net)
			s := lacking(t, net, gone, o)
			l := s.layers[3]
			var want []float64
			for _, n := range l.neurons {
				sign := r.Sign()
				want = append(want, sign)
				linalg.Scale(sign, n.W)
				n.B *= sign
				n.sign = 0
				n.part.Fragment = *wholeFragment(n.W, n.B)
			}
			s.stage = &lastSignsStage{l: l}
			res, err := s.Do(s.Tasks()[0], o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decode[toldSigns](res.Data)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Out) > 0 || len(got.Signs) != len(want) {
				t.Errorf("seed %d, neuron %d missing: %d signs, without %v", seed, gone, len(got.Signs), got.Out)
				continue
			}
			told := 0
			for k, sign := range got.Signs {
				if sign != 0 {
					told++
				}
				if sign != 0 && sign != want[k] {
					t.Errorf("seed %d, neuron %d missing: the sign of neuron %d is %v, want %v", seed, gone, k, sign, want[k])
				}
			}
			if told < len(want)-1 {
				t.Errorf("seed %d, neuron %d missing: %d of %d signs told", seed, gone, told, len(want))
			}
		}
	}
}

// A neuron that is none of the layer's is left out.
func TestLastSignsLeavesAStrangerOut(t *testing.T) {
	net := testnet.Random(0.3, 90, 8, 8, 8, 8, 8, 1)
	net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
	o := oracle.NewVictim(net)
	s := lacking(t, net, -1, o)
	l := s.layers[3]
	for _, n := range l.neurons {
		n.sign = 0
	}
	// Three functionals of a row that there is not.
	r := rng.New(1)
	stranger := *l.neurons[0]
	stranger.W, stranger.C = slices.Clone(stranger.W), []float64{3}
	stranger.part = &guess{Fragment: signature.Fragment{N: 9}, spots: l.neurons[0].part.spots}
	for range 3 {
		stranger.part.Add(r.NormalVec(make([]float64, 9), 1), r.Normal())
	}
	row := stranger.part.Row()
	size := linalg.Norm(row[:8])
	linalg.Scale(1/size, row)
	stranger.W, stranger.B = row[:8], row[8]
	l.neurons = append(l.neurons, &stranger)
	s.stage = &lastSignsStage{l: l}
	res, err := s.Do(s.Tasks()[0], o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply([]Result{res}); err != nil {
		t.Fatal(err)
	}
	if len(l.neurons) != 8 || slices.Contains(l.neurons, &stranger) {
		t.Fatalf("the layer has %d neurons", len(l.neurons))
	}
	for k, n := range l.neurons {
		if n.sign != 1 {
			t.Errorf("the sign of neuron %d is %v", k, n.sign)
		}
	}
	if len(s.strays) != 0 { // where it was first seen is not known
		t.Errorf("%d strays", len(s.strays))
	}
}

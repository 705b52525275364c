package extract_test

import (
	"math"
	"testing"

	"peel/core/fidelity"
	"peel/core/nn"
	"peel/core/oracle"
)

// A neuron in the middle of a deep network that is off on few inputs only, and is
// not met by any line, is told by the next layer and recovered with its bias. The
// rest of the network is then recovered too, but for neurons that are never on.
func TestANeuronThatIsHardlyEverOff(t *testing.T) {
	const seed = 1
	net := gaussian(seed, 16, 8, 8, 8, 8, 2)
	row := net.Layers[2].Row(3)
	for j, v := range row {
		row[j] = math.Abs(v)
	}
	net.Layers[2].B[3] = -0.2
	r := equivalent(t, net, seed)
	for _, l := range r.Layers[:4] {
		if l.Alike+l.Inactive != l.Neurons {
			t.Errorf("layer %d: %d of %d neurons do the same, %d are never on", l.Index, l.Alike, l.Neurons, l.Inactive)
		}
	}
	found := false
	for _, m := range r.Layers[2].Rows {
		found = found || m.Match == 3 && m.Error < 1e-9
	}
	if !found {
		t.Errorf("layer 3: the neuron was not recovered: %+v", r.Layers[2])
	}
}

// equivalent attacks a network and compares what comes out with it: the answers must
// be the same.
func equivalent(t *testing.T, net *nn.Network, seed uint64) *fidelity.Report {
	t.Helper()
	out, _, err := attack(oracle.NewVictim(net), net.Sizes(), seed, most(net))
	if err != nil {
		t.Fatal(err)
	}
	r, err := fidelity.Compare(net, out.Network, fidelity.Options{Seed: seed, Samples: 2000, Undecided: out.Undecided()})
	if err != nil {
		t.Fatal(err)
	}
	if !out.Verified || !r.Equivalent() {
		t.Errorf("%v: the answers differ: missing %q", net.Sizes(), out.Missing)
	}
	return r
}

// Two neurons of a layer in the middle that no input switches off are told together by
// the next layer, and two of the last one by the outputs.
func TestTwoNeuronsThatAreAlwaysOn(t *testing.T) {
	for _, at := range []int{2, 3} {
		const seed = 3
		net := gaussian(seed, 16, 8, 8, 8, 8, 4)
		for _, k := range []int{1, 6} {
			for j, v := range net.Layers[at].Row(k) {
				net.Layers[at].Row(k)[j] = math.Abs(v)
			}
			net.Layers[at].B[k] = 0.5
		}
		equivalent(t, net, seed)
	}
}

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

// finish drives a state to its end and returns the kinds of its stages.
func finish(t *testing.T, s *State, o oracle.Oracle) (kinds []string) {
	t.Helper()
	for len(s.Tasks()) > 0 {
		kinds = append(kinds, s.stage.kind())
		var results []Result
		for _, task := range s.Tasks() {
			res, err := s.Do(task, o)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, res)
		}
		if _, err := s.Apply(results); err != nil {
			t.Fatal(err)
		}
	}
	return kinds
}

// known returns the state of a run at its check, in which everything is known of
// a random network of four hidden layers, and a function that says how wrong the
// network is that it has.
func knownState(t *testing.T, seed uint64) (s *State, o oracle.Oracle, off func() float64) {
	t.Helper()
	net := testnet.Random(0.3, 90+seed, 8, 8, 8, 8, 8, 1)
	net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
	o = oracle.NewVictim(net)
	s = lacking(t, net, -1, o)
	return s, o, func() float64 { return worstMiss(net, s.network(), rng.New(seed, 0x0ff)) }
}

// One weight of the last hidden layer is wrong, and claims not to be. Answers
// tell which, and what it is.
func TestPatchFindsAWrongWeight(t *testing.T) {
	for _, seed := range []uint64{0, 3} { // of the others a neuron never switches
		s, o, off := knownState(t, seed)
		n := s.layers[3].neurons[2]
		n.W[5] += 0.01
		s.stage = &surveyStage{}
		before := off()
		kinds := finish(t, s, o)
		if after := off(); before < 1e-4 || after > 1e-8 || !slices.Contains(kinds, "patch") {
			t.Errorf("seed %d: wrong by %.1e before and %.1e after %v", seed, before, after, slices.Compact(kinds))
		}
	}
}

// A weight was taken to keep its neuron off wherever its input is on, which it
// does not. No other evidence of it is needed than inputs on which the network
// is wrong.
func TestPatchFindsAWeightTakenNotToMatter(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		s, o, off := knownState(t, seed)
		const k, j = 2, 5
		for _, l := range []*layer{s.layers[3], s.unfolded[3]} {
			l.neurons[k].part = knownBut(l.neurons[k], j)
		}
		s.layers[3].neurons[k].W[j] = -overruled
		s.stage = &surveyStage{}
		before := off()
		kinds := finish(t, s, o)
		if after := off(); before < 1e-4 || after > 1e-8 {
			t.Errorf("seed %d: wrong by %.1e before and %.1e after %v", seed, before, after, slices.Compact(kinds))
		}
	}
}

// A neuron of the last hidden layer was missed: its row follows from answers
// that lack it.
func TestPatchFindsANeuronOfTheLastLayer(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		s, o, off := knownState(t, seed)
		for _, l := range []*layer{s.layers[3], s.unfolded[3]} {
			l.neurons = slices.Delete(l.neurons, 2, 3)
		}
		for o, w := range s.out.w {
			s.out.w[o] = slices.Delete(w, 2, 3)
		}
		s.mends = maxMends // no hunt finds it before
		s.stage = &surveyStage{}
		before := off()
		kinds := finish(t, s, o)
		if after := off(); before < 1e-3 || after > 1e-8 || len(s.layers[3].neurons) != 8 {
			t.Errorf("seed %d: wrong by %.1e before and %.1e after %v, %d neurons", seed, before, after, slices.Compact(kinds), len(s.layers[3].neurons))
		}
	}
}

// A neuron that was missed came with half of its weights, and was taken to be off
// where the other inputs are on. By now more inputs show it.
func TestPatchCompletesANewcomer(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		s, o, off := knownState(t, seed)
		const k = 7
		n := s.layers[3].neurons[k]
		n.came = true
		n.part = &guess{Fragment: signature.Fragment{N: 9}, ev: signature.Evidence{N: 9}}
		for j := range 9 {
			unit := make([]float64, 9)
			unit[j] = 1
			switch {
			case j == 8:
				n.part.Add(unit, n.B)
			case j < 4:
				n.part.Add(unit, n.W[j])
			default:
				n.W[j] = -overruled
			}
		}
		s.unfolded[3].neurons = s.unfolded[3].neurons[:k]
		s.mends = maxMends
		s.stage = &surveyStage{}
		before := off()
		kinds := finish(t, s, o)
		if after := off(); before < 1e-3 || after > 1e-8 {
			t.Errorf("seed %d: wrong by %.1e before and %.1e after %v", seed, before, after, slices.Compact(kinds))
		}
	}
}

// A neuron of the layer before was missed: inputs behind which different neurons
// of the next layer are on tell its row, and what the next layer weighs it by.
func TestPatchFindsANeuronOfTheLayerBefore(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		net := testnet.Random(0.3, 90+seed, 8, 8, 8, 8, 8, 1)
		net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
		seldom(net, 2, 0.05, rng.New(seed, 0x5e1d))
		o := oracle.NewVictim(net)
		s := lacking(t, net, 2, o)
		s.mends = maxMends // no hunt finds it before
		before := worstMiss(net, s.network(), rng.New(seed, 0x0ff))
		kinds := finish(t, s, o)
		after := worstMiss(net, s.network(), rng.New(seed, 0x0ff))
		if before < 1e-3 || after > 1e-8 || len(s.layers[2].neurons) != 8 {
			t.Errorf("seed %d: wrong by %.1e before and %.1e after %v, %d neurons", seed, before, after, slices.Compact(kinds), len(s.layers[2].neurons))
		}
		if c := s.coverage()[2]; c.Count(StatusUnseen) > 0 {
			t.Errorf("seed %d: layer 3 is %s", seed, c.Neurons)
		}
	}
}

// What the next layer weighs a neuron by is open, all of it, and taken for
// nothing: where the neuron is on every row is wrong at once.
func TestPatchFindsWhatANeuronIsWeighedBy(t *testing.T) {
	const j = 2
	for _, seed := range []uint64{0, 3} {
		net := testnet.Random(0.3, 90+seed, 8, 8, 8, 8, 8, 1)
		net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
		seldom(net, j, 0.05, rng.New(seed, 0x5e1d))
		o := oracle.NewVictim(net)
		s := lacking(t, net, -1, o)
		s.mends = maxMends
		for _, l := range []*layer{s.layers[3], s.unfolded[3]} {
			for _, n := range l.neurons {
				n.part = knownBut(n, j)
				n.W[j] = 0
			}
		}
		before := worstMiss(net, s.network(), rng.New(seed, 0x0ff))
		kinds := finish(t, s, o)
		if after := worstMiss(net, s.network(), rng.New(seed, 0x0ff)); before < 1e-3 || after > 1e-8 {
			t.Errorf("seed %d: wrong by %.1e before and %.1e after %v", seed, before, after, slices.Compact(kinds))
		}
	}
}

// What a neuron of layer 3 does may look like one of layer 4 where few inputs of
// that are on. Fresh inputs show that it is none.
func TestNewcomerOfTheWrongLayerIsRefused(t *testing.T) {
	s, o, _ := knownState(t, 0)
	in, err := s.layers[1].chart.open(o)
	if err != nil {
		t.Fatal(err)
	}
	p := s.newPatcher(nil, rng.New(1))
	p.in, p.f = in, [][]float64{{0}}
	l, next := &p.net.Layers[3], &p.net.Layers[4]
	n := &newcomer{Layer: 3, W: slices.Clone(l.Row(2)), B: l.B[2], C: Vec{next.Row(0)[2]}}
	for j := range l.In {
		n.On = append(n.On, j)
	}
	// The network without neuron 2, which comes back.
	last := l.Out - 1
	copy(l.Row(2), l.Row(last))
	l.B[2], next.Row(0)[2] = l.B[last], next.Row(0)[last]
	p.remove(3, last)
	for _, c := range []struct {
		name string
		turn float64
		want bool
	}{{"the neuron itself", 1, true}, {"one that does something else", -1, false}} {
		u := *n
		u.W = slices.Clone(n.W)
		linalg.Scale(c.turn, u.W)
		p.put(&u)
		ok, err := p.confirmed(&u)
		if err != nil {
			t.Fatal(err)
		}
		if ok != c.want {
			t.Errorf("%s: confirmed %v, want %v", c.name, ok, c.want)
		}
		p.remove(3, u.At)
	}
}

// A correction that explains some answers and spoils others is no correction.
func TestCorrectionIsTriedElsewhere(t *testing.T) {
	s, o, _ := knownState(t, 0)
	in, err := s.layers[1].chart.open(o)
	if err != nil {
		t.Fatal(err)
	}
	p := s.newPatcher(nil, rng.New(1))
	p.in, p.f = in, [][]float64{{0}}
	row := p.net.Layers[3].Row(2)
	right, wrong := slices.Clone(row), slices.Clone(row)
	wrong[5] += 0.1
	c := change{layer: 3, neuron: 2, inputs: []int{5}}
	if ok, err := p.elsewhere(c, wrong); !ok || err != nil {
		t.Errorf("the right weight: %v, %v", ok, err)
	}
	copy(row, wrong)
	if ok, err := p.elsewhere(c, right); ok || err != nil {
		t.Errorf("a wrong weight for the right one: %v, %v", ok, err)
	}
	if !slices.Equal(row, wrong) {
		t.Error("the row was changed")
	}
}

// Where nothing is wrong there is nothing to agree on.
func TestPatchLeavesARightNetworkAlone(t *testing.T) {
	s, o, off := knownState(t, 0)
	in, err := s.layers[1].chart.open(o)
	if err != nil {
		t.Fatal(err)
	}
	r := rng.New(7)
	var bad Vec
	for range 100 {
		y := r.NormalVec(make([]float64, 8), 1)
		f := make([]float64, 1)
		if err := in.Query(y, f); err != nil {
			t.Fatal(err)
		}
		bad = append(append(bad, y...), f...)
	}
	p := s.newPatcher(bad, r)
	p.in = in
	if ok, err := p.improve(true); ok || err != nil {
		t.Errorf("made %v, %v of a network that is wrong by %.1e", p.made, err, off())
	}
	// Nor where answers are of another network: equations contradict each other.
	for i := 8; i < len(bad); i += 9 {
		bad[i] += r.Normal()
	}
	p = s.newPatcher(bad, r)
	p.in = in
	if ok, err := p.improve(true); ok || err != nil {
		t.Errorf("made %v, %v of answers that are noise", p.made, err)
	}
}

// Rows that are off by 1e-6 come out as exact as the answers; what answers do
// not show stays as it was.
func TestDeepFitSharpens(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		s, o, off := knownState(t, seed)
		r := rng.New(seed, 0xb1)
		for _, l := range s.layers[2:] {
			for _, n := range l.neurons {
				linalg.Axpy(1e-6, r.NormalVec(make([]float64, len(n.W)), 1), n.W)
				n.part.Fragment = *wholeFragment(n.W, n.B)
				n.part.ev = signature.Evidence{N: n.part.N}
				for q := range n.part.N {
					n.part.ev.Add(n.part.U[q*n.part.N:][:n.part.N], n.part.A[q], 1e-6)
				}
			}
		}
		before := off()
		s.stage = deepFitStage{}
		finish(t, s, o)
		if after := off(); after > 1e-9 || before < 1e-7 {
			t.Errorf("seed %d: wrong by %.1e before the fit and %.1e after", seed, before, after)
		}
	}
}

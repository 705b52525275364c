package extract

import (
	"math"
	"slices"
	"testing"

	"peel/core/internal/testnet"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// knownBut returns what is known of a row but for the weight of input j.
func knownBut(n *neuron, j int) *guess {
	f := signature.Fragment{N: n.part.N}
	unit := make([]float64, f.N)
	for p, v := range append(slices.Clone(n.W), n.B) {
		if p != j {
			unit[p] = 1
			f.Add(unit, v)
			unit[p] = 0
		}
	}
	return &guess{Fragment: f, ev: signature.Evidence{N: f.N}, spots: n.part.spots}
}

// A weight was taken to keep its neuron off wherever its input is on. That is
// wrong on one random input in twenty thousand, of which a survey of seven
// thousand sees none; chosen inputs show it, and answers tell the weight.
func TestSurveyFindsWhatHardlyEverActs(t *testing.T) {
	const rare, points, j = 5e-5, 400_000, 5
	for _, seed := range []uint64{0, 3} {
		net := testnet.Random(0.3, 90+seed, 8, 8, 8, 8, 8, 1)
		net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
		r := rng.New(seed, 0xa55)
		x := make([]float64, 8)
		// Every weight of row j less by what makes it rare, which is so at every
		// scale if layer 2 is mostly on.
		for q := range net.Layers[1].W {
			net.Layers[1].W[q] += 0.15
		}
		row := net.Layers[2].Row(j)
		net.Layers[2].B[j] = 0
		var ratio []float64
		for range points {
			h := preactivations(net, r.NormalVec(x, 1), 1)
			sum := 0.0
			for q := range h {
				h[q] = max(0, h[q])
				sum += h[q]
			}
			ratio = append(ratio, linalg.Dot(row, h)/sum)
		}
		slices.Sort(ratio)
		for q := range row {
			row[q] -= ratio[int((1-rare)*points)]
		}
		// The neuron that is on most often where input j is.
		on, k := make([]int, 8), 0
		for range points {
			if r.NormalVec(x, 1); preactivations(net, x, 2)[j] > 0 {
				for q, z := range preactivations(net, x, 3) {
					if z > 0 {
						on[q]++
					}
				}
			}
		}
		for q := range on {
			if on[q] > on[k] {
				k = q
			}
		}
		o := oracle.NewVictim(net)
		s := lacking(t, net, -1, o)
		for _, l := range []*layer{s.layers[3], s.unfolded[3]} {
			l.neurons[k].part = knownBut(l.neurons[k], j)
		}
		s.layers[3].neurons[k].W[j] = -overruled
		// off is the largest |f − f̂| where input j is on, and on how many inputs
		// it is more than nothing.
		off := func() (worst float64, often int) {
			r, a, b := rng.New(seed, 0x0ff), nn.NewEval(net), nn.NewEval(s.network())
			f, g := []float64{0}, []float64{0}
			for range points {
				if r.NormalVec(x, 1); preactivations(net, x, 2)[j] > 0 {
					a.Forward(x, f)
					b.Forward(x, g)
					if d := math.Abs(f[0] - g[0]); d > 1e-6 {
						worst = max(worst, d)
						often++
					}
				}
			}
			return worst, often
		}
		before, often := off()
		if before < 1e-3 || often == 0 || often > points/10_000 {
			t.Fatalf("seed %d: wrong by %.1e on %d of %d inputs before: that is not what this tests", seed, before, often, points)
		}
		acts, recovered := 0, s.network()
		for i := range surveyTasks {
			y := s.surveyPoints(i, s.surveyEach(), recovered, s.inDeepChart(recovered), rng.New(seed, uint64(i)))
			for p := 0; p < len(y); p += 8 {
				if preactivations(net, y[p:][:8], 2)[j] > 0 {
					acts++
				}
			}
		}
		if acts < 5 {
			t.Errorf("seed %d: %d inputs of a survey show the weight, of as many computed as should hold about 11", seed, acts)
		}
		kinds := finish(t, s, o)
		if after, often := off(); after > 1e-8 {
			t.Errorf("seed %d: wrong by %.1e before and by %.1e on %d inputs after %v", seed, before, after, often, slices.Compact(kinds))
		}
	}
}

// Inputs are chosen on which an assumption acts, among them those where the rest
// of the row speaks most for the neuron being on; with no assumption, none are.
func TestUntriedChoosesWhereAssumptionsAct(t *testing.T) {
	s, _, _ := knownState(t, 0)
	net := s.inDeepChart(s.network())
	r := rng.New(5)
	y := r.NormalVec(make([]float64, 8*4000), 1)
	if got := s.newUntried(net).choose(y, 100); len(got) > 0 {
		t.Errorf("chose %d inputs though everything is known", len(got))
	}
	const k, j = 2, 5
	n := s.layers[3].neurons[k]
	n.part = knownBut(n, j)
	got := s.newUntried(net).choose(y, 100)
	if len(got) == 0 || len(got) > untriedEach {
		t.Fatalf("chose %d inputs for one assumption, want 1 to %d", len(got), untriedEach)
	}
	lean := func(i int) (float64, bool) {
		h := preactivations(net, y[i*8:][:8], 2)
		for q := range h {
			h[q] = max(0, h[q])
		}
		on := h[j]
		h[j] = 0
		l := &net.Layers[3]
		return (linalg.Dot(l.Row(k), h) + l.B[k]) / on, on > 0
	}
	best, most := math.Inf(-1), math.Inf(-1)
	for i := range 4000 {
		if v, on := lean(i); on {
			best = max(best, v)
		}
	}
	for _, i := range got {
		v, on := lean(i)
		if !on {
			t.Errorf("input %d does not act on the assumption", i)
		}
		most = max(most, v)
	}
	if math.Abs(most-best) > 1e-9*math.Abs(best) {
		t.Errorf("the chosen inputs speak for being on by at most %g, want %g", most, best)
	}
	if again := s.newUntried(net).choose(y, 100); !slices.Equal(again, got) {
		t.Errorf("chose %v and then %v", got, again)
	}
	if got := s.newUntried(net).choose(y, 3); len(got) != 3 {
		t.Errorf("chose %d inputs of at most 3", len(got))
	}
}

// The pre-activations have the mean and covariance of those on random inputs,
// whether layer 1 is wider than the input or not.
func TestSurveySpreadIsThatOfInputs(t *testing.T) {
	for _, shape := range [][2]int{{20, 5}, {3, 6}} {
		r := rng.New(uint64(shape[0]))
		l := nn.NewLayer(shape[0], shape[1])
		r.NormalVec(l.W, 1)
		r.NormalVec(l.B, 1)
		const points = 20_000
		spread := newSurveySpread(&l)
		for _, c := range []struct {
			kind  int
			mean  float64 // of an input
			sigma float64
		}{{0, 0, 1}, {5, 0.5, math.Sqrt(1.0 / 12)}, {6, 0, 8}, {7, 0, 64}} {
			x := slices.Repeat([]float64{c.mean}, l.In)
			mean := make([]float64, l.Out)
			nn.Affine(mean, l.W, x, l.B)
			y, sum, square := make([]float64, l.Out), make([]float64, l.Out), make([]float64, l.Out*l.Out)
			for range points {
				spread.point(c.kind, y, r)
				for a := range y {
					sum[a] += (y[a] - mean[a]) / points
					for b := range y {
						square[a*l.Out+b] += (y[a] - mean[a]) * (y[b] - mean[b]) / points
					}
				}
			}
			for a := range y {
				size := c.sigma * linalg.Norm(l.Row(a))
				if math.Abs(sum[a]) > 0.05*size {
					t.Errorf("%v, kind %d: the mean of %d is off by %g of %g", shape, c.kind, a, sum[a], size)
				}
				for b := range y {
					want := c.sigma * c.sigma * linalg.Dot(l.Row(a), l.Row(b))
					if scale := size * c.sigma * linalg.Norm(l.Row(b)); math.Abs(square[a*l.Out+b]-want) > 0.05*scale {
						t.Errorf("%v, kind %d: covariance of %d and %d is %g, want %g", shape, c.kind, a, b, square[a*l.Out+b], want)
					}
				}
			}
		}
	}
}

// Of two networks that are right nearly everywhere, the better one is right on
// more of the inputs on which one was ever wrong; the mean error of a survey,
// which one far-off answer makes up, does not decide.
func TestTheBetterNetworkIsRightOnMoreInputs(t *testing.T) {
	s, o, _ := knownState(t, 0)
	good := s.inDeepChart(s.network())
	bad := good.Clone()
	bad.Layers[3].Row(2)[5] += 0.01
	r, f := rng.New(9), []float64{0}
	for range 50 {
		y := r.NormalVec(make([]float64, 8), 1)
		if err := o.Query(y, f); err != nil {
			t.Fatal(err)
		}
		s.wrongs = append(append(s.wrongs, y...), f...)
	}
	const all = 1000
	s.kept = &version{net: bad, mean: 1e-9, asked: all, off: 3}
	if s.worse(&version{net: good, mean: 1e-3, asked: all, off: 5}) {
		t.Error("the right network is called worse")
	}
	s.kept = &version{net: good, mean: 1e-3, asked: all, off: 5}
	if !s.worse(&version{net: bad, mean: 1e-9, asked: all, off: 3}) {
		t.Error("the wrong network is not called worse")
	}
	// Where both are off everywhere, the mean does.
	s.kept = &version{net: good, mean: 1e-6, asked: all, off: all}
	if s.worse(&version{net: bad, mean: 1e-7, asked: all, off: all}) || !s.worse(&version{net: bad, mean: 1e-5, asked: all, off: all}) {
		t.Error("the mean error does not decide between networks that are off everywhere")
	}
}

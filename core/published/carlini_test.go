package published

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/models/random"
)

// attack prepares the attack on a layer of a network, with true layers before it.
func attack(t testing.TB, net *nn.Network, layer int, m method.Method, seed uint64) *method.Attack {
	t.Helper()
	o := oracle.NewVictim(net)
	s := rng.New(seed, 0)
	noise, err := critical.MeasureNoise(o, func(x []float64) { s.NormalVec(x, 1) }, s, 16, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	return &method.Attack{Sizes: net.Sizes(), Layer: layer, Prefix: net.Layers[:layer-1], Method: m, Seed: seed, Noise: noise}
}

// follow runs the steps of an attack one task after another and returns the
// queries of each phase.
func follow(t testing.TB, net *nn.Network, a *method.Attack, s method.Step, limit int64) map[string]int64 {
	t.Helper()
	spent := map[string]int64{}
	left := limit
	for round := uint64(1); s != nil; round++ {
		if round > 10_000 {
			t.Fatal("the attack does not end")
		}
		var results []json.RawMessage
		for i := range s.Tasks() {
			o := oracle.Count(oracle.NewVictim(net), left)
			r, err := s.Do(i, o, rng.New(a.Seed, round, uint64(i)))
			if limit >= 0 {
				left -= o.Used()
			}
			spent[s.Kind()] += o.Used()
			spent["all"] += o.Used()
			if err == oracle.ErrBudget {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, text)
		}
		next, err := s.Apply(results)
		if err != nil {
			t.Fatal(err)
		}
		s = next
	}
	return spent
}

// compare returns how many true rows were found to 1e-4, and the worst errors of
// rows and of biases among those: both relative to ‖w‖ = 1. Weights that the
// attack left out count nothing where their inputs are never active on the
// hyperplane: no critical point shows them.
func compare(net *nn.Network, a *method.Attack) (found int, row, bias float64) {
	l, e := &net.Layers[a.Layer-1], &earlier{net.In(), net.Layers[:a.Layer-1]}
	for k := range l.Out {
		shown := make([]bool, l.In)
		for key := range uint64(50) {
			base, dir := randomLine(key, e.n)
			for _, t := range e.crossings(base, dir, &group{w: l.Row(k), b: l.B[k]}) {
				h, _ := e.hidden(on(base, dir, t))
				for j, v := range h {
					shown[j] = shown[j] || v != 0
				}
			}
		}
		best, at := math.Inf(1), 0.0
		for _, r := range a.Rows {
			w := append([]float64(nil), l.Row(k)...)
			for j, v := range shown {
				if !v && r.W[j] == 0 {
					w[j] = 0
				}
			}
			s := math.Copysign(linalg.Norm(w), linalg.Dot(r.W, w))
			d := 0.0
			for j, v := range w {
				d = max(d, math.Abs(v/s-r.W[j]))
			}
			if d < best {
				best, at = d, math.Abs(l.B[k]/s-r.B)
			}
		}
		if best < 1e-4 {
			found++
			row, bias = max(row, best), max(bias, at)
		}
	}
	return found, row, bias
}

// solved fails the test unless every row of the layer was found.
func solved(t *testing.T, net *nn.Network, a *method.Attack) {
	t.Helper()
	found, row, bias := compare(net, a)
	if found != a.Width() || len(a.Rows) != found || !(row < 1e-5) || !(bias < 1e-4) {
		t.Errorf("%d of %d rows are right of %d, to %.1e, biases to %.1e: %v", found, a.Width(), len(a.Rows), row, bias, a.Why)
	}
}

// TestSignatures attacks both layers of random networks, the first by itself and
// the second with the first given.
func TestSignatures(t *testing.T) {
	for _, sizes := range [][]int{{10, 5, 5, 1}, {20, 10, 10, 1}, {30, 15, 15, 1}, {12, 8, 6, 3}} {
		for _, name := range []string{method.Carlini, method.Foerster} {
			for _, seed := range []uint64{20, 42} {
				net, err := random.Carlini(sizes, seed)
				if err != nil {
					t.Fatal(err)
				}
				for layer := 1; layer <= 2; layer++ {
					t.Run(fmt.Sprintf("%s/%v/layer%d/%d", name, sizes, layer, seed), func(t *testing.T) {
						a, spent := attacked(t, net, layer, method.Method{Signature: name}, seed, -1)
						solved(t, net, a)
						if most := int64(100_000); spent["all"] > most {
							t.Errorf("%v queries are more than %d", spent, most)
						}
					})
				}
			}
		}
	}
}

// attacked runs the attack of a method on one layer.
func attacked(t testing.TB, net *nn.Network, layer int, m method.Method, seed uint64, limit int64) (*method.Attack, map[string]int64) {
	t.Helper()
	a := attack(t, net, layer, m, seed)
	s, err := library{}.Signatures(a)
	if err != nil {
		t.Fatal(err)
	}
	return a, follow(t, net, a, s, limit)
}

// TestEndToEnd attacks layer 2 from the rows of layer 1 that the attack found,
// with their true signs.
func TestEndToEnd(t *testing.T) {
	net, err := random.Carlini([]int{20, 10, 10, 1}, 20)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := attacked(t, net, 1, method.Method{Signature: method.Carlini, Improve: true}, 7, -1)
	solved(t, net, a)
	found, order := nn.NewLayer(20, 10), make([]float64, 10)
	for k := range found.Out { // row k of the layer found is the true neuron k, positively scaled
		for _, r := range a.Rows {
			if c := linalg.Dot(r.W, net.Layers[0].Row(k)) / linalg.Norm(net.Layers[0].Row(k)); math.Abs(c) > math.Abs(order[k]) {
				order[k] = c
				for j, v := range r.W {
					found.Row(k)[j] = math.Copysign(1, c) * v
				}
				found.B[k] = math.Copysign(1, c) * r.B
			}
		}
	}
	b := attack(t, net, 2, method.Method{Signature: method.Carlini}, 7)
	b.Prefix = []nn.Layer{found}
	s, err := library{}.Signatures(b)
	if err != nil {
		t.Fatal(err)
	}
	follow(t, net, b, s, -1)
	// In the inputs that the recovered layer computes, column j of layer 2 is ‖row j‖ times as large.
	same := net.Clone()
	for k := range same.Layers[1].Out {
		for j := range found.Out {
			same.Layers[1].Row(k)[j] *= linalg.Norm(net.Layers[0].Row(j))
		}
	}
	same.Layers[0] = found
	solved(t, same, b)
}

// TestImprove wants improved rows to be more exact.
func TestImprove(t *testing.T) {
	net, err := random.Carlini([]int{20, 10, 10, 1}, 42)
	if err != nil {
		t.Fatal(err)
	}
	for layer := 1; layer <= 2; layer++ {
		rough, _ := attacked(t, net, layer, method.Method{Signature: method.Foerster}, 3, -1)
		fine, spent := attacked(t, net, layer, method.Method{Signature: method.Foerster, Improve: true}, 3, -1)
		solved(t, net, fine)
		_, row, bias := compare(net, rough)
		_, better, biasBetter := compare(net, fine)
		t.Logf("layer %d: rows %.1e, improved %.1e; biases %.1e, improved %.1e; %v", layer, row, better, bias, biasBetter, spent)
		if !(better < 1e-10) || !(biasBetter < 1e-9) || len(fine.Why) > 0 {
			t.Errorf("layer %d: improved rows are off by %.1e, biases by %.1e (before: %.1e and %.1e): %v", layer, better, biasBetter, row, bias, fine.Why)
		}
	}
}

// TestBudget stops the attack at every stage: it keeps what it has and says why.
func TestBudget(t *testing.T) {
	net, err := random.Carlini([]int{20, 10, 10, 1}, 20)
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int64{0, 100, 3_000, 8_000, 12_000} {
		a, spent := attacked(t, net, 2, method.Method{Signature: method.Foerster}, 20, limit)
		if spent["all"] > limit || len(a.Why) == 0 || !strings.Contains(a.Why[0], "queries ran out") {
			t.Errorf("with %d queries it asked %d and says %q", limit, spent["all"], a.Why)
		}
		for _, r := range a.Rows {
			if math.Abs(linalg.Norm(r.W)-1) > 1e-12 || r.Sign != 0 {
				t.Errorf("with %d queries a row has norm %v and sign %v", limit, linalg.Norm(r.W), r.Sign)
			}
		}
	}
}

// TestDead attacks a layer with a neuron that is never active. The others are
// found; what takes its place, a deeper neuron seen from one linear region, is
// dropped when rows are improved.
func TestDead(t *testing.T) {
	net, err := random.Carlini([]int{10, 5, 5, 1}, 20)
	if err != nil {
		t.Fatal(err)
	}
	l := &net.Layers[0]
	clear(l.Row(2))
	l.B[2] = -1
	a, _ := attacked(t, net, 1, method.Method{Signature: method.Foerster, Improve: true}, 1, 200_000)
	if found, _, _ := compare(net, a); found != 4 || len(a.Rows) != 4 || len(a.Why) == 0 {
		t.Errorf("%d rows of the 4 that switch were found, among %d: %v", found, len(a.Rows), a.Why)
	}
}

// TestFlat attacks networks that show no critical point at all.
func TestFlat(t *testing.T) {
	net := nn.New([]int{6, 4, 3, 1})
	a, _ := attacked(t, net, 1, method.Method{Signature: method.Carlini}, 1, 100_000)
	if len(a.Rows) != 0 || len(a.Why) == 0 {
		t.Errorf("%d rows of a constant were found: %v", len(a.Rows), a.Why)
	}
}

func TestLn(t *testing.T) {
	for _, n := range []int{1, 2, 3, 10, 784} {
		if got, want := ln(n), math.Log(float64(n)); math.Abs(got-want) > 0.01 {
			t.Errorf("ln %d = %v, want %v", n, got, want)
		}
	}
}

// BenchmarkLine is the search of one line, BenchmarkSignature the signature at
// one critical point, BenchmarkGroups the comparison of 300 of them.
func BenchmarkLine(b *testing.B) {
	h, net := started(b)
	s := h.sweep()
	b.ReportAllocs()
	for i := range b.N {
		if _, err := s.Do(0, oracle.NewVictim(net), rng.New(1, uint64(i))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSignature(b *testing.B) {
	h, net := started(b)
	points(b, h, net, 1)
	x := h.waiting[0].x
	b.ReportAllocs()
	for i := range b.N {
		if _, err := partial(h.known, x, oracle.NewVictim(net), rng.New(1, uint64(i)), h.a.Noise); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGroups(b *testing.B) {
	h, net := started(b)
	points(b, h, net, 300)
	r := rng.New(1)
	for _, p := range h.waiting[:300] {
		w, err := partial(h.known, p.x, oracle.NewVictim(net), r, h.a.Noise)
		if err != nil {
			b.Fatal(err)
		}
		if w != nil {
			h.seen = append(h.seen, &sighting{place: p, w: w})
		}
	}
	b.ReportAllocs()
	for range b.N {
		h.fresh, h.set = 0, nil
		for _, s := range h.seen {
			s.aside, s.hits = false, 0
		}
		h.solve()
	}
}

// started is an attack on layer 2 of a random network that has done nothing yet.
func started(b *testing.B) (*hunt, *nn.Network) {
	net, err := random.Carlini([]int{50, 25, 25, 1}, 20)
	if err != nil {
		b.Fatal(err)
	}
	return newHunt(attack(b, net, 2, method.Method{Signature: method.Carlini}, 1), rules{}), net
}

// points sweeps lines until so many critical points wait.
func points(b *testing.B, h *hunt, net *nn.Network, n int) {
	for i := uint64(0); len(h.waiting) < n; i++ {
		r, err := h.sweep().Do(0, oracle.NewVictim(net), rng.New(2, i))
		if err != nil {
			b.Fatal(err)
		}
		l := r.(lineResult)
		base, dir := randomLine(l.Key, h.known.n)
		for _, t := range l.T {
			x := on(base, dir, t)
			y, _ := h.known.hidden(x)
			h.waiting = append(h.waiting, place{x, y})
		}
	}
}

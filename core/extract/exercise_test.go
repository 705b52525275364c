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
)

// drilled returns a patcher that knows answers at some random inputs only, all of
// which are right.
func drilled(t *testing.T, s *State, o oracle.Oracle, seed uint64) *patcher {
	t.Helper()
	in, err := s.layers[1].chart.open(o)
	if err != nil {
		t.Fatal(err)
	}
	p := s.newPatcher(nil, rng.New(seed, 0xd111))
	p.in = in
	var y [][]float64
	for range 64 {
		x := p.draw.point(0, make([]float64, 8), p.r)
		y = append(y, x)
	}
	p.f = make([][]float64, 1)
	p.f[0] = []float64{0} // for its length
	fresh, err := p.answered(y)
	if err != nil {
		t.Fatal(err)
	}
	p.y, p.f = nil, nil
	for i := range fresh.y {
		if fresh.miss(i) <= verifyTolerance {
			p.y, p.f = append(p.y, fresh.y[i]), append(p.f, fresh.f[i])
		}
	}
	return p
}

// exerciseAll exercises weights and corrects them until nothing is wrong.
func exerciseAll(t *testing.T, p *patcher, correct func() error) {
	t.Helper()
	for range exerciseRounds {
		wrong, err := p.exercise()
		if err != nil {
			t.Fatal(err)
		}
		if !wrong {
			return
		}
		if err := correct(); err != nil {
			t.Fatal(err)
		}
	}
}

// A weight was taken to keep its neuron off wherever its input is on, and nothing
// known so far is wrong because of it. Walks that cost no query lead to where it acts.
func TestExerciseOfAWeight(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		s, o, off := knownState(t, seed)
		const k, j = 2, 5
		s.layers[3].neurons[k].part = knownBut(s.layers[3].neurons[k], j)
		s.layers[3].neurons[k].W[j] = -overruled
		p := drilled(t, s, o, seed)
		exerciseAll(t, p, p.correct)
		if before, left := off(), len(p.wrong()); before < 1e-4 || left > 0 || len(p.made) == 0 {
			t.Errorf("seed %d: wrong by %.1e before, on %d of %d inputs after", seed, before, left, len(p.y))
		}
	}
}

// All that the next layer takes of a neuron that was missed is wrong, but such that it
// does not show where the next layer is as it mostly is. Inputs at which others of its
// neurons are on tell what each of them takes.
func TestExerciseOfAColumn(t *testing.T) {
	for _, seed := range []uint64{0, 3} {
		s, o, off := knownState(t, seed)
		const k = 7
		s.layers[2].neurons[k].came = true
		for q, n := range s.layers[3].neurons {
			n.W[k] += 0.02 * math.Pow(-1, float64(q))
		}
		p := drilled(t, s, o, seed)
		if !p.columnOpen(2, k) || p.columnOpen(2, k-1) {
			t.Fatal("not the column of the newcomer alone is open")
		}
		exerciseAll(t, p, func() error { p.reweighed(); return nil })
		if before, left := off(), len(p.wrong()); before < 1e-4 || left > 0 || p.asked == 0 {
			t.Errorf("seed %d: wrong by %.1e before, on %d of %d inputs after", seed, before, left, len(p.y))
		}
	}
}

// Inputs of a column show apart what each neuron of the next layer takes: as many of
// them as can be on.
func TestExercisesShowApart(t *testing.T) {
	net := testnet.Random(0.3, 90, 8, 8, 8, 8, 8, 1)
	net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
	o := oracle.NewVictim(net)
	s := lacking(t, net, -1, o)
	p := drilled(t, s, o, 1)
	var seen []*sight
	for _, y := range p.pool()[:1024] {
		seen = append(seen, p.see(y))
	}
	const j = 3
	var rows []float64
	points := p.exerciseColumn(seen, 2, j)
	for _, y := range points {
		at := p.see(y)
		if at.z[2][j] <= 0 {
			t.Fatal("the neuron is off at an input that is to show its column")
		}
		rows = append(rows, p.strongest(at, 3)...)
	}
	can := 0
	for q := range 8 {
		if slices.ContainsFunc(seen, func(s *sight) bool { return s.z[2][j] > 0 && s.z[3][q] > 0 }) {
			can++
		}
	}
	if r := linalg.Factor(rows, 8).Rank(1e-6); r < can || len(points) > exerciseTimes*8 {
		t.Errorf("%d inputs show %d of %d weights apart", len(points), r, can)
	}
}

// Where the inputs of several open weights follow fewer, equations tell what they do
// there, and the shortest correction that does it.
func TestConsensusWithinASpan(t *testing.T) {
	r := rng.New(0xc0)
	w := r.NormalVec(make([]float64, 5), 1)
	u := r.NormalVec(make([]float64, 10), 1) // 2×5: the inputs lie in a plane
	p := &patcher{r: r}
	point := func() []float64 {
		h := make([]float64, 5)
		linalg.Axpy(r.Normal(), u[:5], h)
		linalg.Axpy(r.Normal(), u[5:], h)
		return h
	}
	var all []equation
	for i := range 24 {
		h := point()
		v := linalg.Dot(w, h)
		if i%3 == 0 {
			v = r.Normal() // another cause
		}
		all = append(all, equation{p: i, h: h, v: v, err: 1e-9})
	}
	delta, agree := p.consensus(all, 5)
	if delta == nil || agree < 16 {
		t.Fatalf("%d agree", agree)
	}
	for range 16 {
		h := point()
		if d := math.Abs(linalg.Dot(delta, h) - linalg.Dot(w, h)); d > 1e-8*linalg.Norm(h) {
			t.Errorf("off by %.1e within the span", d)
		}
	}
	if linalg.Norm(delta) > linalg.Norm(w) {
		t.Errorf("a correction of norm %.2f where %.2f does", linalg.Norm(delta), linalg.Norm(w))
	}
	if delta, _ := p.consensus(all[:4], 5); delta != nil {
		t.Error("four equations in two unknowns agreed")
	}
}

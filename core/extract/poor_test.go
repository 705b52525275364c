package extract

import (
	"testing"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/signature"
)

// Critical points where the prefix passes few dimensions wait until the others
// show nothing new, and none is lost.
func TestPutByAndTakeUp(t *testing.T) {
	p, r := randomPrefix(3)
	l := &layer{deep: &deep{pre: p}}
	var kinks []candidate
	ranks := map[int]int{}
	for range 400 {
		y := r.NormalVec(make([]float64, p.n), 2)
		k := candidate{Segment: signature.Segment{Base: y, Dir: r.NormalVec(make([]float64, p.n), 1)}, Kink: critical.Kink{}}
		kinks = append(kinks, k)
		ranks[min(l.rankAt(k), minRank)]++
	}
	if ranks[1] == 0 || ranks[2] == 0 || ranks[minRank] == 0 {
		t.Fatalf("the fixture has ranks %v", ranks)
	}
	if rich := l.putBy(kinks); len(rich) != ranks[minRank] || len(l.deep.poor) != len(kinks)-len(rich) {
		t.Fatalf("%d of %d are traced and %d put by, want %d traced", len(rich), len(kinks), len(l.deep.poor), ranks[minRank])
	}
	if again := l.takeUp(); len(again) != 0 {
		t.Errorf("%d were taken up while others were found", len(again))
	}
	taken := 0
	for l.barren = 1; l.barren < 40; l.barren++ {
		some := l.takeUp()
		if len(some) > poorEach {
			t.Fatalf("%d at a time", len(some))
		}
		for _, k := range some {
			if l.barren == 1 && l.rankAt(k) != 2 {
				t.Fatalf("rank %d was taken up first", l.rankAt(k))
			}
		}
		taken += len(some)
	}
	if want := ranks[1] + ranks[2]; taken != want {
		t.Errorf("%d of %d were taken up", taken, want)
	}
}

// At extremes of what a layer is given, a neuron that hardly any input switches on
// is on more often.
func TestExtremesSwitchRareNeuronsOn(t *testing.T) {
	random, extreme := 0, 0
	for seed := range uint64(20) {
		p, r := randomPrefix(seed)
		d := p.width()
		// The mean input, and a row that is on only far from it.
		mean := make([]float64, d)
		var hs [][]float64
		for range 500 {
			h := p.values(r.NormalVec(make([]float64, p.n), 2))
			if normalise(h); h[0] != h[0] {
				continue
			}
			hs = append(hs, h)
			linalg.Axpy(1, h, mean)
		}
		normalise(mean)
		w := r.NormalVec(make([]float64, d), 1)
		normalise(w)
		scale := 0.0
		on := func(h []float64) bool { return linalg.Dot(w, h)-scale*linalg.Dot(mean, h) > 0 }
		for ; ; scale += 0.05 {
			n := 0
			for _, h := range hs {
				if on(h) {
					n++
				}
			}
			if n <= 2 {
				break
			}
		}
		for range 200 {
			if on(p.values(r.NormalVec(make([]float64, p.n), 2))) {
				random++
			}
			if on(p.values(p.extreme(2, extremeSteps, r))) {
				extreme++
			}
		}
	}
	t.Logf("on at %d random inputs and at %d extremes of %d", random, extreme, 4000)
	if random == 0 || extreme < 4*random {
		t.Errorf("on at %d extremes, at %d random inputs", extreme, random)
	}
}

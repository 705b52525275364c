package extract

import (
	"testing"

	"peel/core/critical"
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

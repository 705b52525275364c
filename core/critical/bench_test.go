package critical_test

import (
	"testing"

	"peel/core/rng"
)

// kinked is a line with a kink at 0, one far away, and three outputs.
func kinked(t testing.TB) bent {
	t.Helper()
	return bend([]float64{0, 9}, []float64{1, -2, 0.5, 1, 1, 1}, 3, rng.New(2))
}

// A question on a line allocates nothing, whether it finds a kink or not.
func TestQuestionsAllocateNothing(t *testing.T) {
	l, _ := kinked(t).line(t)
	for name, ask := range map[string]func() (bool, error){
		"at":          func() (bool, error) { _, err := l.At(1, 2, 3, 4); return true, err },
		"locate":      func() (bool, error) { _, ok, err := l.Locate(1e-4, 0.1); return ok, err },
		"locate none": func() (bool, error) { _, ok, err := l.Locate(5, 0.1); return !ok, err },
		"near":        func() (bool, error) { _, ok, err := l.Near(0.05, 0.1); return ok, err },
		"refine":      func() (bool, error) { _, ok, err := l.Refine(1e-4, -3, 8); return ok, err },
	} {
		n := testing.AllocsPerRun(20, func() {
			if ok, err := ask(); !ok || err != nil {
				t.Fatal(name, ok, err)
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// A sweep allocates for what it finds, not for what it asks.
func TestSweepAllocatesForKinks(t *testing.T) {
	r := rng.New(4)
	places := spread(20, 0.2, r)
	l, o := bend(places, r.NormalVec(make([]float64, 20), 1), 1, r).line(t)
	before := o.Used()
	kinks, err := l.Sweep(-10, 10, nil)
	if err != nil || len(kinks) != 20 {
		t.Fatal(len(kinks), err)
	}
	asked := o.Used() - before
	n := testing.AllocsPerRun(5, func() { _, _ = l.Sweep(-10, 10, nil) })
	// The two slopes of each kink, and a few lists that grow.
	if limit := float64(2*20 + 20); n > limit {
		t.Errorf("%v allocations for 20 kinks and %d queries, want at most %v", n, asked, limit)
	}
}

func BenchmarkLocate(b *testing.B) {
	b.ReportAllocs()
	l, _ := kinked(b).line(b)
	for b.Loop() {
		if _, ok, err := l.Locate(1e-4, 0.1); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkRefine(b *testing.B) {
	b.ReportAllocs()
	l, _ := kinked(b).line(b)
	for b.Loop() {
		if _, ok, err := l.Refine(1e-4, -3, 8); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

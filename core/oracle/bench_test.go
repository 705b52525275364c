package oracle_test

import (
	"testing"

	"peel/core/oracle"
	"peel/core/rng"
)

// asking is one way to put a batch of queries to an oracle.
type asking struct {
	name    string
	queries int
	ask     func() error
}

// askings are all ways to ask o: whole points, steps, and both in a chart of
// eight dimensions and on a line in it. What they need is made beforehand.
func askings(t testing.TB, o oracle.Oracle) []asking {
	t.Helper()
	const dim, batch = 8, 4
	d0, out := o.Shape()
	r := rng.New(5)
	random := func(n int) []float64 { return r.NormalVec(make([]float64, n), 1) }
	restrict := func(o oracle.Oracle, k int) oracle.Oracle {
		in, _ := o.Shape()
		s, err := o.Restrict(random(in), random(k*in))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	chart := restrict(o, dim)
	line := restrict(chart, 1)
	var all []asking
	for _, to := range []struct {
		name string
		o    oracle.Oracle
		in   int
	}{{"whole", o, d0}, {"chart", chart, dim}, {"line", line, 1}} {
		x, base, y, step := random(batch*to.in), random(to.in), make([]float64, batch*out), random(batch)
		coord := make([]int, batch)
		for i := range coord {
			coord[i] = r.Intn(to.in)
		}
		all = append(all,
			asking{to.name + "/query", batch, func() error { return to.o.Query(x, y) }},
			asking{to.name + "/steps", batch, func() error { return to.o.Steps(base, coord, step, y) }})
	}
	return all
}

// A query allocates nothing, however it is asked and counted. (Steps of Plain
// itself write their whole batch out: once for hundreds of queries.)
func TestQueriesAllocateNothing(t *testing.T) {
	victim := oracle.NewVictim(random(1, 30, 12, 9, 3))
	for name, o := range map[string]oracle.Oracle{
		"victim":  victim,
		"engine":  oracle.Count(oracle.Finite{Oracle: victim}, -1),
		"limited": oracle.Count(victim, 1<<40),
		"plain":   oracle.Count(oracle.Plain{Oracle: victim}, -1),
	} {
		for _, a := range askings(t, o) {
			if name == "plain" && a.name == "whole/steps" {
				continue
			}
			n := testing.AllocsPerRun(20, func() {
				if err := a.ask(); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 {
				t.Errorf("%s, %s: %v allocations for %d queries", name, a.name, n, a.queries)
			}
		}
	}
}

func BenchmarkAnswers(b *testing.B) {
	o := oracle.Count(oracle.Finite{Oracle: oracle.NewVictim(random(1, 784, 64, 64, 1))}, -1)
	for _, a := range askings(b, o) {
		b.Run(a.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := a.ask(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*a.queries), "ns/query")
		})
	}
}

// Opening a line in a chart is what most batches begin with.
func BenchmarkRestrict(b *testing.B) {
	const d0, dim = 784, 64
	o := oracle.Count(oracle.Finite{Oracle: oracle.NewVictim(random(1, d0, dim, dim, 1))}, -1)
	r := rng.New(5)
	base, dirs := make([]float64, d0), r.NormalVec(make([]float64, dim*d0), 1)
	at, along := r.NormalVec(make([]float64, dim), 1), r.NormalVec(make([]float64, dim), 1)
	chart, err := o.Restrict(base, dirs)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("line", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := chart.Restrict(at, along); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("chart-again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := o.Restrict(base, dirs); err != nil {
				b.Fatal(err)
			}
		}
	})
}

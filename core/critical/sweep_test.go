package critical_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"peel/core/critical"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// bent is a piecewise linear function of one variable with known kinks: at t[k]
// the slope of output o jumps by jump[k*out+o].
type bent struct {
	t, jump []float64
	out     int
	net     *nn.Network
}

// bend builds the function as a network with one hidden layer, each neuron on a
// scale and a side of its own, and one neuron that never switches.
func bend(t, jump []float64, out int, r *rng.Stream) bent {
	net := nn.New([]int{1, len(t) + 1, out})
	h, f := &net.Layers[0], &net.Layers[1]
	for k, at := range t {
		scale := r.Sign() * math.Exp2(4*r.Float64()-2)
		h.W[k], h.B[k] = scale, -scale*at
		for o := range out {
			f.W[o*f.In+k] = jump[k*out+o] / math.Abs(scale)
		}
	}
	h.W[len(t)], h.B[len(t)] = 1e-3, 1e3
	r.NormalVec(f.B, 1)
	return bent{t, jump, out, net}
}

// slope returns dg/dt of every output at t.
func (b bent) slope(t float64) []float64 {
	s := make([]float64, b.out)
	h, f := &b.net.Layers[0], &b.net.Layers[1]
	for k := range h.Out {
		if h.W[k]*t+h.B[k] > 0 {
			for o := range s {
				s[o] += f.W[o*f.In+k] * h.W[k]
			}
		}
	}
	return s
}

func (b bent) line(t testing.TB) (*critical.Line, *oracle.Counter) {
	t.Helper()
	o := oracle.Count(oracle.NewVictim(b.net), -1)
	r := rng.New(17)
	noise, err := critical.MeasureNoise(oracle.NewVictim(b.net), func(x []float64) { x[0] = 10 * (2*r.Float64() - 1) }, r, 8, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	l, err := critical.NewLine(o, []float64{0}, []float64{1}, noise)
	if err != nil {
		t.Fatal(err)
	}
	return l, o
}

// check compares what a sweep found with the kinks it had to find.
func (b bent) check(t *testing.T, name string, found []critical.Kink, want []float64, from, to float64) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	var got []float64
	for _, k := range found {
		got = append(got, k.T)
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d kinks found, want %d\nfound %v\n want %v", name, len(got), len(want), got, want)
		return
	}
	for i, k := range found {
		// Err is an estimate of a rounding error; ten times it is a bound in practice.
		if d := math.Abs(k.T - want[i]); d > 10*k.Err || k.Err > 1e-6 {
			t.Errorf("%s: kink %d found at %v, which is off by %.1e; the error to expect was %.1e", name, i, k.T, d, k.Err)
		}
		if !(k.Prev < k.T && k.T < k.Next) || k.Prev < from || k.Next > to {
			t.Errorf("%s: kink %v lies between neighbours %v and %v", name, k.T, k.Prev, k.Next)
		}
		// The slopes are those half-way to the neighbours, to a millionth of the jump.
		left, right := b.slope((k.Prev+k.T)/2), b.slope((k.T+k.Next)/2)
		for o := range b.out {
			if math.Abs(k.Left[o]-left[o]) > 1e-4*k.Jump || math.Abs(k.Right[o]-right[o]) > 1e-4*k.Jump {
				t.Errorf("%s: kink %v, output %d: slopes %v and %v, want %v and %v", name, k.T, o, k.Left[o], k.Right[o], left[o], right[o])
			}
		}
	}
}

// spread draws n places in (−10, 10), at least gap apart.
func spread(n int, gap float64, r *rng.Stream) []float64 {
	var t []float64
	for len(t) < n {
		c := 20*r.Float64() - 10
		if !slices.ContainsFunc(t, func(v float64) bool { return math.Abs(v-c) < gap }) {
			t = append(t, c)
		}
	}
	return t
}

// jumps draws n·out slope jumps of sizes from 1/8 to 8.
func jumps(n, out int, r *rng.Stream) []float64 {
	j := make([]float64, n*out)
	for i := range j {
		j[i] = r.Sign() * math.Exp2(6*r.Float64()-3)
	}
	return j
}

// Kinks of random functions of every density, one output or several: all are
// found, at their places, with their slopes, and nothing else is.
func TestSweepFindsEveryKink(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 8, 40, 150, 400} {
		for _, out := range []int{1, 2, 10} {
			for seed := range uint64(4) {
				r := rng.New(seed, uint64(n), uint64(out))
				b := bend(spread(n, 1e-4, r), jumps(n, out, r), out, r)
				l, _ := b.line(t)
				found, err := l.Sweep(-10, 10, nil)
				if err != nil {
					t.Fatal(err)
				}
				b.check(t, fmt.Sprintf("%d kinks, %d outputs, seed %d", n, out, seed), found, b.t, -10, 10)
			}
		}
	}
}

// Two kinks close together, of like and of opposite jumps, at many places: a
// pair is two kinks down to the stated distance.
func TestClosePairs(t *testing.T) {
	for _, gap := range []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-5} {
		for seed := range uint64(20) {
			r := rng.New(seed)
			at := 18*r.Float64() - 9
			b := bend([]float64{at, at + gap, -9.5, 9.5}, jumps(4, 1, r), 1, r)
			if seed%2 == 0 {
				b = bend([]float64{at, at + gap, -9.5, 9.5}, []float64{1, -1, 2, -3}, 1, r) // the slope before is the slope after
			}
			l, _ := b.line(t)
			found, err := l.Sweep(-10, 10, nil)
			if err != nil {
				t.Fatal(err)
			}
			b.check(t, fmt.Sprintf("a pair %v apart, seed %d", gap, seed), found, b.t, -10, 10)
		}
	}
}

// The first tangent of a sweep is taken through answers 2^-8 of its length
// apart. A kink between two such answers makes the tangent a chord, which meets
// its neighbour at one of those answers and seems confirmed there.
func TestChordTrap(t *testing.T) {
	w := 20.0
	for _, share := range []float64{0x1p-9, 0x1p-12, 0x1p-16, 0x1p-20, 0.5 - 0x1p-9, 0.5 + 0x1p-9, 0.5 + 0x1p-8, 0.25 + 0x1p-10, 1 - 0x1p-9, 1 - 0x1p-14} {
		for seed := range uint64(8) {
			r := rng.New(seed)
			at := []float64{-10 + w*share}
			for _, v := range spread(int(seed), 0.05, r) { // alone, and among others
				if math.Abs(v-at[0]) > 0.05 {
					at = append(at, v)
				}
			}
			b := bend(at, jumps(len(at), 1, r), 1, r)
			l, _ := b.line(t)
			found, err := l.Sweep(-10, 10, nil)
			if err != nil {
				t.Fatal(err)
			}
			b.check(t, fmt.Sprintf("a kink at %v of the way, seed %d", share, seed), found, b.t, -10, 10)
		}
	}
}

// Known kinks are neither reported nor searched again.
func TestKnownKinksAreSkipped(t *testing.T) {
	const n = 30
	for seed := range uint64(10) {
		r := rng.New(seed)
		b := bend(spread(n, 1e-2, r), jumps(n, 1, r), 1, r)
		for _, known := range []int{1, 15, n} {
			l, o := b.line(t)
			outside := []float64{-50, 12, math.NaN(), math.Inf(1)} // planes that miss the segment or run along it
			found, err := l.Sweep(-10, 10, append(outside, b.t[:known]...))
			if err != nil {
				t.Fatal(err)
			}
			b.check(t, fmt.Sprintf("%d of %d known, seed %d", known, n, seed), found, b.t[known:], -10, 10)
			if most := int64(4 * (n + 1)); known == n && o.Used() > most { // two tangents an interval
				t.Errorf("seed %d: %d queries where every kink is known, want %d at most", seed, o.Used(), most)
			}
		}
	}
}

// A straight function costs two tangents.
func TestStraightLineIsCheap(t *testing.T) {
	r := rng.New(1)
	l, o := bend(nil, nil, 3, r).line(t)
	found, err := l.Sweep(-10, 10, nil)
	if err != nil || len(found) != 0 || o.Used() != 4 {
		t.Errorf("found %v with %d queries, %v", found, o.Used(), err)
	}
}

// A kink that only one of many outputs shows is found; one that no output shows
// is not invented.
func TestVisibility(t *testing.T) {
	r := rng.New(2)
	jump := make([]float64, 3*10)
	jump[0*10+7], jump[2*10+1] = 0.5, -2 // kink 0 shows in output 7, kink 1 nowhere, kink 2 in output 1
	b := bend([]float64{-3.7, 1.1, 4.9}, jump, 10, r)
	l, _ := b.line(t)
	found, err := l.Sweep(-10, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.check(t, "three kinks, one invisible", found, []float64{-3.7, 4.9}, -10, 10)
}

// noisy adds an error to every answer that is far larger than was measured.
type noisy struct {
	oracle.Oracle
	r    *rng.Stream
	size float64
	n    *int
}

func (o noisy) Query(x, y []float64) error {
	err := o.Oracle.Query(x, y)
	for i := range y {
		y[i] += o.size * o.r.Normal()
	}
	*o.n += len(y)
	return err
}

func (o noisy) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	s, err := o.Oracle.Restrict(base, dirs)
	o.Oracle = s
	return o, err
}

// Answers that are noisier than the model says, or not numbers at all, end a
// sweep after a bounded number of queries.
func TestSweepAlwaysEnds(t *testing.T) {
	for _, size := range []float64{1e-9, 1e-3, 1, math.Inf(1), math.NaN()} {
		r, n := rng.New(3), 0
		b := bend(spread(10, 0.1, r), jumps(10, 1, r), 1, r)
		o := noisy{oracle.NewVictim(b.net), r, size, &n}
		l, err := critical.NewLine(o, []float64{0}, []float64{1}, critical.Noise{Rel: 1e-15, Scale: 1, Size: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Sweep(-10, 10, nil); err != nil {
			t.Fatal(err)
		}
		// 256 splits and 32 a kink, of some eight queries, and Refine of ten to thirty finds.
		if n > 12_000 {
			t.Errorf("noise of %v: %d queries", size, n)
		}
	}
}

// The cost of a kink is what the whole attack's cost follows from.
func TestQueriesPerKink(t *testing.T) {
	for _, c := range []struct {
		kinks int
		most  float64 // queries a kink; measured, with a quarter to spare
	}{{5, 18}, {40, 18}, {200, 18}} {
		total := int64(0)
		const runs = 20
		for seed := range uint64(runs) {
			r := rng.New(seed)
			b := bend(spread(c.kinks, 1e-3, r), jumps(c.kinks, 1, r), 1, r)
			l, o := b.line(t)
			if _, err := l.Sweep(-10, 10, nil); err != nil {
				t.Fatal(err)
			}
			total += o.Used()
		}
		per := float64(total) / runs / float64(c.kinks)
		t.Logf("%d kinks: %.1f queries each", c.kinks, per)
		if per > c.most {
			t.Errorf("%d kinks: %.1f queries each, want at most %v", c.kinks, per, c.most)
		}
	}
}

func BenchmarkSweep(b *testing.B) {
	for _, n := range []int{5, 40, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			r := rng.New(1)
			f := bend(spread(n, 1e-3, r), jumps(n, 1, r), 1, r)
			l, o := f.line(b)
			b.ReportAllocs()
			runs := 0
			for b.Loop() {
				if _, err := l.Sweep(-10, 10, nil); err != nil {
					b.Fatal(err)
				}
				runs++
			}
			b.ReportMetric(float64(o.Used())/float64(runs)/float64(n), "queries/kink")
		})
	}
}

package signature_test

import (
	"errors"
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// The jump of the gradient at a critical point of layer 1 is the neuron's row:
// its direction, its offset, and c with the sign that belongs to the row's.
func TestJumpIsTheRow(t *testing.T) {
	for _, sizes := range [][]int{{10, 6, 1}, {12, 8, 6, 1}, {15, 10, 8, 3}} {
		tried, failed, worst := 0, 0, 0.0
		for seed := range uint64(12) {
			b := newBench(t, seed, sizes...)
			for _, k := range b.kinks(t, 10) {
				if k.layer != 1 {
					continue
				}
				tried++
				h, err := signature.Jump(b.o, k.Base, k.Dir, k.Kink, 3, false, b.noise, b.r)
				if errors.Is(err, signature.ErrCramped) || errors.Is(err, signature.ErrTwoKinks) {
					failed++
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if n := linalg.Norm(h.W); math.Abs(n-1) > 1e-14 {
					t.Errorf("%v, seed %d: the row has length %v", sizes, seed, n)
				}
				// WErr is for one entry; the offset sums over d0 of them at a distance of tens.
				d := b.off(h, k.neuron) / h.WErr
				worst = max(worst, d)
				if d > 1000 {
					t.Errorf("%v, seed %d, neuron %d: off by %.1e; the error to expect of an entry was %.1e", sizes, seed, k.neuron, d*h.WErr, h.WErr)
				}
				left, right := b.gradient(k.Point((k.Prev+k.T)/2)), b.gradient(k.Point((k.Next+k.T)/2))
				s := 1.0
				if linalg.Dot(h.W, k.Dir) < 0 {
					s = -1
				}
				for o, c := range h.C {
					for i, w := range h.W {
						if want := s * (right[o*len(h.W)+i] - left[o*len(h.W)+i]); math.Abs(c*w-want) > 100*h.CErr {
							t.Errorf("%v, seed %d: jump of output %d is %v, want %v ± %v", sizes, seed, o, c*w, want, h.CErr)
						}
					}
				}
			}
		}
		t.Logf("%v: %d of %d failed, worst offset error %.0f times that of an entry", sizes, failed, tried, worst)
		if failed > tried/10 {
			t.Errorf("%v: %d of %d jumps failed", sizes, failed, tried)
		}
	}
}

// Two hyperplanes between the two gradients make a jump of rank two, which
// several outputs show.
func TestJumpOverTwoKinks(t *testing.T) {
	tried := 0
	for seed := range uint64(10) {
		b := newBench(t, seed, 12, 8, 6, 3)
		ks := b.kinks(t, 20)
		for i := 1; i < len(ks); i++ {
			a, k := ks[i-1], ks[i]
			if &a.Base[0] != &k.Base[0] || a.layer != 1 || k.layer != 1 {
				continue // not neighbours on one line
			}
			both := a.Kink
			both.T, both.Next = (a.T+k.T)/2, k.Next
			gap := k.T - a.T
			both.Prev, both.Next = both.T-gap*1.2, both.T+gap*1.2 // gradients 0.1 gaps outside the pair
			if both.Prev < a.Prev || both.Next > k.Next {
				continue
			}
			tried++
			if h, err := signature.Jump(b.o, a.Base, a.Dir, both, math.Inf(1), false, b.noise, b.r); err == nil {
				t.Errorf("seed %d: two neurons passed as one: %v", seed, h.W)
			} else if !errors.Is(err, signature.ErrTwoKinks) && !errors.Is(err, signature.ErrCramped) {
				t.Fatal(err)
			}
		}
	}
	if tried < 10 {
		t.Errorf("only %d pairs tried", tried)
	}
}

func TestRankOne(t *testing.T) {
	r := rng.New(1)
	for _, m := range []int{1, 2, 7} {
		for range 50 {
			n := 1 + r.Intn(12)
			w, c := r.NormalVec(make([]float64, n), 1), r.NormalVec(make([]float64, m), 1)
			j := linalg.Mul(c, 1, w, n)
			gotW, gotC, rest := signature.RankOne(j, n)
			// Two products and a division a number: a few roundings.
			if rest > 1e-14*linalg.MaxAbs(j) || math.Abs(linalg.Norm(gotW)-1) > 1e-14 {
				t.Errorf("rank one, %d×%d: rest %v, length %v", m, n, rest, linalg.Norm(gotW))
			}
			for i := range j {
				if math.Abs(gotC[i/n]*gotW[i%n]-j[i]) > 1e-14*linalg.MaxAbs(j) {
					t.Errorf("entry %d of %d×%d: %v, want %v", i, m, n, gotC[i/n]*gotW[i%n], j[i])
				}
			}
			if m > 1 && n > 1 {
				if _, _, rest := signature.RankOne(r.NormalVec(j, 1), n); rest < 1e-3 {
					t.Errorf("a random %d×%d matrix passed as rank one: rest %v", m, n, rest)
				}
			}
		}
	}
}

// cross returns a source of random segments across a hyperplane.
func (b *bench) cross(h *signature.Hyperplane) func() signature.Segment {
	return func() signature.Segment {
		g := signature.Segment{Base: b.r.NormalVec(make([]float64, len(h.W)), 1), Dir: b.r.NormalVec(make([]float64, len(h.W)), 1)}
		linalg.Axpy(-h.Z(g.Base), h.W, g.Base)
		linalg.Scale(1/linalg.Norm(g.Dir), g.Dir)
		return g
	}
}

// Prediction tells a neuron's hyperplane from everything else: from one moved a
// little, from a random one, and from the local plane of a deeper neuron.
func TestConfirm(t *testing.T) {
	const want, misses = 8, 10
	missed, chance, bends, deeper := 0, 0, 0, 0
	for seed := range uint64(30) {
		b := newBench(t, seed, 12, 8, 6, 1)
		confirm := func(h *signature.Hyperplane) int {
			before := b.o.Used()
			hits, err := signature.Confirm(b.o, h, b.cross(h), 1, b.noise, want, misses)
			if err != nil {
				t.Fatal(err)
			}
			// Four queries a test; a test more than are allowed misses, or none.
			n := b.o.Used() - before
			if n > 4*(want+misses+1) || len(hits) > want || len(hits) < want && n != 4*int64(len(hits)+misses+1) {
				t.Errorf("seed %d: %d hits with %d queries", seed, len(hits), n)
			}
			for _, hit := range hits {
				if z := math.Abs(h.Z(hit.P)); z > signature.Window || hit.Err > 1e-6 || hit.Err <= 0 {
					t.Errorf("seed %d: a hit is %v from its prediction, ± %v", seed, z, hit.Err)
				}
			}
			return len(hits)
		}
		w, bias := b.row(int(seed) % 8)
		h := &signature.Hyperplane{W: w, B: bias}
		if confirm(h) < want {
			missed++
		}
		moved := &signature.Hyperplane{W: w, B: bias + 1e-4}
		chance += confirm(moved)
		chance += confirm(&signature.Hyperplane{W: unit(b.r.NormalVec(make([]float64, 12), 1)), B: b.r.Normal()})
		for _, k := range b.kinks(t, 20) {
			if k.layer != 2 {
				continue
			}
			local, err := signature.Jump(b.o, k.Base, k.Dir, k.Kink, 3, false, b.noise, b.r)
			if err != nil {
				continue
			}
			deeper++
			if confirm(local) == want {
				bends++
			}
		}
	}
	t.Logf("%d of 30 true rows missed, %d chance hits, %d of %d deeper ones passed", missed, chance, bends, deeper)
	if missed > 3 { // invisible on more than half the lines: everything after it is off there
		t.Errorf("%d of 30 true rows were not confirmed", missed)
	}
	if chance > 0 { // 60 × 11 tests, each with probability about 1e-6 × the density of kinks
		t.Errorf("%d chance hits", chance)
	}
	if bends > deeper/20 || deeper < 50 {
		t.Errorf("%d of %d hyperplanes of layer 2 passed as straight", bends, deeper)
	}
}

func unit(v []float64) []float64 {
	linalg.Scale(1/linalg.Norm(v), v)
	return v
}

// Straight says yes to layer 1 and mostly no to layer 2, with few queries. It is
// a sieve: a deeper hyperplane is flat inside a cell, and a lucky direction stays
// in it. What passes is confirmed, which is stricter, and weeded.
func TestStraight(t *testing.T) {
	var yes, all [3]int
	queries := int64(0)
	for seed := range uint64(20) {
		b := newBench(t, seed, 20, 10, 10, 1)
		for _, k := range b.kinks(t, 12) {
			before := b.o.Used()
			ok, err := signature.Straight(b.o, k.Segment, k.Kink, 2*math.Sqrt(20), 1, func([]float64) bool { return true }, nil, b.noise, b.r)
			if err != nil {
				t.Fatal(err)
			}
			queries += b.o.Used() - before
			all[k.layer]++
			if ok {
				yes[k.layer]++
			}
		}
	}
	per := float64(queries) / float64(all[1]+all[2])
	t.Logf("layer 1: %d of %d straight; layer 2: %d of %d; %.0f queries each", yes[1], all[1], yes[2], all[2], per)
	if all[1] < 60 || all[2] < 60 {
		t.Fatal("too few critical points for rates")
	}
	if float64(yes[1]) < 0.95*float64(all[1]) {
		t.Errorf("%d of %d hyperplanes of layer 1 were called bent", all[1]-yes[1], all[1])
	}
	if float64(yes[2]) > 0.25*float64(all[2]) {
		t.Errorf("%d of %d hyperplanes of layer 2 were called straight", yes[2], all[2])
	}
	if per > 45 {
		t.Errorf("%.0f queries a test, want at most 45", per)
	}
}

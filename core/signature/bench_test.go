package signature_test

import (
	"testing"

	"peel/core/signature"
)

// flat returns a bench of the size of a small chart and a critical point of its
// first layer with room around it.
func flat(b *testing.B) (*bench, seen) {
	b.Helper()
	v := newBench(b, 1, 32, 16, 12, 1)
	var best seen
	for _, k := range v.kinks(b, 40) {
		if gap := min(k.Next-k.T, k.T-k.Prev); k.layer == 1 && gap > min(best.Next-best.T, best.T-best.Prev) {
			best = k
		}
	}
	return v, best
}

func BenchmarkRoom(b *testing.B) {
	b.ReportAllocs()
	v, k := flat(b)
	p := k.Point((k.T + k.Next) / 2)
	for b.Loop() {
		if _, err := signature.Room(v.o, p, 1, false, v.noise, v.r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkJump(b *testing.B) {
	b.ReportAllocs()
	v, k := flat(b)
	for b.Loop() {
		if _, err := signature.Jump(v.o, k.Base, k.Dir, k.Kink, 3, false, v.noise, v.r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStraight(b *testing.B) {
	b.ReportAllocs()
	v, k := flat(b)
	everywhere := func([]float64) bool { return true }
	for b.Loop() {
		if _, err := signature.Straight(v.o, k.Segment, k.Kink, 10, 1, everywhere, nil, v.noise, v.r); err != nil {
			b.Fatal(err)
		}
	}
}

// confirmed is a hyperplane and sixteen critical points where it predicted them.
func confirmed(b *testing.B) (*bench, *signature.Hyperplane, func() signature.Segment) {
	b.Helper()
	v, k := flat(b)
	h, err := signature.Jump(v.o, k.Base, k.Dir, k.Kink, 3, false, v.noise, v.r)
	if err != nil {
		b.Fatal(err)
	}
	g := signature.Segment{Base: make([]float64, len(h.W)), Dir: h.W}
	next := func() signature.Segment {
		v.r.NormalVec(g.Base, 1)
		return g
	}
	return v, h, next
}

func BenchmarkConfirm(b *testing.B) {
	b.ReportAllocs()
	v, h, next := confirmed(b)
	for b.Loop() {
		if _, err := signature.Confirm(v.o, h, next, 1, v.noise, 1, 5); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPolish(b *testing.B) {
	b.ReportAllocs()
	v, h, next := confirmed(b)
	hits, err := signature.Confirm(v.o, h, next, 1, v.noise, 40, 40)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		signature.Polish(h, hits)
	}
}

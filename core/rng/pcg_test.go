package rng

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The generator is the one of the standard library.
func TestPCGIsThatOfTheLibrary(t *testing.T) {
	seeds := [][2]uint64{{0, 0}, {1, 2}, {math.MaxUint64, math.MaxUint64}, {0, math.MaxUint64}, {math.MaxUint64, 0}, {mix(1), mix(2)}}
	for _, seed := range seeds {
		want, p := rand.NewPCG(seed[0], seed[1]), pcg{seed[0], seed[1]}
		for i := range 20_000 { // both carries happen many times
			if w, u := p.word(), want.Uint64(); w != u {
				t.Fatalf("seed %x, word %d: %x, want %x", seed, i, w, u)
			}
		}
	}
}

// A vector of normal numbers is one after another what Normal gives, and each
// the sum that its comment says.
func TestNormalVec(t *testing.T) {
	all, one, words := New(7), New(7), New(7)
	for _, v := range all.NormalVec(make([]float64, 1000), 3) {
		sum := uint64(0)
		for range 3 {
			for w := words.Uint64(); w > 0; w >>= 16 {
				sum += w & 0xffff
			}
		}
		want := float64((float64(sum)+words.Float64())*0x1p-16) - 6 + 5.5*0x1p-16
		if n := one.Normal(); n != want || v != 3*want {
			t.Fatalf("%v in a vector, %v alone, want %v", v/3, n, want)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	s, x := New(1), make([]float64, 64)
	if n := testing.AllocsPerRun(10, func() { s.NormalVec(x, 2); x[0] = s.Normal() + s.Float64() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkNormalVec(b *testing.B) {
	b.ReportAllocs()
	s, x := New(1), make([]float64, 64)
	for b.Loop() {
		s.NormalVec(x, 2)
	}
}

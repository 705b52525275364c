package rng_test

import (
	"math"
	"testing"

	"peel/core/rng"
)

// Every digest and every shared link rests on these streams. If this test fails
// the streams changed, and with them the engine's version must change.
func TestStreamsAreStable(t *testing.T) {
	for _, c := range []struct {
		seed    uint64
		path    []uint64
		word    uint64
		uniform uint64 // bits of the second number, a Float64
		normal  uint64 // bits of the third, a Normal
		sign    float64
		intn    int // below 1000
	}{
		{0, nil, 0x38cc5cb5df419924, 0x3fe598657b313711, 0xbff6fac4a9e70114, 1, 197},
		{1, nil, 0xa8f7b35a53173cf9, 0x3fd16726cf299cba, 0x3ff632f7efc1d234, -1, 891},
		{1, []uint64{0x0}, 0x66c33ab27b973ba5, 0x3fe9a36b8d5b95eb, 0x3fe229a5c69b34f8, 1, 364},
		{1, []uint64{0x0, 0x0}, 0x3339a437acf275f4, 0x3fef9f8ab7d085e8, 0xbfe380404c8351c8, 1, 931},
		{1, []uint64{0x3, 0x7}, 0x87a0e6110b0499e8, 0x3fe6c1e5730c5cf0, 0x4003dd7c222ed2e0, -1, 350},
		{9007199254740991, []uint64{0x3f, 0x11e5}, 0xd7198590a8e11194, 0x3fc3126a785b4974, 0xbfb08fbf23090bc0, -1, 158},
	} {
		s := rng.New(c.seed, c.path...)
		word, uniform, normal, sign, intn := s.Uint64(), math.Float64bits(s.Float64()), math.Float64bits(s.Normal()), s.Sign(), s.Intn(1000)
		if word != c.word || uniform != c.uniform || normal != c.normal || sign != c.sign || intn != c.intn {
			t.Errorf("{%d, %#v, %#x, %#x, %#x, %v, %d} is what the stream gives now", c.seed, c.path, word, uniform, normal, sign, intn)
		}
	}
}

// The moments of Irwin–Hall with twelve terms are those of N(0,1) but for the
// fourth, which is 3 − 6/(5·12) = 2.9. The tolerances are five standard errors
// of a mean of n values: σ = 1, √2, √15 and √(105 − 9) for the powers 1 to 4.
func TestNormalMoments(t *testing.T) {
	const n = 400_000
	s := rng.New(1)
	var sum [5]float64
	for range n {
		v, p := s.Normal(), 1.0
		if math.Abs(v) > 6 {
			t.Fatalf("%v is outside the range of the sum", v)
		}
		for k := 1; k <= 4; k++ {
			p *= v
			sum[k] += p / n
		}
	}
	for k, want := range []float64{0, 0, 1, 0, 2.9} {
		sigma := []float64{0, 1, math.Sqrt2, math.Sqrt(15), math.Sqrt(96)}[k]
		if tol := 5 * sigma / math.Sqrt(n); math.Abs(sum[k]-want) > tol {
			t.Errorf("moment %d is %v, want %v ± %v", k, sum[k], want, tol)
		}
	}
}

// A normal number's last bits must vary too: a grid of 2^-16 would make
// independent directions meet.
func TestNormalIsFine(t *testing.T) {
	s := rng.New(2)
	coarse := 0
	for range 1000 {
		if v := s.Normal() * 0x1p20; v == math.Trunc(v) {
			coarse++
		}
	}
	if coarse > 0 { // each has probability about 2^-33
		t.Errorf("%d of 1000 numbers lie on a grid of 2^-20", coarse)
	}
}

// Streams of different seeds and paths look independent: their correlation over
// n pairs is below 5/√n, and their first words all differ.
func TestPathsAreIndependent(t *testing.T) {
	const n = 2000
	paths := [][]uint64{{}, {0}, {1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}, {2}, {0, 0, 0}, {1 << 63}, {math.MaxUint64}}
	var all [][]float64
	first := map[uint64]bool{}
	for _, seed := range []uint64{0, 1, 2, math.MaxUint64} {
		for _, p := range paths {
			w := rng.New(seed, p...).Uint64()
			if first[w] {
				t.Errorf("seed %d, path %v begins like another stream", seed, p)
			}
			first[w] = true
			all = append(all, rng.New(seed, p...).NormalVec(make([]float64, n), 1))
		}
	}
	for i := range all {
		for j := range i {
			c := 0.0
			for k := range n {
				c += all[i][k] * all[j][k] / n
			}
			if math.Abs(c) > 5/math.Sqrt(n) {
				t.Errorf("streams %d and %d correlate by %v", i, j, c)
			}
		}
	}
}

// Neighbouring tasks of neighbouring rounds, as the engine names them, never
// share a stream.
func TestTasksHaveTheirOwnStreams(t *testing.T) {
	seen := map[uint64]bool{}
	for round := range uint64(300) {
		for task := range uint64(32) {
			w := rng.New(7, round, task).Uint64()
			if seen[w] {
				t.Fatalf("round %d, task %d begins like another task", round, task)
			}
			seen[w] = true
		}
	}
}

// Chi-square over 16 equal cells, 15 degrees of freedom: 44.3 has probability 1e-4.
func TestUniform(t *testing.T) {
	const n, cells = 16_000, 16
	s := rng.New(3)
	for name, draw := range map[string]func() int{
		"Float64": func() int {
			v := s.Float64()
			if v < 0 || v >= 1 {
				t.Fatalf("%v is not in [0, 1)", v)
			}
			return int(v * cells)
		},
		"Intn": func() int { return s.Intn(cells) },
		"Sign": func() int { // four of them make a cell
			c := 0
			for range 4 {
				c *= 2
				if s.Sign() > 0 {
					c++
				}
			}
			return c
		},
		"Perm": func() int { return s.Perm(cells)[5] },
	} {
		var count [cells]float64
		for range n {
			count[draw()]++
		}
		chi := 0.0
		for _, c := range count {
			chi += (c - n/cells) * (c - n/cells) / (n / cells)
		}
		if chi > 44.3 {
			t.Errorf("%s: chi-square %v over %v", name, chi, count)
		}
	}
}

func TestPermIsAPermutation(t *testing.T) {
	s := rng.New(4)
	for n := range 20 {
		seen := make([]bool, n)
		for _, v := range s.Perm(n) {
			if v < 0 || v >= n || seen[v] {
				t.Fatalf("%d is out of place in a permutation of %d", v, n)
			}
			seen[v] = true
		}
	}
}

func BenchmarkNormal(b *testing.B) {
	s := rng.New(1)
	b.ReportAllocs()
	for b.Loop() {
		s.Normal()
	}
}

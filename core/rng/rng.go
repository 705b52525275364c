// Package rng gives every task its own stream of random numbers, the same on
// every machine.
package rng

// Stream is a deterministic source. Normal avoids logarithms and tables: only
// integer sums and one multiplication, so its bits cannot depend on a platform.
type Stream struct{ src pcg }

// New returns the stream of a seed and a list of indices (round, task, …).
// Different lists give independent streams.
func New(seed uint64, path ...uint64) *Stream {
	a, b := mix(seed), mix(^seed)
	for _, p := range path {
		a = mix(a ^ mix(p+0x9e3779b97f4a7c15))
		b = mix(b + a)
	}
	return &Stream{src: pcg{a, b}}
}

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014, section 5).
func mix(z uint64) uint64 {
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Uint64 returns 64 uniform bits.
func (s *Stream) Uint64() uint64 { return s.src.word() }

// Float64 returns a uniform number in [0, 1).
func (s *Stream) Float64() float64 { return float64(int64(s.src.word()>>11)) * 0x1p-53 }

// Intn returns a uniform integer in [0, n).
func (s *Stream) Intn(n int) int { return int(s.src.word() % uint64(n)) }

// Normal returns a number with mean 0, variance 1 and nearly normal
// distribution: the centred sum of twelve 16-bit uniforms (Irwin–Hall), each
// a lane of three words, plus a fine dither in the last 2^-16.
func (s *Stream) Normal() float64 {
	var x [1]float64
	s.src.normals(x[:], 1)
	return x[0]
}

// NormalVec fills x with Normal numbers times scale.
func (s *Stream) NormalVec(x []float64, scale float64) []float64 {
	s.src.normals(x, scale)
	return x
}

// Sign returns −1 or +1.
func (s *Stream) Sign() float64 {
	if s.src.word()>>63 == 0 {
		return 1
	}
	return -1
}

// Perm returns a uniform permutation of 0 … n−1.
func (s *Stream) Perm(n int) []int {
	p := make([]int, n)
	for i := range p {
		j := s.Intn(i + 1)
		p[i], p[j] = p[j], i
	}
	return p
}

package rng

import "math/bits"

// pcg is the generator PCG-DXSM of math/rand/v2, word for word. It is written
// out here because it runs in the innermost loops, where a call for
// each word costs as much as the word.
type pcg struct{ hi, lo uint64 }

const (
	mulHi, mulLo = 2549297995355413924, 4865540595714422341
	incHi, incLo = 6364136223846793005, 1442695040888963407
	cheapMul     = 0xda942042e4dd58b5
)

// word returns the next 64 bits.
func (p *pcg) word() uint64 {
	hi, lo := step(p.hi, p.lo)
	p.hi, p.lo = hi, lo
	return scramble(hi, lo)
}

// normals fills x with Irwin–Hall numbers (see Stream.Normal) times scale.
func (p *pcg) normals(x []float64, scale float64) {
	hi, lo := p.hi, p.lo
	for i := range x {
		hi, lo = step(hi, lo)
		a := scramble(hi, lo)
		hi, lo = step(hi, lo)
		b := scramble(hi, lo)
		hi, lo = step(hi, lo)
		c := scramble(hi, lo)
		// Two lanes of 16 bits in 32 hold the sum of up to 2^16 of them.
		const lanes = 0x0000ffff0000ffff
		w := a&lanes + a>>16&lanes + b&lanes + b>>16&lanes + c&lanes + c>>16&lanes
		sum := int64(w&0xffffffff + w>>32)
		hi, lo = step(hi, lo)
		dither := float64(float64(int64(scramble(hi, lo)>>11)) * 0x1p-53)
		x[i] = scale * (float64((float64(sum)+dither)*0x1p-16) - 6 + 5.5*0x1p-16)
	}
	p.hi, p.lo = hi, lo
}

// step is the linear congruence modulo 2^128.
func step(hi, lo uint64) (uint64, uint64) {
	h, l := bits.Mul64(lo, mulLo)
	h += hi*mulLo + lo*mulHi + incHi
	if l += incLo; l < incLo {
		h++
	}
	return h, l
}

func scramble(hi, lo uint64) uint64 {
	hi ^= hi >> 32
	hi *= cheapMul
	hi ^= hi >> 48
	return hi * (lo | 1)
}

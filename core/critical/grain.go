package critical

import (
	"math"
	"math/bits"
)

// grain is how the numbers that an oracle gives are rounded. Rounding to a
// coarse grid does not show in differences of near answers, which are equal; it
// shows in the numbers themselves.
type grain struct {
	bits int     // significant bits, 53 for float64
	unit float64 // every answer is a multiple of this power of ten; 0: of none
}

// mostBits is how many significant bits a narrow format has at most.
const mostBits = 40

// unlikely is how small, as a power of two, the probability must be that
// float64 answers look rounded by chance.
const unlikely = 24

// grainOf looks at answers of a network with so many outputs, each the answer to
// another point.
func grainOf(y []float64, outputs int) grain {
	g := grain{bits: 53}
	seen, most, large := map[float64]bool{}, 0, 0.0
	for _, v := range y {
		if v == 0 {
			continue
		}
		seen[v] = true
		m := math.Float64bits(v)&(1<<52-1) | 1<<52
		most, large = max(most, 53-bits.TrailingZeros64(m)), max(large, math.Abs(v))
	}
	if len(seen) < max(3, outputs+1) { // outputs that never change say nothing
		return g
	}
	if most <= mostBits && len(seen)*(53-most) >= unlikely {
		g.bits = most
	}
	// A float64 of size s is within rounding of a whole number with a chance of s·2^-50.
	for k, unit := 0, 1.0; k <= 13; k, unit = k+1, unit*10 {
		chance := math.Ilogb(float64(large*unit)) - 49
		if chance >= -3 {
			break
		}
		if len(seen)*-chance >= unlikely && decimal(y, unit) {
			g.unit = 1 / unit
			break
		}
	}
	return g
}

// decimal reports whether every answer is a multiple of 1/unit, to rounding.
func decimal(y []float64, unit float64) bool {
	for _, v := range y {
		s := math.Abs(float64(v * unit))
		if math.Abs(s-math.Round(s)) > float64(s*0x1p-51) {
			return false
		}
	}
	return true
}

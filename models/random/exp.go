package random

import "math"

// exp is e^x to within a few units in the last place, from additions and
// multiplications only: math.Exp has assembly of its own on some machines.
//
//	x = k·ln 2 + r,  |r| ≤ ln 2 / 2,  e^x = 2^k · Σ r^n/n!
func exp(x float64) float64 {
	const limit = 700 // e^±700 is a normal float64
	x = max(-limit, min(limit, x))
	const (
		ln2High = 6.93147180369123816490e-01 // the leading 33 bits of ln 2: k·ln2High is exact
		ln2Low  = 1.90821492927058770002e-10
	)
	k := math.Floor(float64(x*(1/math.Ln2)) + 0.5)
	r := x - float64(k*ln2High)
	r -= float64(k * ln2Low)
	// 14 terms: (ln 2 / 2)^14 / 14! is 4e-18.
	sum := 1.0
	for n := 14.0; n >= 1; n-- {
		sum = 1 + float64(sum*r)/n
	}
	return sum * math.Float64frombits(uint64(1023+int(k))<<52)
}

package sign

import (
	"math"

	"peel/core/linalg"
)

// maxEnumerated is the most neurons whose signs AlwaysOn tries all of.
const maxEnumerated = 20

// AlwaysOn decides the signs of the last hidden layer when one of its neurons
// never switches, for one output. Such a neuron has no critical point; it adds
// a linear function c w·h to the answer, so the system of LastHidden has a
// remainder
//
//	∇f − Σ_k c_k w_k a_k⁻ − Σ_{k: sign +} c_k w_k = c w.
//
// On inputs h ≥ 0 it can be one neuron only if all its entries have one sign:
// then w ≥ 0 and w·h never falls below 0. All 2^m choices of signs are tried;
// because relu(z) = z + relu(−z), any two that pass are the same function. No
// published attack recovers such neurons.
//
// tol is how far, relative to the largest jump, an entry may be on the wrong
// side of 0. It returns the signs and c·w, or ok = false when no choice or too many
// neurons are left.
func AlwaysOn(w, c, g, z []float64, n int, tol float64) (signs, rest []float64, ok bool) {
	m := len(w) / n
	if m > maxEnumerated || len(g) != n {
		return nil, nil, false
	}
	rest = append([]float64(nil), g...)
	size := linalg.MaxAbs(g)
	for k := range m {
		size = max(size, math.Abs(c[k]))
		if z[k] < 0 {
			linalg.Axpy(c[k], w[k*n:][:n], rest)
		}
	}
	tol *= size
	signs = make([]float64, m)
	for k := range signs {
		signs[k] = -1
	}
	// In the order of a Gray code each choice differs from the last in one sign.
	for i := uint64(1); ; i++ {
		low, high := 0.0, 0.0
		for _, v := range rest {
			low, high = min(low, v), max(high, v)
		}
		if (low >= -tol || high <= tol) && max(high, -low) > tol {
			return signs, rest, true
		}
		if i == 1<<m {
			return nil, nil, false
		}
		k := 0
		for i>>k&1 == 0 {
			k++
		}
		linalg.Axpy(float64(signs[k]*c[k]), w[k*n:][:n], rest)
		signs[k] = -signs[k]
	}
}

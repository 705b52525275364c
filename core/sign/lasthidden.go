package sign

import (
	"math"

	"peel/core/linalg"
)

// LastHidden decides all signs of the last hidden layer from one gradient,
// because there the jump c_k = df/dz_k across neuron k is its output weight,
// the same everywhere. At a point where z_k has the orientation-dependent
// activity a_k⁺ = [z_k > 0] for sign + and a_k⁻ = −[z_k < 0] for sign −,
//
//	∇f = Σ_k c_k w_k a_k⁻ + Σ_{k: sign +} c_k w_k,
//
// because a⁺ − a⁻ = 1: a linear system for an indicator vector in {0,1}^m
// (after Canales-Martínez et al. 2024, section 4.3, "last hidden layer"). A layer
// wider than its input has fewer equations than neurons; that the entries are 0
// or 1 makes up for it (Bits).
//
// w is m×n with unit rows, c is m×dout, g is dout×n, z the pre-activations at
// the point. It returns the signs (0 where the solution is not clearly 0 or 1)
// and the distance of every entry from the nearest of 0 and 1.
//
// tol is how far, relative to the largest term, the rows and jumps are off; an
// entry may be 1000 times as far from 0 or 1, a quarter at most.
func LastHidden(w, c, g, z []float64, n int, tol float64) (signs, margin []float64) {
	m := len(w) / n
	out := len(g) / n
	a := make([]float64, out*n*m)
	rhs := append([]float64(nil), g...)
	for k := range m {
		for o := range out {
			for i := range n {
				v := float64(c[k*out+o] * w[k*n+i])
				a[(o*n+i)*m+k] = v
				if z[k] < 0 {
					rhs[o*n+i] += v
				}
			}
		}
	}
	signs, margin = make([]float64, m), make([]float64, m)
	q := linalg.Factor(a, m)
	if m > out*n {
		if e, worst, ok := Bits(a, rhs, m, tol); ok {
			for k, v := range e {
				signs[k], margin[k] = float64(2*v)-1, worst
			}
		}
		return signs, margin
	}
	if q.Rank(float64(1e-9*q.Diag(0))) < m {
		return signs, margin
	}
	e, rest := q.Solve(rhs, m)
	// Relative to the largest term: with every sign −1 the right side itself is 0.
	clean := rest <= float64(tol*max(q.Diag(0), linalg.Norm(rhs)))
	for k, v := range e {
		near := math.Round(v)
		margin[k] = math.Abs(v - near)
		if clean && margin[k] < min(1e3*tol, 0.25) && (near == 0 || near == 1) {
			signs[k] = float64(2*near) - 1
		}
	}
	return signs, margin
}

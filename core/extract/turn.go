package extract

import (
	"math"

	"peel/core/linalg"
)

// flip turns the signs that the readers show to be wrong, and takes their part
// out of what is handed on.
func (f *folding) flip(top linalg.SVD, rank int, a, m, w []float64, d int) {
	n := len(f.found)
	// Without α: Q A and Q M, Q = I − α αᵀ.
	for q := range rank {
		u := make([]float64, len(a)/n)
		for i := range u {
			u[i] = top.U[i*top.K+q]
		}
		without(u, a, n)
		without(u, m, d)
	}
	// Q M = Σ_k t_k (−s_k Q A_k w_kᵀ) by least squares, every entry an equation.
	eq := make([]float64, 0, len(m)*n)
	for i := range len(a) / n {
		for j := range d {
			for k, u := range f.found {
				eq = append(eq, float64(-u.sign*float64(a[i*n+k]*w[k*d+j])))
			}
		}
	}
	q := linalg.Factor(eq, n)
	x, _ := q.Solve(m, q.Rank(float64(1e-9*q.Diag(0))))
	for k, u := range f.found {
		switch t := x[k]; {
		case math.Abs(t) < clearTerm:
		case math.Abs(t-1) < clearTerm:
			f.turn(k)
		default:
			if u.assumed {
				continue
			}
			f.s.warn("layer %d: the sign of neuron %d does not follow from what the next layer shows (%.2f)", f.l.index, k+1, t)
			continue
		}
		f.settled(k)
	}
}

// without removes its part along the unit vector u from every column of a (m×n).
func without(u, a []float64, n int) {
	for k := range n {
		dot := 0.0
		for i, v := range u {
			dot += float64(v * a[i*n+k])
		}
		for i, v := range u {
			a[i*n+k] -= float64(dot * v)
		}
	}
}

// turn gives neuron k the other sign: relu(s z) = relu(−s z) + s z, whose linear
// part goes to what is handed on.
func (f *folding) turn(k int) {
	u := f.found[k]
	for m, r := range f.readers {
		for j, v := range u.W {
			if c := f.column(j); c >= 0 {
				r.w[c] += float64(u.sign * r.w[k] * v)
			}
		}
		f.bias[m] += float64(u.sign * r.w[k] * u.B)
	}
	u.sign = -u.sign
	for i := range f.l.force {
		if g := &f.l.force[i]; g.neuron == k {
			g.on = !g.on
		}
	}
}

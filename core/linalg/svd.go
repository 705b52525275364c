package linalg

import "math"

// SVD is the thin singular value decomposition A = U diag(S) Vᵀ of an m×n
// matrix with k = min(m, n): U is m×k, V is n×k, S descends.
type SVD struct {
	U, S, V []float64
	K       int
}

// Decompose computes the SVD by one-sided Jacobi rotations (Golub and Van Loan,
// section 8.6.3), which find small singular values to high relative accuracy.
func Decompose(a []float64, n int) SVD {
	m := len(a) / n
	if m < n {
		t := Decompose(Transpose(a, n), m)
		return SVD{U: t.V, S: t.S, V: t.U, K: t.K}
	}
	// Columns of A as rows of w; V as rows of v.
	w := Transpose(a, n)
	v := make([]float64, n*n)
	for i := range n {
		v[i*n+i] = 1
	}
	for range 60 {
		rotated := false
		for p := range n {
			for q := p + 1; q < n; q++ {
				if rotate(w[p*m:][:m], w[q*m:][:m], v[p*n:][:n], v[q*n:][:n]) {
					rotated = true
				}
			}
		}
		if !rotated {
			break
		}
	}
	s := SVD{U: make([]float64, m*n), S: make([]float64, n), V: make([]float64, n*n), K: n}
	norms := make([]float64, n)
	order := make([]int, n)
	for j := range n {
		norms[j], order[j] = Norm(w[j*m:][:m]), j
	}
	for i := range n { // selection sort keeps ties in order
		for j := i + 1; j < n; j++ {
			if norms[order[j]] > norms[order[i]] {
				order[i], order[j] = order[j], order[i]
			}
		}
	}
	for k, j := range order {
		s.S[k] = norms[j]
		for i := range m {
			if norms[j] > 0 {
				s.U[i*n+k] = w[j*m+i] / norms[j]
			}
		}
		for i := range n {
			s.V[i*n+k] = v[j*n+i]
		}
	}
	return s
}

// Solve returns the shortest x (n) that minimises ‖A x − b‖ where singular values of at
// most tol times the largest count as 0, and how many do not.
func (s *SVD) Solve(b []float64, tol float64) (x []float64, rank int) {
	x = make([]float64, len(s.V)/s.K)
	for ; rank < s.K && s.S[rank] > float64(tol*s.S[0]); rank++ {
		dot := 0.0
		for i, v := range b {
			dot += float64(s.U[i*s.K+rank] * v)
		}
		for c := range x {
			x[c] += float64(dot / s.S[rank] * s.V[c*s.K+rank])
		}
	}
	return x, rank
}

// rotate makes two columns orthogonal and reports whether they were not.
func rotate(a, b, va, vb []float64) bool {
	alpha, beta, gamma := Dot(a, a), Dot(b, b), Dot(a, b)
	if gamma == 0 || math.Abs(gamma) <= float64(1e-15*math.Sqrt(float64(alpha*beta))) {
		return false
	}
	zeta := (beta - alpha) / float64(2*gamma)
	t := 1 / (math.Abs(zeta) + math.Sqrt(1+float64(zeta*zeta)))
	if zeta < 0 {
		t = -t
	}
	c := 1 / math.Sqrt(1+float64(t*t))
	s := float64(c * t)
	turn(a, b, c, s)
	turn(va, vb, c, s)
	return true
}

func turn(a, b []float64, c, s float64) {
	for i, x := range a {
		y := b[i]
		a[i] = float64(c*x) - float64(s*y)
		b[i] = float64(s*x) + float64(c*y)
	}
}

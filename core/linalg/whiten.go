package linalg

import "math"

// Whiten returns x = L⁻¹ b for the factorisation M = L Lᵀ of a symmetric
// positive definite n×n matrix, of which it reads the lower triangle, so that
// xᵀx = bᵀ M⁻¹ b. It returns nil when M is not positive definite. (Golub and Van
// Loan, section 4.2.)
func Whiten(m, b []float64) []float64 {
	n := len(b)
	l := make([]float64, n*n)
	x := make([]float64, n)
	for i := range n {
		row := l[i*n:][:n]
		for j := range i {
			row[j] = (m[i*n+j] - Dot(row[:j], l[j*n:][:j])) / l[j*n+j]
		}
		d := m[i*n+i] - Dot(row[:i], row[:i])
		if !(d > 0) {
			return nil
		}
		row[i] = math.Sqrt(d)
		x[i] = (b[i] - Dot(row[:i], x[:i])) / row[i]
	}
	return x
}

package linalg

import "math"

// Cholesky solves A x = b for a symmetric positive definite n×n matrix of which
// the lower triangle is given. It overwrites a with the factor L of A = L Lᵀ
// and returns x, or ok = false when A is not positive definite (Golub and Van
// Loan, Matrix Computations, section 4.2).
func Cholesky(a, b []float64) (x []float64, ok bool) {
	n := len(b)
	for i := range n {
		row := a[i*n:][:i+1]
		for j := range row {
			s := row[j] - Dot(row[:j], a[j*n:][:j])
			if j < i {
				row[j] = s / a[j*n+j]
				continue
			}
			if !(s > 0) || math.IsInf(s, 0) {
				return nil, false
			}
			row[j] = math.Sqrt(s)
		}
	}
	x = append([]float64(nil), b...)
	for i := range x {
		x[i] = (x[i] - Dot(a[i*n:][:i], x[:i])) / a[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		x[i] /= a[i*n+i]
		Axpy(-x[i], a[i*n:][:i], x[:i])
	}
	return x, true
}

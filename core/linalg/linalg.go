// Package linalg is the small dense linear algebra of the engine, with one
// fixed order for every sum.
//
// Why not gonum here: a run's digest must have the same bits natively and in
// WebAssembly, and gonum sums in another order on amd64 (assembly) than
// elsewhere. Everything whose bits do not enter a digest uses gonum; the tests
// of this package compare against it.
//
// Matrices are row-major slices; an m×n matrix a has element (i, j) at a[i*n+j].
package linalg

import "math"

// Loops go by fours: in WebAssembly a round of a loop costs as much as a few
// products. The order of the sums stays.

// Dot returns Σ x_i y_i.
func Dot(x, y []float64) float64 {
	s := 0.0
	y = y[:len(x)]
	for len(x) >= 4 && len(y) >= 4 {
		s += float64(x[0] * y[0])
		s += float64(x[1] * y[1])
		s += float64(x[2] * y[2])
		s += float64(x[3] * y[3])
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		s += float64(v * y[i])
	}
	return s
}

// Norm returns the Euclidean norm, scaled so that it neither over- nor underflows.
func Norm(x []float64) float64 {
	m := MaxAbs(x)
	if m == 0 || math.IsInf(m, 0) || math.IsNaN(m) {
		return m
	}
	s := 0.0
	for len(x) >= 4 {
		a, b, c, d := x[0]/m, x[1]/m, x[2]/m, x[3]/m
		s += float64(a * a)
		s += float64(b * b)
		s += float64(c * c)
		s += float64(d * d)
		x = x[4:]
	}
	for _, v := range x {
		q := v / m
		s += float64(q * q)
	}
	return m * math.Sqrt(s)
}

// MaxAbs returns max |x_i|, or NaN when x holds one.
func MaxAbs(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		if v != v {
			return v
		}
		if a := math.Abs(v); a > m {
			m = a
		}
	}
	return m
}

// Axpy adds a·x to y.
func Axpy(a float64, x, y []float64) {
	y = y[:len(x)]
	for len(x) >= 4 && len(y) >= 4 {
		y[0] += float64(a * x[0])
		y[1] += float64(a * x[1])
		y[2] += float64(a * x[2])
		y[3] += float64(a * x[3])
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		y[i] += float64(a * v)
	}
}

// Scale multiplies x by a.
func Scale(a float64, x []float64) {
	for i := range x {
		x[i] *= a
	}
}

// MulVec returns A x for an m×n matrix.
func MulVec(a, x []float64) []float64 {
	n := len(x)
	y := make([]float64, len(a)/n)
	for i := range y {
		y[i] = Dot(a[i*n:][:n], x)
	}
	return y
}

// Transpose returns the n×m transpose of an m×n matrix.
func Transpose(a []float64, n int) []float64 {
	m := len(a) / n
	t := make([]float64, len(a))
	for i := range m {
		for j := range n {
			t[j*m+i] = a[i*n+j]
		}
	}
	return t
}

// Mul returns the product of an m×n and an n×p matrix.
func Mul(a []float64, n int, b []float64, p int) []float64 {
	m := len(a) / n
	c := make([]float64, m*p)
	for i := range m {
		for j := range n {
			Axpy(a[i*n+j], b[j*p:][:p], c[i*p:][:p])
		}
	}
	return c
}

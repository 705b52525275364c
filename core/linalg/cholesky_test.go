package linalg_test

import (
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
)

// A = Mᵀ M + I has a known solution, which comes back to rounding.
func TestCholesky(t *testing.T) {
	r := rng.New(1)
	for _, n := range []int{1, 2, 7, 40} {
		m := r.NormalVec(make([]float64, 2*n*n), 1)
		a := linalg.Mul(linalg.Transpose(m, n), 2*n, m, n)
		for i := range n {
			a[i*n+i]++
		}
		want := r.NormalVec(make([]float64, n), 1)
		b := linalg.MulVec(a, want)
		got, ok := linalg.Cholesky(a, b)
		if !ok {
			t.Fatalf("n = %d: not positive definite", n)
		}
		for i := range got {
			// The condition is at most a few thousand.
			if math.Abs(got[i]-want[i]) > 1e-11 {
				t.Errorf("n = %d: x[%d] is %v, want %v", n, i, got[i], want[i])
			}
		}
	}
}

func TestCholeskyRefuses(t *testing.T) {
	for _, a := range [][]float64{{0, 0, 0, 0}, {1, 0, 2, 1}, {-1, 0, 0, 1}, {math.NaN(), 0, 0, 1}, {math.Inf(1), 0, 0, 1}} {
		if x, ok := linalg.Cholesky(append([]float64(nil), a...), []float64{1, 1}); ok {
			t.Errorf("%v: solved to %v", a, x)
		}
	}
}

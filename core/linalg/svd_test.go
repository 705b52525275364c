package linalg

import (
	"math"
	"testing"

	"peel/core/rng"
)

// Of a system that tells too little, the solution is the shortest: it fits, and lies in
// the span of the rows.
func TestShortestSolution(t *testing.T) {
	r := rng.New(5)
	for range 50 {
		m, n := 2+r.Intn(3), 6
		a := make([]float64, m*n)
		for i := range (m - 1) * n {
			a[i] = r.Normal()
		}
		copy(a[(m-1)*n:], a[:n]) // one row twice
		want := make([]float64, n)
		for i := range want {
			want[i] = r.Normal()
		}
		b := MulVec(a, want)
		s := Decompose(a, n)
		x, rank := s.Solve(b, 1e-9)
		if rank != m-1 {
			t.Fatalf("rank %d of %d rows, one of them twice", rank, m)
		}
		for i, v := range MulVec(a, x) {
			if math.Abs(v-b[i]) > 1e-12*(1+math.Abs(b[i])) {
				t.Errorf("equation %d gives %v, not %v", i, v, b[i])
			}
		}
		if _, miss := Factor(Transpose(a, n), m).Solve(x, rank); miss > 1e-12*Norm(x) {
			t.Errorf("%.1e of the solution shows in no equation", miss)
		}
	}
}

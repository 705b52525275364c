package linalg_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"peel/core/linalg"
	"peel/core/rng"
)

func random(s *rng.Stream, m, n int) []float64 { return s.NormalVec(make([]float64, m*n), 1) }

// TestLeastSquaresAgainstGonum solves random systems of many shapes both ways.
func TestLeastSquaresAgainstGonum(t *testing.T) {
	s := rng.New(1)
	for _, shape := range [][2]int{{1, 1}, {5, 1}, {7, 7}, {20, 6}, {40, 33}} {
		m, n := shape[0], shape[1]
		a, b := random(s, m, n), random(s, m, 1)
		x, _ := linalg.Factor(a, n).Solve(b, n)
		var want mat.VecDense
		if err := want.SolveVec(mat.NewDense(m, n, a), mat.NewVecDense(m, b)); err != nil {
			t.Fatal(err)
		}
		for i := range x {
			// Both are backward stable; 1e-10 leaves room for the condition of a random square matrix.
			if math.Abs(x[i]-want.AtVec(i)) > 1e-10*(1+math.Abs(want.AtVec(i))) {
				t.Errorf("%d×%d: x[%d] = %v, gonum has %v", m, n, i, x[i], want.AtVec(i))
			}
		}
	}
}

func TestRankAndBasis(t *testing.T) {
	s := rng.New(2)
	const m, n, r = 12, 9, 4
	a := linalg.Mul(random(s, m, r), r, random(s, r, n), n)
	q := linalg.Factor(a, n)
	if got := q.Rank(1e-10); got != r {
		t.Fatalf("rank %d, want %d", got, r)
	}
	b := q.Basis(r)
	for i := range r {
		for j := range r {
			want := 0.0
			if i == j {
				want = 1
			}
			if d := linalg.Dot(b[i*m:][:m], b[j*m:][:m]); math.Abs(d-want) > 1e-14 {
				t.Errorf("basis vectors %d and %d: inner product %v", i, j, d)
			}
		}
	}
	// Every column of A lies in the span.
	at := linalg.Transpose(a, n)
	for j := range n {
		c := append([]float64(nil), at[j*m:][:m]...)
		for i := range r {
			linalg.Axpy(-linalg.Dot(b[i*m:][:m], c), b[i*m:][:m], c)
		}
		if d := linalg.Norm(c); d > 1e-12 {
			t.Errorf("column %d leaves the span by %v", j, d)
		}
	}
}

func TestMinNorm(t *testing.T) {
	s := rng.New(3)
	const k, n = 4, 10 // A is n×k; want the shortest x with Aᵀx = c
	a, c := random(s, n, k), random(s, k, 1)
	q := linalg.Factor(a, k)
	x := q.MinNorm(c, k)
	got := linalg.MulVec(linalg.Transpose(a, k), x)
	for i := range c {
		if math.Abs(got[i]-c[i]) > 1e-12 {
			t.Errorf("equation %d: %v, want %v", i, got[i], c[i])
		}
	}
	// The shortest solution lies in the span of the columns.
	_, res := q.Solve(x, k)
	if res > 1e-12 {
		t.Errorf("the solution leaves the column span by %v", res)
	}
}

func TestSVDAgainstGonum(t *testing.T) {
	s := rng.New(4)
	for _, shape := range [][2]int{{1, 1}, {6, 3}, {3, 6}, {17, 17}, {30, 12}} {
		m, n := shape[0], shape[1]
		a := random(s, m, n)
		d := linalg.Decompose(a, n)
		var want mat.SVD
		if !want.Factorize(mat.NewDense(m, n, a), mat.SVDThin) {
			t.Fatal("gonum did not converge")
		}
		for k, v := range want.Values(nil) {
			if math.Abs(d.S[k]-v) > 1e-13*want.Values(nil)[0] {
				t.Errorf("%d×%d: singular value %d is %v, gonum has %v", m, n, k, d.S[k], v)
			}
		}
		for i := range m { // A = U S Vᵀ
			for j := range n {
				sum := 0.0
				for k := range d.K {
					sum += d.U[i*d.K+k] * d.S[k] * d.V[j*d.K+k]
				}
				if math.Abs(sum-a[i*n+j]) > 1e-13 {
					t.Fatalf("%d×%d: U S Vᵀ differs from A at (%d, %d) by %v", m, n, i, j, sum-a[i*n+j])
				}
			}
		}
	}
}

package linalg_test

import (
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
)

// With x = L⁻¹ b, xᵀx is bᵀ M⁻¹ b, which a direct solve gives too. Only the lower
// triangle is read.
func TestWhiten(t *testing.T) {
	r := rng.New(21)
	for _, n := range []int{1, 2, 3, 8, 33} {
		for try := range 20 {
			a := random(r, 2*n, n)
			m := linalg.Mul(linalg.Transpose(a, n), 2*n, a, n)
			for i := range n {
				m[i*n+i] += 0.1
			}
			b := random(r, n, 1)
			y, _ := linalg.Factor(m, n).Solve(b, n)
			want := linalg.Dot(b, y)
			for i := range n {
				for j := i + 1; j < n; j++ {
					m[i*n+j] = math.NaN()
				}
			}
			x := linalg.Whiten(m, b)
			if x == nil {
				t.Fatalf("n = %d, %d: not positive definite", n, try)
			}
			// The condition is at most some ten thousand.
			if got := linalg.Dot(x, x); math.Abs(got-want) > 1e-11*want {
				t.Errorf("n = %d, %d: xᵀx = %v, bᵀM⁻¹b = %v", n, try, got, want)
			}
		}
	}
}

// x is L⁻¹ b itself, not only of its length: whitened vectors have the inner
// products aᵀ M⁻¹ b.
func TestWhitenKeepsInnerProducts(t *testing.T) {
	r := rng.New(22)
	const n = 9
	a := random(r, 2*n, n)
	m := linalg.Mul(linalg.Transpose(a, n), 2*n, a, n)
	p, q := random(r, n, 1), random(r, n, 1)
	y, _ := linalg.Factor(m, n).Solve(q, n)
	want := linalg.Dot(p, y)
	got := linalg.Dot(linalg.Whiten(m, p), linalg.Whiten(m, q))
	if math.Abs(got-want) > 1e-12 { // all of them are of order one
		t.Errorf("%v, want %v", got, want)
	}
}

func TestWhitenRefuses(t *testing.T) {
	for _, m := range [][]float64{
		{0, 0, 0, 0}, {-1, 0, 0, 1}, {1, 0, 2, 1}, {1, 0, 1, 1}, // the last is singular
		{math.NaN(), 0, 0, 1}, {1, 0, math.NaN(), 1},
	} {
		if x := linalg.Whiten(m, []float64{1, 1}); x != nil {
			t.Errorf("%v: whitened to %v", m, x)
		}
	}
	// An indefinite matrix of any size: one eigenvalue is negative.
	r := rng.New(23)
	const n = 12
	q := linalg.Factor(random(r, n, n), n).Basis(n)
	for bad := range n {
		scaled := append([]float64(nil), q...)
		for i := range n {
			s := 1 + r.Float64()
			if i == bad {
				s = -s
			}
			linalg.Scale(s, scaled[i*n:][:n])
		}
		m := linalg.Mul(linalg.Transpose(q, n), n, scaled, n)
		if x := linalg.Whiten(m, random(r, n, 1)); x != nil {
			t.Errorf("negative eigenvalue %d: whitened to %v", bad, x)
		}
	}
}

// A and its triangle have one Gram matrix, also where columns depend on others
// and where there are fewer rows than columns.
func TestTriangle(t *testing.T) {
	r := rng.New(24)
	for _, shape := range [][3]int{ // rows, columns, rank
		{1, 1, 1}, {12, 5, 5}, {40, 9, 9}, {6, 6, 6}, {3, 8, 3}, {1, 4, 1}, {10, 6, 3}, {4, 9, 2}, {5, 3, 0},
	} {
		m, n, rank := shape[0], shape[1], shape[2]
		a := make([]float64, m*n)
		if rank > 0 {
			a = linalg.Mul(random(r, m, rank), rank, random(r, rank, n), n)
		}
		tri := linalg.Factor(a, n).Triangle()
		if len(tri) != min(m, n)*n {
			t.Fatalf("%v: %d numbers, want %d×%d", shape, len(tri), min(m, n), n)
		}
		want := linalg.Mul(linalg.Transpose(a, n), m, a, n)
		got := linalg.Mul(linalg.Transpose(tri, n), min(m, n), tri, n)
		for i := range want {
			// Rounding of a few dozen products.
			if math.Abs(got[i]-want[i]) > 1e-13*linalg.MaxAbs(want) {
				t.Errorf("%v: entry %d of the Gram matrix is %v, want %v", shape, i, got[i], want[i])
			}
		}
	}
}

package signature_test

import (
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// What is left when an entry is forgotten does not contain it and is as true as
// before, whatever was believed of that entry.
func TestForget(t *testing.T) {
	const n, j = 7, 3
	r := rng.New(5)
	row := r.NormalVec(make([]float64, n), 1)
	wrong := append([]float64(nil), row...)
	wrong[j] += 10
	f := signature.Fragment{N: n}
	ev := signature.Evidence{N: n}
	for i := range 12 {
		u := r.NormalVec(make([]float64, n), 1)
		if i%2 == 0 {
			u[j] = 0
		}
		if f.Rank() < n-1 { // one direction stays unknown
			f.Add(u, linalg.Dot(u, wrong))
		}
		ev.Add(u, linalg.Dot(u, wrong), 1e-3)
	}
	f.Add(basis(n, j), wrong[j])
	rank := f.Rank()
	f.Forget(j)
	ev.Forget(j)
	if f.Rank() != rank-1 || ev.Rows() != 11 {
		t.Errorf("rank %d of %d left, %d equations of 12", f.Rank(), rank, ev.Rows())
	}
	for i, a := range f.A {
		u := f.U[i*n:][:n]
		if u[j] != 0 || math.Abs(linalg.Dot(u, row)-a) > 1e-12 || math.Abs(linalg.Norm(u)-1) > 1e-12 {
			t.Errorf("functional %v = %v, want %v", u, a, linalg.Dot(u, row))
		}
		for k := range i {
			if d := linalg.Dot(u, f.U[k*n:][:n]); math.Abs(d) > 1e-12 {
				t.Errorf("functionals %d and %d have product %v", i, k, d)
			}
		}
	}
	f.Fit(&ev)
	for i, a := range f.A {
		if want := linalg.Dot(f.U[i*n:][:n], row); math.Abs(a-want) > 1e-10 {
			t.Errorf("functional %d is fitted to %v, want %v", i, a, want)
		}
	}
	// An entry of which nothing is known cannot be forgotten.
	f.Forget(j)
	if f.Rank() != rank-1 {
		t.Errorf("forgetting it twice left %d", f.Rank())
	}
}

func basis(n, j int) []float64 {
	u := make([]float64, n)
	u[j] = 1
	return u
}

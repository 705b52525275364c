package sign_test

import (
	"fmt"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/sign"
)

// system returns random equations A e = r, n×m, and their solution, with errors
// of that size.
func system(n, m int, size float64, r *rng.Stream) (a, rhs, want []float64) {
	a = r.NormalVec(make([]float64, n*m), 1)
	want = make([]float64, m)
	for k := range want {
		want[k] = float64(r.Intn(2))
	}
	rhs = linalg.MulVec(a, want)
	for i := range rhs {
		rhs[i] += size * r.Normal()
	}
	return a, rhs, want
}

// With as many equations as unknowns and with far fewer.
func TestBits(t *testing.T) {
	for _, c := range []struct {
		n, m int
		err  float64
	}{
		{1, 1, 0}, {1, 2, 1e-12}, {5, 5, 1e-9}, {20, 7, 1e-9}, {4, 6, 1e-10}, {10, 20, 1e-10}, {3, 12, 1e-10}, {8, 28, 1e-11},
	} {
		r := rng.New(uint64(c.n), uint64(c.m))
		for range 10 {
			a, rhs, want := system(c.n, c.m, c.err, r)
			e, margin, ok := sign.Bits(a, rhs, c.m, max(c.err, 1e-13))
			if !ok || fmt.Sprint(e) != fmt.Sprint(want) || !(margin < 0.2) {
				t.Errorf("%d equations, %d unknowns: %v (margin %v, %v), want %v", c.n, c.m, e, margin, ok, want)
			}
		}
	}
}

// Where there is no solution, or one that means nothing, there is none.
func TestBitsRefuses(t *testing.T) {
	r := rng.New(5)
	for _, c := range []struct {
		name string
		n, m int
		tol  float64
		off  float64
	}{
		{"a right side that is off", 6, 6, 1e-9, 1e-3},
		{"a right side that is off, more unknowns", 6, 12, 1e-9, 1e-3},
		{"a right side that is off, more equations", 12, 6, 1e-9, 1e-3},
		{"so many choices that one fits by chance", 1, 30, 1e-6, 0},
		{"more unknowns than can be gone through", 4, 64, 1e-12, 0},
		{"equations that say nothing", 6, 8, 0.1, 0},
	} {
		for range 10 {
			a, rhs, _ := system(c.n, c.m, 0, r)
			rhs[0] += c.off
			if e, margin, ok := sign.Bits(a, rhs, c.m, c.tol); ok {
				t.Errorf("%s: %v, margin %v", c.name, e, margin)
			}
		}
	}
	if _, _, ok := sign.Bits(make([]float64, 6), make([]float64, 2), 3, 1e-9); ok {
		t.Error("zeros were solved")
	}
}

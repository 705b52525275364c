package sign_test

import (
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/sign"
)

// layerValue is Σ_k c_k relu(s_k z_k(h)) + rest·h.
func layerValue(w, b, c, signs, rest, h []float64, n int) float64 {
	f := linalg.Dot(rest, h)
	for k, s := range signs {
		f += c[k] * max(0, s*(linalg.Dot(w[k*n:][:n], h)+b[k]))
	}
	return f
}

// A layer with one neuron that is always active comes out as the same function
// on h ≥ 0, up to a constant, whatever the true signs are.
func TestAlwaysOn(t *testing.T) {
	for seed := range uint64(200) {
		r := rng.New(seed, 0xa1)
		n, m := 3+r.Intn(6), 1+r.Intn(9)
		w := r.NormalVec(make([]float64, m*n), 1)
		b, c := r.NormalVec(make([]float64, m), 1), r.NormalVec(make([]float64, m), 1)
		truth, on := make([]float64, m), make([]float64, n)
		for k := range truth {
			truth[k] = r.Sign()
		}
		scale := r.Normal()
		for i := range on {
			on[i] = scale * (0.01 + r.Float64()) // one sign: the neuron never switches
		}
		at := func() []float64 {
			h := make([]float64, n)
			for i := range h {
				h[i] = 3 * r.Float64()
			}
			return h
		}
		p := at()
		g := append([]float64(nil), on...)
		z := make([]float64, m)
		for k := range m {
			z[k] = linalg.Dot(w[k*n:][:n], p) + b[k]
			if truth[k]*z[k] > 0 {
				linalg.Axpy(c[k]*truth[k], w[k*n:][:n], g)
			}
		}
		// The jump across relu(s z) is c in the orientation of z for either s.
		signs, rest, ok := sign.AlwaysOn(w, c, g, z, n, 1e-7)
		if !ok {
			t.Errorf("seed %d: undecided", seed)
			continue
		}
		base := at()
		d0 := layerValue(w, b, c, signs, rest, base, n) - layerValue(w, b, c, truth, on, base, n)
		for range 20 {
			h := at()
			d := layerValue(w, b, c, signs, rest, h, n) - layerValue(w, b, c, truth, on, h, n)
			if math.Abs(d-d0) > 1e-9 { // sums of ten terms of size ten
				t.Errorf("seed %d: the functions differ by %v", seed, d-d0)
				break
			}
		}
	}
	// A remainder of both signs is no neuron that is always active.
	if _, _, ok := sign.AlwaysOn([]float64{1, 0}, []float64{1e-3}, []float64{1, -1}, []float64{1}, 2, 1e-7); ok {
		t.Error("a remainder of both signs passed")
	}
}

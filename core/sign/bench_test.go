package sign_test

import (
	"testing"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/sign"
)

func BenchmarkFreeze(b *testing.B) {
	b.ReportAllocs()
	net, r := random(1, 32, 16, 12, 1), rng.New(1)
	o := oracle.Count(oracle.NewVictim(net), -1)
	noise, l := noiseOf(b, o, r), &net.Layers[0]
	v := moves(l)[:l.In]
	p := r.NormalVec(make([]float64, l.In), 1)
	linalg.Axpy(-(linalg.Dot(l.Row(0), p) + l.B[0]), v, p) // onto the hyperplane
	for b.Loop() {
		if _, err := sign.Freeze(o, p, v, 1, 1e-7, noise); err != nil {
			b.Fatal(err)
		}
	}
}

// The system of a last hidden layer of 64 neurons.
func BenchmarkLastHidden(b *testing.B) {
	b.ReportAllocs()
	const m = 64
	r := rng.New(1)
	w, c, z := r.NormalVec(make([]float64, m*m), 1), r.NormalVec(make([]float64, m), 1), r.NormalVec(make([]float64, m), 1)
	g := make([]float64, m)
	for k := range m {
		if z[k] > 0 {
			linalg.Axpy(c[k], w[k*m:][:m], g)
		}
	}
	for b.Loop() {
		if signs, _ := sign.LastHidden(w, c, g, z, m, 1e-6); signs[0] == 0 {
			b.Fatal("no sign")
		}
	}
}

func BenchmarkNulling(b *testing.B) {
	b.ReportAllocs()
	const n = 16
	r := rng.New(1)
	target := r.NormalVec(make([]float64, n), 1)
	var others [][]float64
	for range n - 1 {
		others = append(others, r.NormalVec(make([]float64, n), 1))
	}
	for b.Loop() {
		sign.Nulling(target, others, 1e-6)
	}
}

package linalg_test

import (
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
)

// The sizes are those of a chart of 64 dimensions: a row, and the system that
// polishes one.
func BenchmarkDot(b *testing.B) {
	b.ReportAllocs()
	x := rng.New(1).NormalVec(make([]float64, 64), 1)
	s := 0.0
	for b.Loop() {
		s += linalg.Dot(x, x)
	}
}

func BenchmarkAxpy(b *testing.B) {
	b.ReportAllocs()
	x, y := rng.New(1).NormalVec(make([]float64, 64), 1), make([]float64, 64)
	for b.Loop() {
		linalg.Axpy(1e-9, x, y)
	}
}

func BenchmarkNorm(b *testing.B) {
	b.ReportAllocs()
	x := rng.New(1).NormalVec(make([]float64, 64), 1)
	for b.Loop() {
		linalg.Norm(x)
	}
}

func BenchmarkFactor(b *testing.B) {
	b.ReportAllocs()
	a := rng.New(1).NormalVec(make([]float64, 130*65), 1)
	for b.Loop() {
		linalg.Factor(a, 65)
	}
}

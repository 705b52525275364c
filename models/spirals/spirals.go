// Package spirals makes the classic data set of two interleaved spirals in the
// plane, small enough that every linear region of a network can be drawn.
package spirals

import (
	"math"

	"peel/core/rng"
)

// Turns is how often each spiral winds around the origin.
const Turns = 1.5

// noise is the standard deviation of a point's distance from its spiral.
const noise = 0.03

// Points returns n points of the square [−1, 1]², n×2, and the spiral of each,
// 0 or 1. The radius grows from 0.1 to 0.9 along a spiral.
func Points(n int, seed uint64) ([]float64, []int) {
	r := rng.New(seed)
	x, labels := make([]float64, 2*n), make([]int, n)
	for i := range n {
		labels[i] = i % 2
		t := r.Float64()
		angle := 2*math.Pi*Turns*t + math.Pi*float64(labels[i])
		radius := 0.1 + 0.8*t
		x[2*i] = radius*math.Cos(angle) + noise*r.Normal()
		x[2*i+1] = radius*math.Sin(angle) + noise*r.Normal()
	}
	return x, labels
}

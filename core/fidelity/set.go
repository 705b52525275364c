package fidelity

import (
	"fmt"
	"math"
)

// Set is a set of inputs over which answers can be bounded,
//
//	{x ∈ R^d : |x_j − Centre| ≤ Half for every j, and ‖x − Centre‖₂ ≤ Radius}.
type Set struct {
	Name   string
	Centre float64 // of every coordinate
	Half   float64
	Radius float64
	// Delta bounds the probability that an input x ~ N(0,1)^d lies outside; 0
	// where the set makes no such claim.
	Delta float64
}

// ballDelta is the share of normal inputs that the ball may miss.
const ballDelta = 0x1p-40

// UnitBox is [0,1]^d, which holds every image.
func UnitBox(d int) Set {
	return Set{Name: fmt.Sprintf("every x in [0,1]^%d", d), Centre: 0.5, Half: 0.5, Radius: up(0.5*math.Sqrt(float64(d)), 2)}
}

// NormalBall is the ball around 0 that holds x ~ N(0,1)^d with probability at
// least 1 − δ, δ = 2⁻⁴⁰. Its radius R follows from the tail of ‖x‖², which is
// chi-squared with d degrees of freedom (Laurent and Massart 2000, lemma 1):
//
//	P(‖x‖² ≥ d + 2√(dt) + 2t) ≤ e^−t,   t = ln(1/δ).
func NormalBall(d int) Set {
	t := -math.Log(ballDelta)
	r := up(math.Sqrt(float64(d)+2*math.Sqrt(float64(d)*t)+2*t), 8)
	return Set{Name: fmt.Sprintf("every x with ‖x‖ ≤ %.1f", r), Half: r, Radius: r, Delta: ballDelta}
}

// norm bounds ‖x‖₂ over a set in R^d.
func (s *Set) norm(d int) float64 {
	return up(math.Abs(s.Centre)*math.Sqrt(float64(d))+s.Radius, 4)
}

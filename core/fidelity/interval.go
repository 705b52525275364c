package fidelity

import (
	"math"

	"peel/core/nn"
)

// interval bounds the inputs of a layer: lo_j ≤ h_j ≤ hi_j for every input of
// the set, as real numbers and as computed in float64. Before the first layer
// both are nil and the set itself is the bound.
type interval struct {
	set    Set
	lo, hi []float64
}

// size bounds |h_j|.
func (v *interval) size(j int) float64 {
	if v.hi == nil {
		return math.Abs(v.set.Centre) + v.set.Half
	}
	return max(v.hi[j], -v.lo[j])
}

// after returns the bounds on relu(W h + b), m of them.
func (v *interval) after(l *nn.Layer) *interval {
	out := &interval{set: v.set, lo: make([]float64, l.Out), hi: make([]float64, l.Out)}
	for k := range l.Out {
		low, high, size, squares, plain := l.B[k], l.B[k], math.Abs(l.B[k]), 0.0, 0.0
		for j, w := range l.Row(k) {
			if w == 0 {
				continue
			}
			size += math.Abs(w)*v.size(j) + 0x1p-1000
			switch {
			case v.hi == nil:
				low += w * v.set.Centre
				plain += math.Abs(w) * v.set.Half
				squares += w * w
			case w > 0:
				low, high = low+w*v.lo[j], high+w*v.hi[j]
			default:
				low, high = low+w*v.hi[j], high+w*v.lo[j]
			}
		}
		if v.hi == nil {
			spread := min(plain, length(squares)*v.set.Radius)
			low, high = low-spread, low+spread
		}
		slack := 0.0
		if size > 0 { // a row of zeros answers 0 exactly
			slack = up(4*gamma(l.In+4)*size, l.In+8)
		}
		out.lo[k], out.hi[k] = max(0, low-slack), max(0, high+slack)
	}
	return out
}

// length is √s of a sum of squares, or no bound at all where the squares are so
// small that float64 may have lost them.
func length(s float64) float64 {
	if s < 0x1p-900 {
		return math.Inf(1)
	}
	return math.Sqrt(s)
}

// gamma bounds the relative rounding error of a sum of n products in float64,
// γ_n = nu/(1 − nu) with u = 2⁻⁵³ (Higham 2002, lemma 3.1), generously.
func gamma(n int) float64 { return float64(n+2) * 0x1p-52 }

// up rounds the computed sum of n non-negative terms outward: to at least the
// exact sum.
func up(s float64, n int) float64 { return s*(1+gamma(n)) + 0x1p-1000 }

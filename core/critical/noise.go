// Package critical finds critical points: the places on a line where the output
// of a piecewise linear function changes its slope (Carlini, Jagielski, Mironov,
// CRYPTO 2020, section 4.2).
package critical

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// Noise is the model of an oracle's rounding error that every tolerance here
// derives from: an answer y is off by about Rel·max(Scale, |y|).
type Noise struct {
	Rel   float64 `json:"rel"`
	Scale float64 `json:"scale"` // a typical |y|
	Size  float64 `json:"size"`  // the largest coordinate of a typical point
}

// At is the model near the point p: far out, terms cancel that are larger than
// the answer.
func (n Noise) At(p []float64) Noise {
	n.Scale *= max(1, linalg.MaxAbs(p)/n.Size)
	return n
}

// Of returns the error to expect of the answer y.
func (n Noise) Of(y []float64) float64 {
	return float64(n.Rel * max(n.Scale, linalg.MaxAbs(y)))
}

// MeasureNoise asks 5·points queries: at each point, five equally spaced points
// on a segment so short that it hardly ever holds a kink. Their fourth
// difference is rounding error alone. at writes a point to its argument; step
// is the segment's length scale.
func MeasureNoise(o oracle.Oracle, at func(x []float64), s *rng.Stream, points int, step float64) (Noise, error) {
	in, out := o.Shape()
	x := make([]float64, 5*in)
	y := make([]float64, 5*out)
	u := make([]float64, in)
	var rel, scale, sizes []float64
	for range points {
		at(x[:in])
		s.NormalVec(u, step)
		sizes = append(sizes, linalg.MaxAbs(x[:in]))
		for i := 1; i < 5; i++ {
			for j := range in {
				x[i*in+j] = x[j] + float64(float64(i)*u[j])
			}
		}
		if err := o.Query(x, y); err != nil {
			return Noise{}, err
		}
		size := linalg.MaxAbs(y)
		if size > 0 { // dead inputs say nothing about how large answers are
			scale = append(scale, size)
		}
		for k := range out {
			d := y[k] - float64(4*y[out+k]) + float64(6*y[2*out+k]) - float64(4*y[3*out+k]) + y[4*out+k]
			// The fourth difference of independent errors is √70 times one of them.
			rel = append(rel, math.Abs(d)/8.4/max(size, math.SmallestNonzeroFloat64))
		}
	}
	slices.Sort(rel)
	if len(scale) == 0 {
		scale = []float64{1}
	}
	slices.Sort(scale)
	slices.Sort(sizes)
	// A kink inside a segment shows as a few large values: the upper quartile
	// is robust against them. One rounding is 2^-53; never believe less than 4.
	return Noise{Rel: max(rel[len(rel)*3/4], 0x1p-51), Scale: max(scale[len(scale)/2], math.SmallestNonzeroFloat64),
		Size: max(sizes[len(sizes)/2], math.SmallestNonzeroFloat64)}, nil
}

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

// Noise is the model of an oracle's error that every tolerance here derives
// from: an answer y is off by about max(Abs, Rel·max(Scale, |y|)). Rel is the
// rounding of floating-point numbers; Abs is what does not grow with the
// answers: decimal places, or noise.
type Noise struct {
	Rel   float64 `json:"rel"`
	Scale float64 `json:"scale"` // a typical |y|
	Size  float64 `json:"size"`  // the largest coordinate of a typical point
	Abs   float64 `json:"abs,omitempty"`
	// Float says that answers come in a narrow floating-point format: one that
	// is smaller than a typical one is then more exact.
	Float bool `json:"float,omitempty"`
}

// At is the model near the point p: far out, terms cancel that are larger than
// the answer.
func (n Noise) At(p []float64) Noise {
	n.Scale *= max(1, linalg.MaxAbs(p)/n.Size)
	return n
}

// Of returns the error to expect of the answer y.
func (n Noise) Of(y []float64) float64 {
	return max(n.Abs, float64(n.Rel*max(n.Scale, linalg.MaxAbs(y))))
}

// MeasureNoise asks 5·points queries: at each point, five equally spaced points
// on a segment so short that it hardly ever holds a kink. Their fourth
// difference is rounding error alone. at writes a point to its argument; step
// is the segment's length scale.
//
// When the answers are coarser than those of float64, as many queries again,
// very far out, tell errors that grow with the answers from those that do not.
func MeasureNoise(o oracle.Oracle, at func(x []float64), s *rng.Stream, points int, step float64) (Noise, error) {
	_, outputs := o.Shape()
	near, err := spreadOf(o, at, s, points, step, 1)
	if err != nil {
		return Noise{}, err
	}
	// A kink inside a segment shows as a few large values: the upper quartile
	// is robust against them. One rounding is 2^-53; never believe less than 4.
	n := Noise{Rel: max(quartile(near.rel), 0x1p-51), Scale: max(median(near.scale, 1), math.SmallestNonzeroFloat64),
		Size: max(median(near.sizes, 1), math.SmallestNonzeroFloat64)}
	g := grainOf(near.answers, outputs)
	if g.bits < 53 {
		n.Rel, n.Float = max(n.Rel, math.Ldexp(1, -g.bits)), true
		return n, nil
	}
	if g.unit == 0 && median(near.rel, 0) <= exact {
		return n, nil
	}
	far, err := spreadOf(o, at, s, points, step, farOut)
	if err != nil {
		return Noise{}, err
	}
	if g := grainOf(far.answers, outputs); g.bits < 53 {
		far.abs = append(far.abs[:0], float64(math.Ldexp(1, -g.bits)*far.largest()))
		n.Float = true
	}
	// Relative to the largest answer: in some directions a network stays small.
	if rel := max(quartile(far.abs)/max(far.largest(), math.SmallestNonzeroFloat64), 0x1p-51); g.unit > 0 || rel < n.Rel/16 {
		n.Abs, n.Rel = max(g.unit/2, quartile(near.abs)), rel
	}
	return n, nil
}

// exact is the relative error up to which answers can be those of float64: six
// bits more than a rounding, and some ten times what networks show.
const exact = 0x1p-46

// farOut is where errors that do not grow with the answers are below rounding.
const farOut = 0x1p60

// spreads are the errors seen on short segments, each list in ascending order,
// and the answers.
type spreads struct{ rel, abs, scale, sizes, answers []float64 }

// spreadOf measures fourth differences at points far times as far out as at says.
func spreadOf(o oracle.Oracle, at func(x []float64), s *rng.Stream, points int, step, far float64) (spreads, error) {
	in, out := o.Shape()
	x := make([]float64, 5*in)
	y := make([]float64, 5*out)
	u := make([]float64, in)
	var v spreads
	for range points {
		at(x[:in])
		s.NormalVec(u, step)
		linalg.Scale(far, x[:in])
		linalg.Scale(far, u)
		v.sizes = append(v.sizes, linalg.MaxAbs(x[:in]))
		for i := 1; i < 5; i++ {
			for j := range in {
				x[i*in+j] = x[j] + float64(float64(i)*u[j])
			}
		}
		if err := o.Query(x, y); err != nil {
			return v, err
		}
		v.answers = append(v.answers, y...)
		size := linalg.MaxAbs(y)
		if size > 0 { // dead inputs say nothing about how large answers are
			v.scale = append(v.scale, size)
		}
		for k := range out {
			d := y[k] - float64(4*y[out+k]) + float64(6*y[2*out+k]) - float64(4*y[3*out+k]) + y[4*out+k]
			// The fourth difference of independent errors is √70 times one of them.
			v.abs = append(v.abs, math.Abs(d)/8.4)
			v.rel = append(v.rel, math.Abs(d)/8.4/max(size, math.SmallestNonzeroFloat64))
		}
	}
	for _, list := range [][]float64{v.rel, v.abs, v.scale, v.sizes} {
		slices.Sort(list)
	}
	return v, nil
}

func (v *spreads) largest() float64 { return linalg.MaxAbs(v.answers) }

func quartile(sorted []float64) float64 { return sorted[len(sorted)*3/4] }

// median returns the middle of a sorted list, or other when it is empty.
func median(sorted []float64, other float64) float64 {
	if len(sorted) == 0 {
		return other
	}
	return sorted[len(sorted)/2]
}

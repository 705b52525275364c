package critical

import (
	"math"

	"peel/core/linalg"
	"peel/core/oracle"
)

// Line is an oracle on a line: g(t) = f(base + t·dir), a piecewise linear
// function of one variable with dout outputs.
type Line struct {
	o     oracle.Oracle
	out   int
	Noise Noise
	// Astray is set by a sweep that was given up: g is not piecewise linear to
	// within Noise.
	Astray bool
}

// NewLine restricts o to the line base + t·dir.
func NewLine(o oracle.Oracle, base, dir []float64, noise Noise) (*Line, error) {
	r, err := o.Restrict(base, dir)
	if err != nil {
		return nil, err
	}
	_, out := o.Shape()
	return &Line{o: r, out: out, Noise: noise.At(base)}, nil
}

// At asks g at every t, in one batch.
func (l *Line) At(t ...float64) ([]float64, error) {
	y := make([]float64, len(t)*l.out)
	return y, l.o.Query(t, y)
}

// piece is an affine model of g near t: g(t + s) = val + s·slope, known from
// two answers at a distance h.
type piece struct {
	t, h, noise float64
	val, slope  []float64
}

// piece measures the model through t0 and t1. Its reference point is t0.
func (l *Line) piece(t0, t1 float64) (piece, error) {
	y, err := l.At(t0, t1)
	if err != nil {
		return piece{}, err
	}
	return makePiece(t0, t1, y, l.out, l.Noise), nil
}

func makePiece(t0, t1 float64, y []float64, out int, noise Noise) piece {
	p := piece{t: t0, h: math.Abs(t1 - t0), noise: noise.Of(y), val: y[:out:out], slope: make([]float64, out)}
	for k := range out {
		p.slope[k] = (y[out+k] - y[k]) / (t1 - t0)
	}
	return p
}

// at extrapolates the model.
func (p *piece) at(t float64) []float64 {
	y := append([]float64(nil), p.val...)
	linalg.Axpy(t-p.t, p.slope, y)
	return y
}

// err is the error to expect of at(t).
func (p *piece) err(t float64) float64 {
	return float64(p.noise * (1 + float64(2*math.Abs(t-p.t))/p.h))
}

// safety is how many expected errors a difference must exceed to be real.
const safety = 16

// same reports whether two pieces are one affine function.
func same(a, b *piece) bool {
	return differ(a.at(b.t), b.val) <= float64(safety*(a.err(b.t)+b.noise)) &&
		differ(b.at(a.t), a.val) <= float64(safety*(b.err(a.t)+a.noise))
}

func differ(x, y []float64) float64 {
	m := 0.0
	for i, v := range x {
		if d := math.Abs(v - y[i]); !(d <= m) {
			m = d
		}
	}
	return m
}

// meet returns where two pieces with different slopes meet, by least squares
// over the outputs, the squared size of the slope jump, and whether all outputs
// agree on the place.
func meet(a, b *piece) (t, jump float64, ok bool) {
	num, den := 0.0, 0.0
	mid := float64((a.t + b.t) / 2)
	ya, yb := a.at(mid), b.at(mid)
	for k := range ya {
		d := b.slope[k] - a.slope[k]
		num += float64((ya[k] - yb[k]) * d)
		den += float64(d * d)
	}
	if den == 0 {
		return 0, 0, false
	}
	t = mid + num/den
	tol := float64(safety * (a.err(t) + b.err(t)))
	return t, math.Sqrt(den), differ(a.at(t), b.at(t)) <= tol
}

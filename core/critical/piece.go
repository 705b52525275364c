package critical

import "math"

// piece is an affine model of g near t: g(t + s) = val + s·slope, known from
// two answers at a distance h.
type piece struct {
	t, h, noise float64
	val, slope  []float64
}

// use gives the piece its memory: 2·dout numbers.
func (p *piece) use(s []float64) {
	out := len(s) / 2
	p.val, p.slope = s[:out:out], s[out:]
}

// fit makes p the model through the answers y at t0 and t1.
func (p *piece) fit(t0, t1 float64, y []float64, noise Noise) {
	p.t, p.h, p.noise = t0, math.Abs(t1-t0), noise.Of(y)
	out := copy(p.val, y)
	for k := range out {
		p.slope[k] = (y[out+k] - y[k]) / (t1 - t0)
	}
}

// at extrapolates output k of the model.
func (p *piece) at(t float64, k int) float64 { return p.val[k] + float64((t-p.t)*p.slope[k]) }

// err is the error to expect of at(t).
func (p *piece) err(t float64) float64 {
	return float64(p.noise * (1 + float64(2*math.Abs(t-p.t))/p.h))
}

// off is the largest difference between the model at t and the answer y.
func (p *piece) off(t float64, y []float64) float64 {
	m := 0.0
	for k, v := range y {
		if d := math.Abs(p.at(t, k) - v); !(d <= m) {
			m = d
		}
	}
	return m
}

// safety is how many expected errors a difference must exceed to be real.
const safety = 16

// same reports whether two pieces are one affine function.
func same(a, b *piece) bool {
	return a.off(b.t, b.val) <= float64(safety*(a.err(b.t)+b.noise)) &&
		b.off(a.t, a.val) <= float64(safety*(b.err(a.t)+a.noise))
}

// meet returns where two pieces with different slopes meet, by least squares
// over the outputs, the size of the slope jump, and whether all outputs agree on
// the place.
func meet(a, b *piece) (t, jump float64, ok bool) {
	num, den := 0.0, 0.0
	mid := float64((a.t + b.t) / 2)
	for k := range a.val {
		d := b.slope[k] - a.slope[k]
		num += float64((a.at(mid, k) - b.at(mid, k)) * d)
		den += float64(d * d)
	}
	if den == 0 {
		return 0, 0, false
	}
	t = mid + num/den
	apart := 0.0
	for k := range a.val {
		if d := math.Abs(a.at(t, k) - b.at(t, k)); !(d <= apart) {
			apart = d
		}
	}
	return t, math.Sqrt(den), apart <= float64(safety*(a.err(t)+b.err(t)))
}

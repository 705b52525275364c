package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// onPlane returns a random point of a hyperplane inside the chart. It costs no
// query. from is a known point of the hyperplane inside the chart.
//
// Where the chart is all of R^dim a random point is projected. In a positive
// chart hit-and-run sampling (Smith 1984) walks over the intersection of the
// hyperplane with a box: random lines through the walls never meet a
// hyperplane that only cuts off a corner.
func (c *chart) onPlane(h *signature.Hyperplane, from []float64, r *rng.Stream) []float64 {
	p := make([]float64, c.dim)
	c.walkPlane(p, make([]float64, c.dim), h, from, r)
	return p
}

// walkPlane is onPlane with its result in p; d is scratch.
func (c *chart) walkPlane(p, d []float64, h *signature.Hyperplane, from []float64, r *rng.Stream) {
	if !c.positive {
		r.NormalVec(p, c.size)
		linalg.Axpy(-h.Z(p), h.W, p)
		return
	}
	box := max(4*c.size, 2*linalg.MaxAbs(from))
	copy(p, from)
	for range 8 + 2*c.dim {
		r.NormalVec(d, 1)
		linalg.Axpy(-linalg.Dot(d, h.W), h.W, d)
		t0, t1 := math.Inf(-1), math.Inf(1)
		for i, v := range d {
			lo, hi := -p[i]/v, (box-p[i])/v
			if v < 0 {
				lo, hi = hi, lo
			}
			// max and min, written out because WebAssembly would call them.
			if v != 0 && (lo > t0 || lo != lo) {
				t0 = lo
			}
			if v != 0 && (hi < t1 || hi != hi) {
				t1 = hi
			}
		}
		if t := t0 + float64((0.02+float64(0.96*r.Float64()))*(t1-t0)); !math.IsInf(t, 0) && t == t {
			linalg.Axpy(t, d, p)
		}
	}
}

// across returns a source of segments through random points of the hyperplane,
// at no grazing angle to it. Each is overwritten by the next.
func (c *chart) across(h *signature.Hyperplane, from []float64, r *rng.Stream) func() signature.Segment {
	base, dir := make([]float64, c.dim), make([]float64, c.dim)
	return func() signature.Segment {
		c.walkPlane(base, dir, h, from, r)
		r.NormalVec(dir, 1)
		for math.Abs(linalg.Dot(dir, h.W)) < float64(0.5*linalg.Norm(dir))/math.Sqrt(float64(c.dim)) {
			r.NormalVec(dir, 1)
		}
		normalise(dir)
		return c.clip(signature.Segment{Base: base, Dir: dir})
	}
}

// near is the length scale around a point: a chart's corner is small.
func (c *chart) near(p []float64) float64 {
	if !c.positive {
		return c.size
	}
	return min(c.size, linalg.MaxAbs(p))
}

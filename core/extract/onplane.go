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
	if !c.positive {
		p := c.point(r)
		linalg.Axpy(-h.Z(p), h.W, p)
		return p
	}
	box := max(4*c.size, 2*linalg.MaxAbs(from))
	p := append([]float64(nil), from...)
	d := make([]float64, c.dim)
	for range 8 + 2*c.dim {
		r.NormalVec(d, 1)
		linalg.Axpy(-linalg.Dot(d, h.W), h.W, d)
		t0, t1 := math.Inf(-1), math.Inf(1)
		for i, v := range d {
			lo, hi := -p[i]/v, (box-p[i])/v
			if v < 0 {
				lo, hi = hi, lo
			}
			if v != 0 {
				t0, t1 = max(t0, lo), min(t1, hi)
			}
		}
		if t := t0 + float64((0.02+float64(0.96*r.Float64()))*(t1-t0)); !math.IsInf(t, 0) && t == t {
			linalg.Axpy(t, d, p)
		}
	}
	return p
}

// across returns a segment through a random point of the hyperplane, at no
// grazing angle to it.
func (c *chart) across(h *signature.Hyperplane, from []float64, r *rng.Stream) signature.Segment {
	g := signature.Segment{Base: c.onPlane(h, from, r), Dir: r.NormalVec(make([]float64, c.dim), 1)}
	for math.Abs(linalg.Dot(g.Dir, h.W)) < float64(0.5*linalg.Norm(g.Dir))/math.Sqrt(float64(c.dim)) {
		r.NormalVec(g.Dir, 1)
	}
	normalise(g.Dir)
	return c.clip(g)
}

// near is the length scale around a point: a chart's corner is small.
func (c *chart) near(p []float64) float64 {
	if !c.positive {
		return c.size
	}
	return min(c.size, linalg.MaxAbs(p))
}

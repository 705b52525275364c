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
		t0, t1 := through(p, d, box)
		if t := t0 + float64((0.02+float64(0.96*r.Float64()))*(t1-t0)); !math.IsInf(t, 0) && t == t {
			linalg.Axpy(t, d, p)
		}
	}
}

// through returns where the line p + t·d enters and leaves the box 0 ≤ y ≤ box.
// A walk spends most of its time here, so nothing in it depends on a coin flip
// that a processor would have to guess, and nothing calls max, which WebAssembly
// does for every number.
func through(p, d []float64, box float64) (t0, t1 float64) {
	t0, t1 = math.Inf(-1), math.Inf(1)
	d = d[:len(p)]
	for i, v := range d {
		// The wall towards which −v points comes first.
		near, far := math.Float64bits(-p[i]), math.Float64bits(box-p[i])
		swap := (near ^ far) & uint64(int64(math.Float64bits(v))>>63)
		lo, hi := math.Float64frombits(near^swap)/v, math.Float64frombits(far^swap)/v
		if v == 0 {
			continue
		}
		if lo > t0 || lo != lo {
			t0 = lo
		}
		if hi < t1 || hi != hi {
			t1 = hi
		}
	}
	return t0, t1
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
		size := c.size
		if size > 1 { // a hyperplane that cuts off only the origin is small next to a large chart
			size = max(1, c.near(base))
		}
		return c.clip(signature.Segment{Base: base, Dir: dir}, size)
	}
}

// roaming is across with every walk begun where the one before ended, or it
// would not come far from a point in a narrow corner of a positive chart.
func (c *chart) roaming(h *signature.Hyperplane, from []float64, r *rng.Stream) func() signature.Segment {
	at := append([]float64(nil), from...)
	next := c.across(h, at, r)
	return func() signature.Segment {
		g := next()
		copy(at, g.Base)
		return g
	}
}

// near is the length scale around a point: a chart's corner is small.
func (c *chart) near(p []float64) float64 {
	if !c.positive {
		return c.size
	}
	return min(c.size, linalg.MaxAbs(p))
}

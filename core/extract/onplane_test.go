package extract

import (
	"math"
	"testing"

	"peel/core/rng"
	"peel/core/signature"
)

// A walk stays on the hyperplane and in the chart, and its source of segments
// allocates nothing.
func TestWalkStaysOnThePlane(t *testing.T) {
	for seed := range uint64(50) {
		r := rng.New(seed)
		c := &chart{dim: 2 + r.Intn(20), size: 1, positive: true}
		from := c.point(r)
		h := &signature.Hyperplane{W: r.NormalVec(make([]float64, c.dim), 1)}
		normalise(h.W)
		h.B = -h.Z(from)
		next := c.across(h, from, r)
		for range 20 {
			g := next()
			// Rounding adds up over a few dozen steps of a few units.
			if z := h.Z(g.Base); math.Abs(z) > 1e-12*(1+math.Abs(h.B)) || !c.inside(g.Base) {
				t.Fatalf("seed %d: %v lies %v off its plane, inside %v", seed, g.Base, z, c.inside(g.Base))
			}
		}
		if n := testing.AllocsPerRun(5, func() { next() }); n != 0 {
			t.Errorf("seed %d: %v allocations a segment", seed, n)
		}
	}
}

// The place where a line leaves a box, against the plain formula, with walls it
// runs along and points on walls.
func TestThroughTheBox(t *testing.T) {
	r := rng.New(3)
	for range 20_000 {
		p, d := make([]float64, 1+r.Intn(5)), make([]float64, 5)
		for i := range p {
			p[i], d[i] = 4*r.Float64(), r.Normal()
			switch r.Intn(12) {
			case 0:
				p[i] = 0
			case 1:
				p[i] = 4
			case 2:
				d[i] = 0
			case 3:
				d[i] = math.Copysign(0, -1)
			}
		}
		d = d[:len(p)]
		t0, t1 := math.Inf(-1), math.Inf(1)
		for i, v := range d {
			if a, b := -p[i]/v, (4-p[i])/v; v != 0 {
				t0, t1 = max(t0, min(a, b)), min(t1, max(a, b))
			}
		}
		if a, b := through(p, d, 4); a != t0 || b != t1 {
			t.Fatalf("from %v along %v: %v to %v, want %v to %v", p, d, a, b, t0, t1)
		}
	}
}

func BenchmarkAcross(b *testing.B) {
	b.ReportAllocs()
	r := rng.New(1)
	c := &chart{dim: 64, size: 1, positive: true}
	from := c.point(r)
	h := &signature.Hyperplane{W: r.NormalVec(make([]float64, c.dim), 1)}
	normalise(h.W)
	h.B = -h.Z(from)
	next := c.across(h, from, r)
	for b.Loop() {
		next()
	}
}

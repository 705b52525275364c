package extract

import (
	"math"

	"peel/core/critical"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// chart is a set of coordinates for part of the input space,
//
//	x = base + dirsᵀ y,   y ∈ R^dim,
//
// in which the layers before the target are linear and the target layer's
// hyperplanes are flat. For layer 1 it is the row space of A_1: nothing else of
// x reaches the network. For a later layer whose inputs h can all be set
// freely, y is h itself and the chart is the part where every h_k > 0.
type chart struct {
	base, dirs []float64 // d0, dim×d0; both nil for the input space itself
	dim        int
	positive   bool    // only y ≥ 0 belongs to the chart
	size       float64 // a typical |y_k|
	noise      critical.Noise
}

func (c *chart) open(o oracle.Oracle) (oracle.Oracle, error) {
	if c.dirs == nil {
		return o, nil
	}
	return o.Restrict(c.base, c.dirs)
}

// point returns a random point of the chart.
func (c *chart) point(s *rng.Stream) []float64 {
	y := s.NormalVec(make([]float64, c.dim), c.size)
	if c.positive {
		for i, v := range y {
			// Magnitudes from 1/16 to 4 sizes, so that faint and strong inputs both dominate somewhere.
			y[i] = float64(math.Ldexp(0.5+float64(s.Float64()/2), s.Intn(7)-4)*c.size) + float64(1e-3*math.Abs(v))
		}
	}
	return y
}

// inside reports whether y belongs to the chart.
func (c *chart) inside(y []float64) bool {
	if c.positive {
		for _, v := range y {
			if v <= 0 {
				return false
			}
		}
	}
	return true
}

// segment returns a random segment through the chart.
func (c *chart) segment(s *rng.Stream) signature.Segment {
	if c.positive {
		return c.between(c.point(s), c.point(s), c.size)
	}
	// A hyperplane at distance z from the base is met at z/cos with cos ~ 1/√dim.
	reach := 8 * c.size * math.Sqrt(float64(c.dim))
	g := signature.Segment{Base: c.point(s), Dir: s.NormalVec(make([]float64, c.dim), 1), T0: -reach, T1: reach}
	normalise(g.Dir)
	return g
}

// between returns the part inside the chart of the line through two points, as
// far as places of that size go.
func (c *chart) between(p, q []float64, size float64) signature.Segment {
	g := signature.Segment{Base: p, Dir: make([]float64, c.dim)}
	for i := range p {
		g.Dir[i] = q[i] - p[i]
	}
	normalise(g.Dir)
	return c.clip(g, size)
}

// clip sets the ends of a segment to where its line enters and leaves the
// chart, or to a distance that suits places of that size.
func (c *chart) clip(g signature.Segment, size float64) signature.Segment {
	reach := float64(size * (96 + float64(8*math.Sqrt(float64(c.dim)))))
	g.T0, g.T1 = -reach, reach
	if !c.positive {
		return g
	}
	for i, d := range g.Dir {
		t := -g.Base[i] / d
		switch {
		case d > 0:
			g.T0 = max(g.T0, t)
		case d < 0:
			g.T1 = min(g.T1, t)
		}
	}
	// Keep off the faces, where neurons before the target switch.
	w := g.T1 - g.T0
	g.T0, g.T1 = g.T0+float64(1e-4*w), g.T1-float64(1e-4*w)
	return g
}

// corners returns segments between points far along one axis each, and from
// near the origin to one of them. A neuron whose weights have both signs is
// active at some corners only, so it switches on one of these segments; so does
// one whose weights agree but not with its bias.
//
// Each cycle uses other scales: how far out is far, and how near a face is near,
// depend on weights that are not known yet.
func (c *chart) corners(cycle int, s *rng.Stream) []signature.Segment {
	size := c.scales()[cycle/cornerCycles%len(c.scales())]
	far := float64(size * []float64{64, 8, 512}[cycle%cornerCycles])
	near := float64(far * []float64{0x1p-12, 0x1p-5, 0x1p-18}[cycle%cornerCycles])
	corner := func(axis int) []float64 {
		y := make([]float64, c.dim)
		for i := range y {
			y[i] = float64(near * (1 + s.Float64()))
		}
		if axis >= 0 {
			y[axis] = float64(far * (0.75 + float64(s.Float64()/2)))
		}
		return y
	}
	order := s.Perm(c.dim)
	prev := corner(-1)
	for i := range prev {
		prev[i] /= 1024
	}
	var out []signature.Segment
	for _, axis := range order {
		next := corner(axis)
		out = append(out, c.between(prev, next, size))
		prev = next
	}
	if c.dim > 2 {
		out = append(out, c.between(prev, corner(order[0]), size))
	}
	return out
}

// scales are the sizes around which the corners are gone round: where the chart
// was made large to outrun an error of the answers, hyperplanes that cut off
// only the origin are seen close to it or not at all.
func (c *chart) scales() []float64 {
	if c.size == 1 {
		return []float64{1}
	}
	return []float64{c.size, 1, math.Sqrt(c.size), 0x1p-4}
}

// cycles is how many times the corners are gone round.
func (c *chart) cycles() int { return cornerCycles * len(c.scales()) }

func normalise(v []float64) float64 {
	n := 0.0
	for _, x := range v {
		n += float64(x * x)
	}
	n = math.Sqrt(n)
	for i := range v {
		v[i] /= n
	}
	return n
}

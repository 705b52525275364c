package picture

import "peel/core/nn"

// Point is an input of the network, a place in the plane.
type Point [2]float64

// Facet is a hyperplane of a neuron. Layer is 1-based, Neuron 0-based; layer 0
// is the edge of the view.
type Facet struct{ Layer, Neuron int }

// affine is a function g·p + c of the plane.
type affine struct{ gx, gy, c float64 }

func (a affine) at(p Point) float64 { return float64(a.gx*p[0]) + float64(a.gy*p[1]) + a.c }

// cell is a convex polygon in which the activations h are affine. Its edge i
// runs from corner i to the next and lies on edges[i].
type cell struct {
	corners []Point
	edges   []Facet
	h       []affine
}

// whole is the view: |x| ≤ HalfWidth, |y| ≤ HalfHeight, with h = (x, y).
func whole() *cell {
	return &cell{
		corners: []Point{{-HalfWidth, -HalfHeight}, {HalfWidth, -HalfHeight}, {HalfWidth, HalfHeight}, {-HalfWidth, HalfHeight}},
		edges:   make([]Facet, 4),
		h:       []affine{{gx: 1}, {gy: 1}},
	}
}

// pre returns the pre-activations of the next layer.
func (c *cell) pre(l *nn.Layer) []affine {
	z := make([]affine, l.Out)
	for k := range z {
		z[k].c = l.B[k]
		for j, w := range l.Row(k) {
			z[k].gx += float64(w * c.h[j].gx)
			z[k].gy += float64(w * c.h[j].gy)
			z[k].c += float64(w * c.h[j].c)
		}
	}
	return z
}

// crossing returns where z changes its sign on edge i.
func (c *cell) crossing(i int, z affine) (Point, bool) {
	p, q := c.corners[i], c.corners[(i+1)%len(c.corners)]
	a, b := z.at(p), z.at(q)
	if (a > 0) == (b > 0) {
		return Point{}, false
	}
	return along(p, q, a/(a-b)), true
}

// along returns p + t (q − p).
func along(p, q Point, t float64) Point {
	return Point{p[0] + float64(t*(q[0]-p[0])), p[1] + float64(t*(q[1]-p[1]))}
}

// cut returns the segment of the cell in which z = 0.
func (c *cell) cut(z affine) (Line, bool) {
	var s Line
	for i := range c.corners {
		if p, ok := c.crossing(i, z); ok {
			s.Points, s.Facets = append(s.Points, p), append(s.Facets, c.edges[i])
		}
	}
	return s, len(s.Points) == 2
}

// half returns the part of the cell in which z > 0 (on) or z ≤ 0, whose new
// edge lies on f, or nil where there is none.
func (c *cell) half(z affine, on bool, f Facet) *cell {
	part := &cell{h: c.h}
	for i, p := range c.corners {
		inside := (z.at(p) > 0) == on
		if inside {
			part.corners, part.edges = append(part.corners, p), append(part.edges, c.edges[i])
		}
		if q, ok := c.crossing(i, z); ok {
			edge := c.edges[i] // coming in, the rest of this edge follows
			if inside {
				edge = f // going out, along the hyperplane
			}
			part.corners, part.edges = append(part.corners, q), append(part.edges, edge)
		}
	}
	if len(part.corners) < 3 {
		return nil
	}
	return part
}

// split cuts a cell along the hyperplanes of the next layer and returns the
// pieces, with that layer's activations.
func (c *cell) split(l *nn.Layer, layer int) []*cell {
	z := c.pre(l)
	pieces := []*cell{{c.corners, c.edges, make([]affine, l.Out)}}
	for k := range z {
		var next []*cell
		for _, piece := range pieces {
			for _, on := range []bool{false, true} {
				part := piece.half(z[k], on, Facet{layer, k})
				if part == nil {
					continue
				}
				part.h = append([]affine(nil), piece.h...)
				if on {
					part.h[k] = z[k]
				}
				next = append(next, part)
			}
		}
		pieces = next
	}
	return pieces
}

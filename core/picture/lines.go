package picture

import "peel/core/nn"

// Line is a connected piece of the set z = 0 of one neuron: straight between
// neighbouring points. Points[i] lies on Facets[i], where the line enters
// another linear region of the layers before.
type Line struct {
	Points []Point
	Facets []Facet
}

// lines returns the lines of every neuron of the first layers of a network with
// two inputs: lines(net, n)[i][k] are those of neuron k of layer i+1.
func lines(net *nn.Network, layers int) [][][]Line {
	cells := []*cell{whole()}
	var all [][][]Line
	for i := range layers {
		l := &net.Layers[i]
		segments := make([][]Line, l.Out)
		var next []*cell
		for _, c := range cells {
			for k, z := range c.pre(l) {
				if s, ok := c.cut(z); ok {
					segments[k] = append(segments[k], s)
				}
			}
			next = append(next, c.split(l, i+1)...)
		}
		cells = next
		joined := make([][]Line, l.Out)
		for k := range segments {
			joined[k] = join(segments[k])
		}
		all = append(all, joined)
	}
	return all
}

// same is how far apart, by rounding, one point can be when it is computed in
// the two cells that it lies between.
const same = 1e-9

// join makes lines of segments that meet.
func join(segments []Line) []Line {
	var out []Line
	for len(segments) > 0 {
		l := segments[0]
		segments = segments[1:]
		for range 2 { // on from its end, then, turned round, from its beginning
			for {
				i, turned := continues(l, segments)
				if i < 0 {
					break
				}
				s := segments[i]
				if turned {
					s = s.reversed()
				}
				l.Points, l.Facets = append(l.Points, s.Points[1]), append(l.Facets, s.Facets[1])
				segments = append(append([]Line(nil), segments[:i]...), segments[i+1:]...)
			}
			l = l.reversed()
		}
		out = append(out, l)
	}
	return out
}

// continues returns the segment that goes on where a line ends, and whether it
// has to be turned round for that; −1 where there is none.
func continues(l Line, segments []Line) (int, bool) {
	end, f := l.Points[len(l.Points)-1], l.Facets[len(l.Facets)-1]
	if f.Layer == 0 {
		return -1, false
	}
	for i, s := range segments {
		for j := range 2 {
			if s.Facets[j] == f && distance(s.Points[j], end) < same {
				return i, j == 1
			}
		}
	}
	return -1, false
}

// reversed returns the line from its end to its beginning.
func (l Line) reversed() Line {
	var r Line
	for i := len(l.Points) - 1; i >= 0; i-- {
		r.Points, r.Facets = append(r.Points, l.Points[i]), append(r.Facets, l.Facets[i])
	}
	return r
}

// leg is the length of the straight piece from point i to the next.
func (l Line) leg(i int) float64 { return distance(l.Points[i], l.Points[i+1]) }

// turn returns sine and cosine of the angle by which the line turns at point i.
func (l Line) turn(i int) (sin, cos float64) {
	u, v := direction(l.Points[i-1], l.Points[i]), direction(l.Points[i], l.Points[i+1])
	return cross(u, v), float64(u[0]*v[0]) + float64(u[1]*v[1])
}

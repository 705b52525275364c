package picture

import "math"

// What a trace must show to be clear; lengths in the units of the view.
const (
	leastCrossings = 4
	mostCrossings  = 6
	shortestLeg    = 0.2
	leastTurn      = 0.2  // sine of the angle at a crossing
	leastForward   = 0.3  // cosine of it
	margin         = 0.08 // between a crossing and the edge of the view
	startAt        = 0.35 // of the way to the first crossing
)

// Where predictions are tested.
const (
	lastTest    = 0.85 // of the way to the next facet
	nearestTest = 0.04 // in the units of the view
)

// Trace is a walk along the line of one neuron of layer 2. It starts at a
// critical point inside a linear region of layer 1 and crosses a line of layer 1
// at every point between the first and the last.
type Trace struct {
	Line
	Neuron int
	// Tests[i] are the places beyond Points[i+1] where the kink is sought: the
	// first is where it is measured, every other one is 4 times as far.
	Tests [][]Point
}

// findTrace returns the walk that turns most among those that are clear.
func findTrace(layer2 [][]Line) (Trace, bool) {
	var best Trace
	most := 0.0
	for k, pieces := range layer2 {
		for _, l := range pieces {
			if !l.crosses(layer2, k) {
				continue
			}
			for _, way := range []Line{l, l.reversed()} {
				if turn := way.clarity(); turn > most {
					best, most = Trace{Line: way, Neuron: k}, turn
				}
			}
		}
	}
	if most == 0 {
		return best, false
	}
	start := along(best.Points[0], best.Points[1], startAt)
	best.Points = append([]Point{start}, best.Points[1:]...)
	for i := 1; i+1 < len(best.Points); i++ {
		best.Tests = append(best.Tests, tests(best.Points[i], best.Points[i+1], float64(lastTest*best.leg(i))))
	}
	return best, true
}

// clarity is the sum of the sines by which a line turns, 0 for a line whose
// walk would be hard to see.
func (l Line) clarity() float64 {
	n := len(l.Points) - 2 // crossings
	if n < leastCrossings || n > mostCrossings || l.Facets[0].Layer != 0 || l.Facets[n+1].Layer != 0 {
		return 0
	}
	sum := 0.0
	for i := range n + 1 {
		if l.leg(i) < shortestLeg || i == 0 && float64(l.leg(i)*(1-startAt)) < shortestLeg {
			return 0
		}
	}
	for i := 1; i <= n; i++ {
		sin, cos := l.turn(i)
		if math.Abs(sin) < leastTurn || cos < leastForward || !l.Points[i].inView(margin) {
			return 0
		}
		sum += math.Abs(sin)
	}
	return sum
}

// crosses reports whether a line meets one of another neuron than k.
func (l Line) crosses(layer [][]Line, k int) bool {
	for other, pieces := range layer {
		for _, m := range pieces {
			for i := range len(m.Points) - 1 {
				if other != k && l.meets(m.Points[i], m.Points[i+1]) {
					return true
				}
			}
		}
	}
	return false
}

// inView reports whether a point lies in the view, so far from its edge.
func (p Point) inView(margin float64) bool {
	return math.Abs(p[0]) < HalfWidth-margin && math.Abs(p[1]) < HalfHeight-margin
}

// tests returns places on the way from p to q, the last at the distance last,
// each at a quarter of the distance of the next.
func tests(p, q Point, last float64) []Point {
	u := direction(p, q)
	var out []Point
	for d := last; d >= nearestTest; d /= 4 {
		out = append([]Point{{p[0] + float64(d*u[0]), p[1] + float64(d*u[1])}}, out...)
	}
	return out
}

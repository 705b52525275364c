package picture

import "math"

// What a missed prediction must show to be clear.
const (
	leastMissTurn = 0.5  // sine of the angle at the bend
	leastRoom     = 0.28 // before and after it, in the units of the view
	leastApart    = 0.2  // from the trace
)

// Miss is a line of layer 3 that turns where it crosses a line of layer 2, which
// an attack on layer 2 does not know: its kink is not where it was predicted.
type Miss struct {
	Line
	Neuron int
	Bend   int // index of the point at which it turns
	// End is as far as the prediction reaches: to the next line of layer 1.
	End   Point
	Tests []Point
}

// findMiss returns the clearest missed prediction of layer 3, away from the trace.
func findMiss(layer3, layer1 [][]Line, trace Line) (Miss, bool) {
	var best Miss
	most := 0.0
	for k, pieces := range layer3 {
		for _, l := range pieces {
			for _, way := range []Line{l, l.reversed()} {
				for i := 1; i+1 < len(way.Points); i++ {
					sin, cos := way.turn(i)
					if way.Facets[i].Layer != 2 || math.Abs(sin) < leastMissTurn || cos < 0 ||
						way.leg(i-1) < leastRoom || way.leg(i) < leastRoom || !way.Points[i].inView(margin) {
						continue
					}
					p := way.Points[i]
					u := direction(way.Points[i-1], p)
					room := straightOn(p, u, layer1)
					end := Point{p[0] + float64(room*u[0]), p[1] + float64(room*u[1])}
					if room < leastRoom || trace.meets(p, end) || min(trace.distance(p), trace.distance(end)) < leastApart {
						continue
					}
					if score := math.Abs(sin) * min(room, 2*leastRoom); score > most {
						best, most = Miss{Line: way, Neuron: k, Bend: i, End: end}, score
					}
				}
			}
		}
	}
	if most == 0 {
		return best, false
	}
	p := best.Points[best.Bend]
	best.Tests = tests(p, best.End, float64(lastTest*distance(p, best.End)))
	return best, true
}

// straightOn is how far one can go from p along the unit vector u before a line
// of layer 1 or the edge of the view.
func straightOn(p, u Point, layer1 [][]Line) float64 {
	room := math.Inf(1)
	for axis, half := range []float64{HalfWidth, HalfHeight} {
		if u[axis] != 0 {
			room = min(room, (half-float64(math.Copysign(1, u[axis])*p[axis]))/math.Abs(u[axis]))
		}
	}
	for _, pieces := range layer1 {
		for _, l := range pieces {
			// p + t u = a + s v: t = (a − p)×v / u×v.
			a, v := l.Points[0], direction(l.Points[0], l.Points[1])
			if t := cross(Point{a[0] - p[0], a[1] - p[1]}, v) / cross(u, v); t > 0 {
				room = min(room, t)
			}
		}
	}
	return room
}

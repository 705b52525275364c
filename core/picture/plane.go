package picture

import "math"

func distance(p, q Point) float64 {
	x, y := q[0]-p[0], q[1]-p[1]
	return math.Sqrt(float64(x*x) + float64(y*y))
}

// direction is the unit vector from p to q.
func direction(p, q Point) Point {
	d := distance(p, q)
	return Point{(q[0] - p[0]) / d, (q[1] - p[1]) / d}
}

// cross is the determinant of two vectors.
func cross(u, v Point) float64 { return float64(u[0]*v[1]) - float64(u[1]*v[0]) }

// side is on which side of the line through p and q a point lies.
func side(p, q, point Point) bool {
	return cross(Point{q[0] - p[0], q[1] - p[1]}, Point{point[0] - p[0], point[1] - p[1]}) > 0
}

// meets reports whether a line meets the segment from p to q.
func (l Line) meets(p, q Point) bool {
	for i := range len(l.Points) - 1 {
		a, b := l.Points[i], l.Points[i+1]
		if side(p, q, a) != side(p, q, b) && side(a, b, p) != side(a, b, q) {
			return true
		}
	}
	return false
}

// distance is how far a point lies from a line.
func (l Line) distance(p Point) float64 {
	least := math.Inf(1)
	for i := range len(l.Points) - 1 {
		a, u, leg := l.Points[i], direction(l.Points[i], l.Points[i+1]), l.leg(i)
		t := float64((p[0]-a[0])*u[0]) + float64((p[1]-a[1])*u[1])
		t = min(max(t, 0), leg)
		least = min(least, distance(p, Point{a[0] + float64(t*u[0]), a[1] + float64(t*u[1])}))
	}
	return least
}

package picture

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// The page, in pixels.
const (
	edge   = 20 // around the view
	scale  = 260
	width  = 2*edge + 2*scale*HalfWidth
	bottom = edge + 2*scale*HalfHeight // of the view
	row    = 29                        // of the legend
	height = bottom + 5*row + 52
)

// SVG returns the figure as a picture that stands alone, in the colours of the
// reader's theme.
func (f *Figure) SVG() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %v %v" role="img" aria-labelledby="title desc">
<title id="title">A trace in two dimensions</title>
<desc id="desc">%s</desc>
<style>%s</style>
<rect class="page" width="%v" height="%v" rx="14"/>
<rect class="view" x="%v" y="%v" width="%v" height="%v"/>
`, width, height, f.describe(), style, width, height, edge, edge, width-2*edge, bottom-edge)
	for i, class := range []string{"one", "two"} {
		for k := range f.Lines[i] {
			for _, l := range f.Lines[i][k] {
				drawPath(&b, class, l.Points...)
			}
		}
	}
	f.Miss.draw(&b)
	f.Trace.draw(&b)
	f.legend(&b)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// describe says what is to be seen.
func (f *Figure) describe() string {
	return fmt.Sprintf("The inputs of a random %s network, a plane. Thin straight lines are the hyperplanes of layer 1. "+
		"The lines of layer 2 bend where they cross them. One is followed from a critical point over %d crossings, numbered. "+
		"Beyond each, the kink is measured once and then found where it is predicted, 4 times as far each time. "+
		"A dashed line of layer 3 turns where no line of layer 1 is, and misses its prediction.", f.sizes(), len(f.Trace.Tests))
}

func (f *Figure) sizes() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(f.Net.Sizes()), " ", "-"), "[]")
}

// place turns an input into pixels: y points up in the plane and down on the page.
func place(p Point) Point {
	return Point{edge + float64(scale*(p[0]+HalfWidth)), edge + float64(scale*(HalfHeight-p[1]))}
}

// number writes a length to a hundredth of a pixel.
func number(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// drawPath draws straight pieces between points of the plane.
func drawPath(b *bytes.Buffer, class string, points ...Point) {
	d := "M"
	for i, p := range points {
		if i > 0 {
			d += "L"
		}
		q := place(p)
		d += number(q[0]) + " " + number(q[1])
	}
	fmt.Fprintf(b, "<path class=%q d=%q/>\n", class, d)
}

// draw draws the walk over the line of its neuron.
func (t Trace) draw(b *bytes.Buffer) {
	for i := range t.Tests { // where it would go on, were the new weight 0
		p := t.Points[i+1]
		u := direction(t.Points[i], p)
		drawPath(b, "ghost", p, Point{p[0] + float64(ghost*u[0]), p[1] + float64(ghost*u[1])})
	}
	drawPath(b, "trace", t.Points...)
	last := len(t.Points) - 1
	arrow(b, place(t.Points[last-1]), place(t.Points[last]))
	for i, places := range t.Tests {
		u := direction(place(t.Points[i+1]), place(t.Points[i+2]))
		for j, p := range places {
			if q := place(p); j == 0 {
				ring(b, q)
			} else {
				tick(b, q, u)
			}
		}
	}
	dot(b, "start", place(t.Points[0]), 7)
	for i := range t.Tests {
		q := place(t.Points[i+1])
		dot(b, "at", q, 3.5)
		// The number stands outside the bend.
		in, out := direction(place(t.Points[i]), q), direction(q, place(t.Points[i+2]))
		away := direction(out, in)
		label(b, "number", Point{q[0] + float64(17*away[0]), q[1] + float64(17*away[1]) + 5}, strconv.Itoa(i+1))
	}
}

// ghost is how far a line is drawn on straight beyond a crossing.
const ghost = 0.14

// draw draws a line of layer 3 and the prediction that it misses.
func (m Miss) draw(b *bytes.Buffer) {
	drawPath(b, "three", m.Points...)
	drawPath(b, "ghost", m.Points[m.Bend], m.End)
	for _, p := range m.Tests {
		saltire(b, place(p))
	}
}

func dot(b *bytes.Buffer, class string, p Point, r float64) {
	fmt.Fprintf(b, "<circle class=%q cx=%q cy=%q r=\"%v\"/>\n", class, number(p[0]), number(p[1]), r)
}

func ring(b *bytes.Buffer, p Point) { dot(b, "measured", p, 4.5) }

func stroke(b *bytes.Buffer, class string, p, q Point) {
	fmt.Fprintf(b, "<path class=%q d=\"M%s %sL%s %s\"/>\n", class, number(p[0]), number(p[1]), number(q[0]), number(q[1]))
}

// tick draws a short stroke across the direction u.
func tick(b *bytes.Buffer, p, u Point) {
	x, y := float64(7*u[1]), float64(7*u[0])
	stroke(b, "found", Point{p[0] - x, p[1] + y}, Point{p[0] + x, p[1] - y})
}

// saltire draws a ×.
func saltire(b *bytes.Buffer, p Point) {
	stroke(b, "lost", Point{p[0] - 5, p[1] - 5}, Point{p[0] + 5, p[1] + 5})
	stroke(b, "lost", Point{p[0] - 5, p[1] + 5}, Point{p[0] + 5, p[1] - 5})
}

// arrow draws the head of an arrow from p to q, at q.
func arrow(b *bytes.Buffer, p, q Point) {
	u := direction(p, q)
	side := func(s float64) string {
		return number(q[0]-float64(13*u[0])-float64(s*u[1])) + " " + number(q[1]-float64(13*u[1])+float64(s*u[0]))
	}
	fmt.Fprintf(b, "<path class=\"head\" d=\"M%s %sL%sL%sZ\"/>\n", number(q[0]), number(q[1]), side(6), side(-6))
}

func label(b *bytes.Buffer, class string, p Point, text string) {
	fmt.Fprintf(b, "<text class=%q x=%q y=%q>%s</text>\n", class, number(p[0]), number(p[1]), text)
}

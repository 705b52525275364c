// Package picture draws rows of weights, so that the page shows pixels and
// never holds a weight.
package picture

import "math"

// Picture is RGBA, row by row.
type Picture struct {
	Width, Height int
	RGBA          []byte
}

// stripWidth is how many weights stand side by side when they are no square.
const stripWidth = 64

// Size returns the picture for n weights: the square whose pixels they are, or
// a strip of lines.
func Size(n int) (width, height int) {
	if side := int(math.Sqrt(float64(n))); side*side == n && side >= 4 {
		return side, side
	}
	width = min(n, stripWidth)
	return width, (n + width - 1) / width
}

// Draw draws weights on a scale symmetric about 0, from −top (blue) through 0
// (near white) to +top (red). Pixels after the last weight are transparent.
func Draw(w []float64, top float64) Picture {
	width, height := Size(len(w))
	p := Picture{Width: width, Height: height, RGBA: make([]byte, 4*width*height)}
	for i, v := range w {
		t := 0.0
		if top > 0 {
			t = max(-1, min(1, v/top))
		}
		c := colour(t)
		copy(p.RGBA[4*i:], []byte{c[0], c[1], c[2], 255})
	}
	return p
}

// Top returns the largest |w|.
func Top(w []float64) float64 {
	top := 0.0
	for _, v := range w {
		top = max(top, math.Abs(v))
	}
	return top
}

// arms are the colours at |t| = 0, 1/4, … 1, evenly spaced in lightness: blue
// and red are told apart in every common kind of colour blindness.
var arms = [2][5][3]float64{
	{{246, 246, 246}, {190, 209, 233}, {125, 165, 213}, {62, 116, 184}, {16, 61, 133}},
	{{246, 246, 246}, {241, 196, 178}, {226, 137, 111}, {196, 73, 58}, {134, 17, 33}},
}

func colour(t float64) [3]byte {
	arm := arms[0]
	if t > 0 {
		arm = arms[1]
	}
	at := math.Abs(t) * float64(len(arm)-1)
	i := min(int(at), len(arm)-2)
	var c [3]byte
	for k := range c {
		c[k] = byte(math.Round(arm[i][k] + (at-float64(i))*(arm[i+1][k]-arm[i][k])))
	}
	return c
}

package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"peel/core/nn"
	"peel/core/rng"
)

// seeds is enough for every kind of cell and bend to occur.
const seeds = 12

// figures makes the figures of all seeds, once.
var figures = sync.OnceValue(func() []*Figure {
	var all []*Figure
	for seed := range uint64(seeds) {
		f, err := New(seed)
		if err != nil {
			panic(err)
		}
		all = append(all, f)
	}
	return all
})

// z evaluates a neuron with the network itself, not with its cells.
func (f *Figure) z(layer, neuron int, p Point) float64 {
	return PreActivation(f.Net, layer, neuron, p[:])
}

// rounding is far above what rounding does to a z of these networks, whose
// terms are below 100, and far below what a wrong cell would do.
const rounding = 1e-11

// TestLinesAreZero: on every line, at its points and between them, z = 0; at
// each bend the z of the facet is 0 as well, and the facet's layer is before.
func TestLinesAreZero(t *testing.T) {
	for _, f := range figures() {
		for i, layer := range f.Lines {
			for k, pieces := range layer {
				for _, l := range pieces {
					for j, p := range l.Points {
						on := []Point{p}
						if j > 0 {
							on = append(on, along(l.Points[j-1], p, 0.5), along(l.Points[j-1], p, 0.01))
						}
						for _, q := range on {
							if z := f.z(i+1, k, q); math.Abs(z) > rounding {
								t.Fatalf("seed %d, layer %d, neuron %d: z = %g at %v", f.Seed, i+1, k, z, q)
							}
						}
						facet := l.Facets[j]
						if facet.Layer > i {
							t.Fatalf("layer %d bends at layer %d", i+1, facet.Layer)
						}
						if facet.Layer > 0 && math.Abs(f.z(facet.Layer, facet.Neuron, p)) > rounding {
							t.Fatalf("seed %d: %v is not on the facet %v", f.Seed, p, facet)
						}
						if facet.Layer == 0 && p.inView(rounding) && distance(l.Points[0], l.Points[len(l.Points)-1]) > same {
							t.Fatalf("seed %d, layer %d, neuron %d: a line ends inside the view, at %v", f.Seed, i+1, k, p)
						}
					}
				}
			}
		}
	}
}

// TestLinesAreAll: a random segment crosses the lines of a neuron an odd number
// of times exactly where z has another sign at its other end.
func TestLinesAreAll(t *testing.T) {
	r := rng.New(1)
	at := func() Point {
		return Point{HalfWidth * (2*r.Float64() - 1), HalfHeight * (2*r.Float64() - 1)}
	}
	for _, f := range figures() {
		for range 100 {
			p, q := at(), at()
			for i, layer := range f.Lines {
				for k, pieces := range layer {
					odd := false
					for _, l := range pieces {
						for j := range len(l.Points) - 1 {
							leg := Line{Points: l.Points[j : j+2]}
							odd = odd != leg.meets(p, q)
						}
					}
					if want := (f.z(i+1, k, p) > 0) != (f.z(i+1, k, q) > 0); odd != want {
						t.Fatalf("seed %d, layer %d, neuron %d: %v to %v crosses an odd number of times: %v, want %v", f.Seed, i+1, k, p, q, odd, want)
					}
				}
			}
		}
	}
}

// TestFoundAndLost: a trace finds its neuron at every place it tests, each 4
// times as far as the last, and crosses layer 1 only; the line of layer 3 is at
// none of the places where it is sought, before the next line of layer 1.
func TestFoundAndLost(t *testing.T) {
	for _, f := range figures() {
		tr := f.Trace
		if len(tr.Tests) != len(tr.Points)-2 || len(tr.Tests) < leastCrossings {
			t.Errorf("seed %d: %d points and %d rows of tests", f.Seed, len(tr.Points), len(tr.Tests))
		}
		for i, row := range tr.Tests {
			if tr.Facets[i+1].Layer != 1 || len(row) < 2 {
				t.Errorf("seed %d: crossing %d is of layer %d and has %d tests", f.Seed, i+1, tr.Facets[i+1].Layer, len(row))
			}
			for j, p := range row {
				if z := f.z(2, tr.Neuron, p); math.Abs(z) > rounding {
					t.Errorf("seed %d: z = %g where crossing %d is tested", f.Seed, z, i+1)
				}
				if j > 0 {
					if ratio := distance(tr.Points[i+1], p) / distance(tr.Points[i+1], row[j-1]); math.Abs(ratio-4) > 1e-9 {
						t.Errorf("seed %d: the next test is %g times as far", f.Seed, ratio)
					}
				}
			}
		}
		m := f.Miss
		if m.Facets[m.Bend].Layer != 2 {
			t.Errorf("seed %d: the line of layer 3 bends at layer %d", f.Seed, m.Facets[m.Bend].Layer)
		}
		for _, p := range m.Tests {
			if z := f.z(3, m.Neuron, p); math.Abs(z) < 1e-3 {
				t.Errorf("seed %d: layer 3 is where it should be missed: z = %g", f.Seed, z)
			}
			for k := range f.Net.Layers[0].Out {
				if (f.z(1, k, p) > 0) != (f.z(1, k, along(m.Points[m.Bend], p, 0.01)) > 0) {
					t.Errorf("seed %d: a line of layer 1 lies before the test", f.Seed)
				}
			}
		}
	}
}

var (
	drawn  = regexp.MustCompile(`<path class="(\w+)" d="([ML0-9. -]+)"/>`)
	corner = regexp.MustCompile(`[ML](-?[0-9.]+) (-?[0-9.]+)`)
)

// TestDrawnLinesAreZero reads the picture back: within a fiftieth of a pixel of
// every corner drawn, z of the neuron changes its sign.
func TestDrawnLinesAreZero(t *testing.T) {
	for _, f := range figures() {
		svg := string(f.SVG())
		paths := 0
		for _, m := range drawn.FindAllStringSubmatch(svg, -1) {
			layer, neuron := 2, f.Trace.Neuron
			if m[1] == "three" {
				layer, neuron = 3, f.Miss.Neuron
			} else if m[1] != "trace" {
				continue
			}
			points := corner.FindAllStringSubmatch(m[2], -1)
			if len(points) == 2 { // in the legend
				continue
			}
			paths++
			for _, c := range points {
				x, err1 := strconv.ParseFloat(c[1], 64)
				y, err2 := strconv.ParseFloat(c[2], 64)
				if err := errors.Join(err1, err2); err != nil {
					t.Fatal(err)
				}
				p := Point{(x-edge)/scale - HalfWidth, HalfHeight - (y-edge)/scale}
				var plus, minus bool
				for i := range 16 {
					s, c := math.Sincos(float64(i) * math.Pi / 8)
					z := f.z(layer, neuron, Point{p[0] + 0.02/scale*c, p[1] + 0.02/scale*s})
					plus, minus = plus || z > 0, minus || z <= 0
				}
				if !plus || !minus {
					t.Errorf("seed %d: layer %d is drawn through (%v, %v), where it is not", f.Seed, layer, x, y)
				}
			}
		}
		if paths != 2 {
			t.Errorf("seed %d: %d paths of the trace and of layer 3, want 2", f.Seed, paths)
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	seen := map[string]uint64{}
	for seed, f := range figures() {
		again, err := New(uint64(seed))
		if err != nil {
			t.Fatal(err)
		}
		svg := f.SVG()
		if !bytes.Equal(svg, again.SVG()) {
			t.Errorf("seed %d: two pictures", seed)
		}
		if other, ok := seen[string(svg)]; ok {
			t.Errorf("seeds %d and %d: one picture", other, seed)
		}
		seen[string(svg)] = uint64(seed)
	}
}

// TestSVGIsWellFormed: and it loads nothing, names itself and knows both themes.
func TestSVGIsWellFormed(t *testing.T) {
	f, err := New(5)
	if err != nil {
		t.Fatal(err)
	}
	svg := f.SVG()
	d := xml.NewDecoder(bytes.NewReader(svg))
	has := map[string]bool{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			has[e.Name.Local] = true
			for _, a := range e.Attr {
				if a.Name.Local == "href" || a.Name.Local == "src" {
					t.Errorf("%s has %s", e.Name.Local, a.Name.Local)
				}
			}
		}
	}
	if !has["title"] || !has["desc"] || !bytes.Contains(svg, []byte("prefers-color-scheme:dark")) || bytes.Contains(svg, []byte("NaN")) {
		t.Errorf("%v", has)
	}
}

// TestCells: the cells of a layer fill the view and do not overlap, and their
// activations are the network's.
func TestCells(t *testing.T) {
	net := network(rng.New(3))
	cells := []*cell{whole()}
	for i := range net.Hidden() {
		var next []*cell
		for _, c := range cells {
			next = append(next, c.split(&net.Layers[i], i+1)...)
		}
		cells = next
		sum := 0.0
		for _, c := range cells {
			var middle Point
			for j, p := range c.corners {
				q := c.corners[(j+1)%len(c.corners)]
				sum += cross(p, q) / 2
				middle[0] += p[0] / float64(len(c.corners))
				middle[1] += p[1] / float64(len(c.corners))
			}
			h := make([]float64, net.Layers[i].Out)
			nn.NewEval(&nn.Network{Layers: net.Layers[:i+1]}).Forward(middle[:], h)
			for k, v := range h {
				if got := c.h[k].at(middle); math.Abs(got-max(v, 0)) > rounding {
					t.Fatalf("layer %d, neuron %d: %g, want %g", i+1, k, got, max(v, 0))
				}
			}
		}
		if want := 4 * HalfWidth * HalfHeight; math.Abs(sum-want) > 1e-12 {
			t.Errorf("layer %d: %d cells have an area of %v, want %v", i+1, len(cells), sum, want)
		}
	}
}

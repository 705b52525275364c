package picture

import (
	"bytes"
	"fmt"
)

// legend explains the signs below the view, in two columns.
func (f *Figure) legend(b *bytes.Buffer) {
	line := func(class string) func(*bytes.Buffer, Point) {
		return func(b *bytes.Buffer, p Point) {
			stroke(b, class, Point{p[0] - 18, p[1]}, Point{p[0] + 18, p[1]})
		}
	}
	entries := []struct {
		sign func(*bytes.Buffer, Point)
		text string
	}{
		{line("one"), "layer 1: straight, and known"},
		{line("two"), "layer 2: bends where it crosses layer 1"},
		{func(b *bytes.Buffer, p Point) {
			line("trace")(b, p)
			dot(b, "start", Point{p[0] - 13, p[1]}, 7)
			arrow(b, p, Point{p[0] + 20, p[1]})
		}, "a trace: a walk on one neuron of layer 2"},
		{func(b *bytes.Buffer, p Point) {
			line("trace")(b, p)
			dot(b, "at", p, 3.5)
			label(b, "number", Point{p[0], p[1] - 7}, "1")
		}, "it crosses layer 1: one new weight"},
		{line("ghost"), "straight on: were that weight 0"},
		{func(b *bytes.Buffer, p Point) {
			line("trace")(b, p)
			ring(b, p)
		}, "measured: how far it turns is the weight"},
		{func(b *bytes.Buffer, p Point) {
			line("trace")(b, p)
			tick(b, p, Point{1, 0})
		}, "predicted, 4 times as far each, and found"},
		{line("three"), "layer 3: turns at layer 2 as well"},
		{saltire, "predicted for it, and not found"},
	}
	for i, e := range entries {
		x, y := float64(edge+24+(i/5)*400), float64(bottom+32+(i%5)*row)
		e.sign(b, Point{x, y})
		label(b, "text", Point{x + 32, y + 5}, e.text)
	}
	label(b, "foot", Point{width - edge, height - 14}, fmt.Sprintf("random network %s, seed %d", f.sizes(), f.Seed))
}

// style draws in light and in dark. Every sign differs by its shape too.
const style = `
svg{--page:#fff;--view:#f6f8f4;--ink:#12201a;--soft:#4c5f55;--one:#75867b;--two:#0e8a7d;--three:#7a3fb0;--trace:#d95d00;--bad:#b3261e}
@media(prefers-color-scheme:dark){svg{--page:#0b1410;--view:#13201a;--ink:#eef5ef;--soft:#9fb3a7;--one:#6b7f73;--two:#3fc7b6;--three:#c79bf0;--trace:#ff8a2b;--bad:#ff8d80}}
path{fill:none;stroke-linejoin:round}
.page{fill:var(--page)}
.view{fill:var(--view);stroke:var(--one)}
.one{stroke:var(--one);stroke-width:1.2}
.two{stroke:var(--two);stroke-width:1.8}
.three{stroke:var(--three);stroke-width:2.4;stroke-dasharray:9 5}
.ghost{stroke:var(--ink);stroke-width:1.6;stroke-dasharray:1.6 4;stroke-linecap:round}
.trace{stroke:var(--trace);stroke-width:3.6}
.head,.start{fill:var(--trace)}
.at{fill:var(--ink)}
.measured{fill:var(--page);stroke:var(--trace);stroke-width:2}
.found{stroke:var(--trace);stroke-width:2.6}
.lost{stroke:var(--bad);stroke-width:2.8}
text{font:15px system-ui,sans-serif;fill:var(--ink)}
.number{font-weight:700;text-anchor:middle;paint-order:stroke;stroke:var(--view);stroke-width:4px}
.foot{font-size:13px;fill:var(--soft);text-anchor:end}
`

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"peel/core/extract"
)

// marks are how a neuron of each status is drawn, and what they mean.
var marks = map[extract.Status]struct{ mark, name string }{
	extract.StatusRecovered:  {"●", "recovered"},
	extract.StatusEquivalent: {"◐", "equivalent"},
	extract.StatusUndecided:  {"±", "sign undecided"},
	extract.StatusUnseen:     {"○", "never seen switching"},
	extract.StatusUnfinished: {"◌", "not put together"},
	extract.StatusGiven:      {"=", "given"},
	extract.StatusUnreached:  {"·", "not reached"},
}

const (
	dotsPerLine = 64
	mostDots    = 512 // a layer with more neurons is only counted
)

// printCoverage draws every neuron as a mark, a line or more for each layer, and
// then says what each mark means, how many there are, and why.
func printCoverage(w io.Writer, layers []extract.LayerCoverage) {
	name := "coverage"
	line := func(what, text string) {
		fmt.Fprintf(w, "%-9s%-9s%s\n", name, what, text)
		name = ""
	}
	for _, l := range layers {
		what := layerLabel(l)
		if len(l.Neurons) > mostDots {
			line(what, fmt.Sprintf("%d neurons", len(l.Neurons)))
			continue
		}
		for from := 0; from < len(l.Neurons); from += dotsPerLine {
			line(what, dots(l.Neurons[from:min(from+dotsPerLine, len(l.Neurons))]))
			what = ""
		}
	}
	for _, s := range extract.Statuses {
		for _, r := range grounds(layers, s) {
			text := fmt.Sprintf("%s %d %s", marks[s].mark, r.count, marks[s].name)
			if r.why != "" {
				text += fmt.Sprintf(" (%s): %s", r.where(), r.why)
			}
			line("", text)
		}
	}
}

// ground is why neurons of some layers have a status.
type ground struct {
	why    string
	layers []extract.LayerCoverage
	count  int
}

// where names the layers: "layers 4 to 8, output" or "layer 2, layer 5".
func (g *ground) where() string {
	var names []string
	for i := 0; i < len(g.layers); {
		n := 1
		for i+n < len(g.layers) && !g.layers[i+n].Output && g.layers[i+n].Layer == g.layers[i].Layer+n {
			n++
		}
		if n > 2 {
			names = append(names, fmt.Sprintf("layers %d to %d", g.layers[i].Layer, g.layers[i+n-1].Layer))
			i += n
			continue
		}
		names = append(names, layerLabel(g.layers[i]))
		i++
	}
	return strings.Join(names, ", ")
}

// grounds gathers the layers that give the same reason for a status.
func grounds(layers []extract.LayerCoverage, s extract.Status) []*ground {
	var out []*ground
	for _, l := range layers {
		n := l.Count(s)
		if n == 0 {
			continue
		}
		i := slices.IndexFunc(out, func(r *ground) bool { return r.why == l.Why[s] })
		if i < 0 {
			i = len(out)
			out = append(out, &ground{why: l.Why[s]})
		}
		out[i].count += n
		out[i].layers = append(out[i].layers, l)
	}
	return out
}

func layerLabel(l extract.LayerCoverage) string {
	if l.Output {
		return "output"
	}
	return fmt.Sprintf("layer %d", l.Layer)
}

func dots(neurons string) string {
	var b strings.Builder
	for k := range neurons {
		b.WriteString(marks[extract.Status(neurons[k:k+1])].mark)
	}
	return b.String()
}

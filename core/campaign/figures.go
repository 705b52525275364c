package campaign

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"peel/core/fidelity"
	"peel/core/nn"
)

const aboutPoints = "Points are medians over seeds, bars the range; a hollow point had runs that were stopped, so its value is at least this."

// series puts runs into series by name, and in each takes the runs of one x together.
func series(runs []*outcome, name func(*outcome) string, x func(*outcome) float64, y func(*outcome) figure) []Series {
	var all []Series
	for _, g := range groups(runs, name) {
		s := Series{Name: g.name}
		for _, at := range groups(g.runs, func(o *outcome) string { return fmt.Sprint(x(o)) }) {
			var values []figure
			for _, o := range at.runs {
				if v := y(o); !math.IsNaN(v.v) {
					values = append(values, v)
				}
			}
			if len(values) > 0 {
				s.Points = append(s.Points, summary(values).point(x(at.runs[0])))
			}
		}
		s.sort()
		all = append(all, s)
	}
	return all
}

func (s *Series) sort() {
	slices.SortStableFunc(s.Points, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
}

// named is the name of a run's method in a legend.
func (p *part) named(o *outcome) string {
	name := p.label(o.Spec.Method)
	if o.Spec.Method.Idealised == 0 {
		return name + ", end-to-end"
	}
	return fmt.Sprintf("%s, layer %d alone", name, o.Spec.Method.Idealised)
}

func layerName(k int) string {
	if k == 0 {
		return "all layers"
	}
	return fmt.Sprintf("layer %d", k)
}

// width is that of the layer a run is about, the last hidden one for all.
func (p *part) width(o *outcome) float64 {
	if k := p.looked(o); k > 0 && k < len(o.Spec.Sizes) {
		return float64(o.Spec.Sizes[k])
	}
	return float64(o.Spec.Sizes[len(o.Spec.Sizes)-2])
}

// phasesByWidth is Figure 1 of Foerster et al.: what signatures take against signs.
func phasesByWidth(p *part) Figure {
	f := Figure{Title: p.Title, About: aboutPoints, X: Axis{Label: "neurons of the layer", Log: true}, Y: Axis{Label: "seconds", Log: true}}
	for _, part := range []struct {
		name   string
		phases func(o *outcome) figure
	}{
		{"signatures", func(o *outcome) figure { return o.spent(p.looked(o), signatures, stepSeconds) }},
		{"signs", func(o *outcome) figure { return o.spent(p.looked(o), signs, stepSeconds) }},
	} {
		f.Series = append(f.Series, series(p.runs, func(o *outcome) string { return p.named(o) + ": " + part.name }, p.width, part.phases)...)
	}
	return f
}

// signsBySamples is the share of right signs against the s of wiggle.
func signsBySamples(p *part) Figure {
	return Figure{Title: p.Title, About: aboutPoints, X: Axis{Label: "samples of each neuron, s", Log: true}, Y: Axis{Label: "share of right signs", Share: true},
		Series: series(p.runs, func(o *outcome) string {
			if o.Spec.Method.Samples == 0 {
				return ""
			}
			return fmt.Sprintf("%s, %s", o.Victim.kind(), layerName(p.looked(o)))
		}, func(o *outcome) float64 { return float64(o.Spec.Method.Samples) }, func(o *outcome) figure {
			right, _ := o.rows(p.looked(o), "RI")
			found, _ := o.rows(p.looked(o), "RIWU")
			if found == 0 {
				return figure{v: math.NaN()}
			}
			return figure{float64(right) / float64(found), o.stopped()}
		})}
}

// confidenceByNeuron is how sure a method is of each neuron's sign, the least sure first.
func confidenceByNeuron(p *part) Figure {
	f := Figure{Title: p.Title, About: "Neurons in order of confidence, all runs together: right signs and wrong ones each by themselves. " + aboutPoints,
		X: Axis{Label: "share of neurons", Share: true}, Y: Axis{Label: "confidence of the sign", Share: true}}
	for _, g := range groups(p.runs, p.named) {
		for _, kind := range []struct{ name, letters string }{{"right", "RI"}, {"wrong", "W"}} {
			var all []float64
			for _, o := range g.runs {
				for i := range o.Score {
					all = append(all, o.Score[i].confidences(kind.letters)...)
				}
			}
			slices.Sort(all)
			s := Series{Name: g.name + ": " + kind.name}
			for i, c := range all {
				s.Points = append(s.Points, Point{X: (float64(i) + 0.5) / float64(len(all)), Y: c, Low: c, High: c, Runs: len(g.runs)})
			}
			if len(all) > 0 {
				f.Series = append(f.Series, s)
			}
		}
	}
	return f
}

// confidenceByDistance is Figure 1 (c) of Foerster et al.: how sure the sign of one
// neuron is as it is moved towards its neighbours or away from them.
func confidenceByDistance(p *part) Figure {
	return Figure{Title: p.Title, About: "0: every vote for the wrong sign, 1: every vote for the right one. " + aboutPoints,
		X: Axis{Label: "distance of the neuron to its neighbours"}, Y: Axis{Label: "confidence in the right sign", Share: true},
		Series: series(p.runs, func(o *outcome) string {
			if o.Distance == 0 {
				return ""
			}
			return fmt.Sprintf("%s, neuron %d of layer %d, %s", o.Victim.kind(), o.Victim.Moved.Neuron, o.Victim.Moved.Layer, p.label(o.Spec.Method))
		}, func(o *outcome) float64 { return o.Distance }, func(o *outcome) figure {
			for i := range o.Score {
				l, k := &o.Score[i], o.Victim.Moved.Neuron-1
				if l.Layer != o.Victim.Moved.Layer {
					continue
				}
				sure := 1.0
				if len(l.Confidence) > 0 {
					sure = l.Confidence[k]
				}
				switch l.Rows[k] {
				case Right, Imprecise:
					return figure{sure, o.stopped()}
				case Wrong:
					return figure{1 - sure, o.stopped()}
				}
			}
			return figure{v: math.NaN()}
		})}
}

// confidences are those of rows with one of the letters.
func (l *Layer) confidences(letters string) []float64 {
	var all []float64
	for k := range l.Rows {
		row := Layer{Rows: l.Rows[k : k+1]}
		if row.count(letters) == 1 {
			c := 1.0
			if len(l.Confidence) > 0 {
				c = l.Confidence[k]
			}
			all = append(all, c)
		}
	}
	return all
}

// accuracyByFlips is Figure 3 of Foerster et al.: what wrong signs of the least
// certain neurons cost.
func accuracyByFlips(p *part) Figure {
	f := Figure{Title: p.Title, About: "The victim itself, with the rows whose signs were least certain turned round in the layer that was attacked. " + aboutPoints,
		X: Axis{Label: "signs turned round, the least certain first"}, Y: Axis{Label: "accuracy on MNIST, per cent"}}
	for _, g := range groups(p.runs, func(o *outcome) string {
		return fmt.Sprintf("%s, %s, %s", o.Victim.kind(), layerName(p.looked(o)), p.label(o.Spec.Method))
	}) {
		s := Series{Name: g.name}
		for n := range p.Flips + 1 {
			var values []figure
			for _, o := range g.runs {
				if n < len(o.Accuracy) {
					values = append(values, figure{v: 100 * o.Accuracy[n]})
				}
			}
			if len(values) > 0 {
				s.Points = append(s.Points, summary(values).point(float64(n)))
			}
		}
		f.Series = append(f.Series, s)
	}
	return f
}

// recoveredByWidth is the share of rows with their signs against the layer's width.
func recoveredByWidth(p *part) Figure {
	return Figure{Title: p.Title, About: aboutPoints + " A run that was stopped counts with what it had.", X: Axis{Label: "neurons of the layer", Log: true}, Y: Axis{Label: "share of rows recovered, with sign", Share: true},
		Series: series(p.runs, p.named, p.width, func(o *outcome) figure {
			n, of := o.rows(p.looked(o), "RI")
			return figure{float64(n) / float64(max(of, 1)), o.stopped()}
		})}
}

// queriesByWidth and secondsByWidth are Figures 4 and 5 of Foerster et al.
func queriesByWidth(p *part) Figure {
	return Figure{Title: p.Title, About: aboutPoints, X: Axis{Label: "neurons of the layer", Log: true}, Y: Axis{Label: "queries", Log: true},
		Series: series(p.runs, p.named, p.width, allQueries)}
}

func secondsByWidth(p *part) Figure {
	return Figure{Title: p.Title, About: aboutPoints, X: Axis{Label: "neurons of the layer", Log: true}, Y: Axis{Label: "seconds in all", Log: true},
		Series: series(p.runs, p.named, p.width, allSeconds)}
}

// queriesByParameters holds queries per parameter against the floor.
func queriesByParameters(p *part) Figure {
	params := func(o *outcome) float64 { return float64(nn.ParamsOf(o.Spec.Sizes)) }
	f := Figure{Title: p.Title, About: aboutPoints + " The floor: an answer is as many numbers as there are outputs, and every parameter is one number.",
		X: Axis{Label: "parameters", Log: true}, Y: Axis{Label: "queries per parameter and output", Log: true},
		Series: series(p.runs, p.named, params, func(o *outcome) figure {
			outputs := float64(o.Spec.Sizes[len(o.Spec.Sizes)-1])
			return figure{float64(o.Queries) * outputs / params(o), o.stopped()}
		})}
	low, high := math.Inf(1), math.Inf(-1)
	for _, s := range f.Series {
		for _, pt := range s.Points {
			low, high = min(low, pt.X), max(high, pt.X)
		}
	}
	if low <= high {
		f.Series = append(f.Series, Series{Name: "floor", Bound: true, Points: []Point{{X: low, Y: 1, Low: 1, High: 1}, {X: high, Y: 1, Low: 1, High: 1}}})
	}
	return f
}

// errorByDepth is how exact the rows of each layer are.
func errorByDepth(p *part) Figure {
	f := Figure{Title: p.Title, About: aboutPoints + fmt.Sprintf(" A row is exact below %.0e.", fidelity.RowTolerance),
		X: Axis{Label: "layer"}, Y: Axis{Label: "worst relative error of a row", Log: true}}
	for _, g := range groups(p.runs, func(o *outcome) string { return o.Victim.kind() + ", " + p.named(o) }) {
		s := Series{Name: g.name}
		byLayer := map[int][]figure{}
		for _, o := range g.runs {
			for i := range o.Score {
				if l := &o.Score[i]; l.count("M") < len(l.Rows) {
					byLayer[l.Layer] = append(byLayer[l.Layer], figure{v: l.Worst})
				}
			}
		}
		for layer := 1; layer <= len(g.runs[0].Spec.Sizes)-2; layer++ {
			if len(byLayer[layer]) > 0 {
				s.Points = append(s.Points, summary(byLayer[layer]).point(float64(layer)))
			}
		}
		f.Series = append(f.Series, s)
	}
	return f
}

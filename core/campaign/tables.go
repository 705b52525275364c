package campaign

import (
	"fmt"
	"strings"

	"peel/core/nn"
)

const aboutTimes = "Median (range) over seeds. Seconds are those of the run's own thread; \">\" and \"…\" mean that runs were stopped before they had it. " +
	"Signatures are critical points and rows up to scale; signs are which side is active. Solved means that every row of the setting was recognised (to 1e-2 of its norm) with its sign; exact rows are right to 1e-8. " +
	"Complete is what a run says of itself: a neuron that never switches has no row to find, and a network can be the same function without it."

// methodsTable is Table 1 of Foerster et al.: every method on every network.
func methodsTable(p *part) Table {
	t := Table{Title: p.Title, About: aboutTimes, Columns: []string{"network", "method", "setting", "solved", "complete", "rows found", "rows exact", "signs right", "worst row error",
		"signatures s", "signs s", "all s", "signature queries", "sign queries", "all queries"}}
	for _, g := range groups(p.runs, func(o *outcome) string { return o.Victim.kind() + "\n" + p.described(o) }) {
		o := g.runs[0]
		spent := func(sign bool, queries bool) string {
			which, of, format := signatures, stepSeconds, seconds
			if sign {
				which = signs
			}
			if queries {
				of, format = stepQueries, whole
			}
			return g.of(func(o *outcome) figure { return o.spent(p.looked(o), which, of) }).spread(format)
		}
		found, rows := g.tally(p, "RIWU")
		exact := 0
		for _, o := range g.runs {
			exact += o.exact(p.looked(o))
		}
		worst := g.of(func(o *outcome) figure { return figure{v: o.worst(p.looked(o))} })
		t.Rows = append(t.Rows, Row{Runs: g.places(), Cells: []string{
			o.Victim.kind(), p.label(o.Spec.Method), p.setting(o), g.ended(func(o *outcome) bool { return o.solved(p.looked(o)) }),
			g.count(func(o *outcome) bool { return o.Complete }), share(found, rows), share(exact, rows), signed(g.runs, p.looked), tiny(worst.high),
			spent(false, false), spent(true, false), g.of(allSeconds).spread(seconds),
			spent(false, true), spent(true, true), g.of(allQueries).spread(whole),
		}})
	}
	return t
}

func allSeconds(o *outcome) figure { return figure{o.Seconds, o.stopped()} }
func allQueries(o *outcome) figure { return figure{float64(o.Queries), o.stopped()} }

// described is method and setting.
func (p *part) described(o *outcome) string {
	return p.label(o.Spec.Method) + "\n" + o.Spec.Method.String() + "\n" + p.setting(o)
}

// setting is that of the method, and which layer of a run on all of them is shown.
func (p *part) setting(o *outcome) string {
	s := o.Spec.Method.Setting()
	if o.Spec.Method.Idealised == 0 && p.Layer > 0 {
		s += fmt.Sprintf(", its layer %d", p.Layer)
	}
	return s
}

// layersTable is Table 2 of Foerster et al.: mean and variance, layer by layer.
func layersTable(p *part) Table {
	t := Table{Title: p.Title, About: "Mean and variance over training and extraction seeds, of runs that were not stopped before they had the figure. Seconds are those of the run's own thread.",
		Columns: []string{"network", "method", "setting", "layer", "solved", "rows found", "signs right", "signatures s", "variance", "signs s", "variance", "signature queries", "variance", "sign queries", "variance"}}
	for _, g := range groups(p.runs, func(o *outcome) string { return o.Victim.kind() + "\n" + p.described(o) }) {
		first := g.runs[0]
		for layer := 1; layer <= len(first.Spec.Sizes)-2; layer++ {
			if k := p.looked(first); k > 0 && k != layer {
				continue
			}
			found, rows := 0, 0
			for _, o := range g.runs {
				n, of := o.rows(layer, "RIWU")
				found, rows = found+n, rows+of
			}
			cells := []string{first.Victim.kind(), p.label(first.Spec.Method), first.Spec.Method.Setting(), fmt.Sprint(layer),
				g.ended(func(o *outcome) bool { return o.solved(layer) }), share(found, rows), signed(g.runs, func(*outcome) int { return layer })}
			add := func(s stat, format func(float64) string) {
				mean, variance := s.moments(format)
				cells = append(cells, mean, variance)
			}
			add(g.of(func(o *outcome) figure { return o.spent(layer, signatures, stepSeconds) }), seconds)
			add(g.of(func(o *outcome) figure { return o.spent(layer, signs, stepSeconds) }), seconds)
			add(g.of(func(o *outcome) figure { return o.spent(layer, signatures, stepQueries) }), whole)
			add(g.of(func(o *outcome) figure { return o.spent(layer, signs, stepQueries) }), whole)
			t.Rows = append(t.Rows, Row{cells, g.places()})
		}
	}
	return t
}

// answersTable says what survives answers of lower precision.
func answersTable(p *part) Table {
	t := Table{Title: p.Title, About: "Median (range) over seeds; the worst of all for errors. The last error is |f − f̂| relative to the largest answer, on normal and uniform inputs.",
		Columns: []string{"network", "answers", "method", "setting", "complete", "rows found", "signs right", "worst row error", "|f − f̂|", "queries"}}
	for _, g := range groups(p.runs, func(o *outcome) string { return o.Victim.kind() + "\n" + o.answers().String() + "\n" + p.described(o) }) {
		o := g.runs[0]
		found, rows := g.tally(p, "RIWU")
		worst := g.of(func(o *outcome) figure { return figure{v: o.worst(p.looked(o))} })
		off := g.of(func(o *outcome) figure { return figure{v: o.Answers} })
		t.Rows = append(t.Rows, Row{Runs: g.places(), Cells: []string{
			o.Victim.kind(), o.answers().String(), p.label(o.Spec.Method), p.setting(o), g.ended(func(o *outcome) bool { return o.Complete }),
			share(found, rows), signed(g.runs, p.looked), tiny(worst.high), tiny(off.high), g.of(allQueries).spread(whole),
		}})
	}
	return t
}

// String says how exact answers are: "float64", "6 decimals".
func (a Answers) String() string {
	var words []string
	if a.Format != "" {
		words = append(words, a.Format)
	}
	if a.Decimals > 0 {
		words = append(words, fmt.Sprintf("%d decimals", a.Decimals))
	}
	if a.Noise > 0 {
		words = append(words, fmt.Sprintf("noise %g", a.Noise))
	}
	if len(words) == 0 {
		words = append(words, "float64")
	}
	if a.Plain {
		words = append(words, "plain")
	}
	return strings.Join(words, ", ")
}

// floorTable holds queries against the fewest that could do: an answer is as many
// numbers as there are outputs, and every parameter is one number.
func floorTable(p *part) Table {
	t := Table{Title: p.Title, About: "Median (range) over seeds. The floor is the number of parameters over the number of outputs, because an answer is that many numbers.",
		Columns: []string{"network", "method", "setting", "parameters", "complete", "floor", "queries", "queries over floor", "queries per parameter", "seconds", "worst row error"}}
	for _, g := range groups(p.runs, func(o *outcome) string { return o.Victim.kind() + "\n" + p.described(o) }) {
		o := g.runs[0]
		sizes := o.Spec.Sizes
		params := float64(nn.ParamsOf(sizes))
		floor := params / float64(sizes[len(sizes)-1])
		per := func(unit float64) string {
			return g.of(func(o *outcome) figure { return figure{float64(o.Queries) / unit, o.stopped()} }).spread(ratio)
		}
		worst := g.of(func(o *outcome) figure { return figure{v: o.worst(p.looked(o))} })
		t.Rows = append(t.Rows, Row{Runs: g.places(), Cells: []string{
			o.Victim.kind(), p.label(o.Spec.Method), p.setting(o), whole(params), g.ended(func(o *outcome) bool { return o.Complete }), whole(floor),
			g.of(allQueries).spread(whole), per(floor), per(params), g.of(allSeconds).spread(seconds), tiny(worst.high),
		}})
	}
	return t
}

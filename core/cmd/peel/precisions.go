package main

import (
	"fmt"
	"io"
	"slices"

	"peel/core/fidelity"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models/random"
)

// precisions are the rows of the table, from exact to coarse.
var precisions = []struct {
	name string
	oracle.Precision
}{
	{"float64", oracle.Precision{}},
	{"float32", oracle.Precision{Format: "float32"}},
	{"float16", oracle.Precision{Format: "float16"}},
	{"12 decimals", oracle.Precision{Decimals: 12}},
	{"9 decimals", oracle.Precision{Decimals: 9}},
	{"6 decimals", oracle.Precision{Decimals: 6}},
	{"4 decimals", oracle.Precision{Decimals: 4}},
	{"noise 1e-12", oracle.Precision{Noise: 1e-12}},
	{"noise 1e-9", oracle.Precision{Noise: 1e-9}},
	{"noise 1e-6", oracle.Precision{Noise: 1e-6}},
	{"noise 1e-3", oracle.Precision{Noise: 1e-3}},
}

// precisionVictims are attacked when none are named, beside a random network.
var precisionVictims = []string{"mnist-784-8x2-1-s1", "mnist-784-16x2-1-s1"}

// randomVictim is a network of the literature's smallest shape.
func randomVictim() (*loaded, error) {
	net, err := random.Carlini([]int{10, 5, 5, 1}, 1)
	if err != nil {
		return nil, err
	}
	return &loaded{name: "random 10-5-5-1", net: net}, nil
}

// benchPrecisions attacks every victim at every precision and prints what
// survives: medians over the seeds.
func benchPrecisions(e env, victims []*loaded, from, to uint64, limits run.Limits, workers int) error {
	for _, v := range victims {
		fmt.Fprintf(e.out, "\n%s\n", v.name)
		precisionLine(e.out, "ANSWERS", "EXACT TO", "NEURONS", "SIGNS", "ROW ERROR", "|F − F̂|", "QUERIES", "ENDED")
		opt := fidelity.Options{Seed: 1, Samples: 2000}
		for _, p := range precisions {
			limits.Precision = p.Precision
			var runs []*measured
			for seed := from; seed <= to; seed++ {
				m, err := bench(v, seed, limits, workers, opt)
				if err != nil {
					return fmt.Errorf("%s, %s, seed %d: %w", v.name, p.name, seed, err)
				}
				runs = append(runs, m)
			}
			precisionLine(e.out, survival(p.name, runs)...)
		}
	}
	return nil
}

// precisionLine prints a row as it comes, so its columns have fixed widths.
func precisionLine(out io.Writer, cells ...string) {
	widths := []int{12, 8, 13, 5, 9, 8, 7, 0}
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(out, "  ")
		}
		fmt.Fprintf(out, "%-*s", widths[i], c)
	}
	fmt.Fprintln(out)
}

// survival is one line of the table: how exact the answers are and how far off
// the recovered network's, both relative to the largest, and medians of the rest.
func survival(name string, runs []*measured) []string {
	v := runs[0].victim
	neurons := ""
	for i := range v.net.Hidden() {
		n := middle(runs, func(m *measured) float64 { return float64(m.report.Layers[i].Neurons - m.report.Layers[i].Missing) })
		if i > 0 {
			neurons += " "
		}
		neurons += fmt.Sprintf("%g/%d", n, v.net.Layers[i].Out)
	}
	right := middle(runs, func(m *measured) float64 {
		n := 0
		for _, l := range m.report.Layers {
			if !l.Output {
				n += l.Right + l.Imprecise
			}
		}
		return float64(n)
	})
	total := 0
	for _, w := range v.net.Sizes()[1 : v.net.Hidden()+1] {
		total += w
	}
	row := middle(runs, func(m *measured) float64 { return m.report.WorstRow() })
	relative := middle(runs, relative)
	queries := middle(runs, func(m *measured) float64 { return float64(m.outcome.Queries) })
	exact := "–"
	if p := middle(runs, func(m *measured) float64 { return m.outcome.Precision }); p > 0 {
		exact = fmt.Sprintf("%.0e", p)
	}
	return []string{name, exact, neurons, fmt.Sprintf("%g/%d", right, total), fmt.Sprintf("%.1e", row), fmt.Sprintf("%.1e", relative), fmt.Sprintf("%.0f", queries), ended(runs)}
}

// relative is the largest |f − f̂| / max |f| of a run.
func relative(m *measured) float64 {
	worst := 0.0
	for _, s := range m.report.Samples {
		worst = max(worst, s.MaxError/s.MaxF)
	}
	return worst
}

// ended says how many runs were complete, or why the first that was not ended.
func ended(runs []*measured) string {
	complete, why := 0, ""
	for _, m := range runs {
		if m.outcome.Complete {
			complete++
		} else if why == "" {
			why = m.outcome.Missing[0]
		}
	}
	s := fmt.Sprintf("%d of %d complete", complete, len(runs))
	if why != "" {
		s += "; " + why
	}
	return s
}

// middle is the median of a figure over runs.
func middle(runs []*measured, of func(m *measured) float64) float64 {
	var all []float64
	for _, m := range runs {
		all = append(all, of(m))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

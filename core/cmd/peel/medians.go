package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// medians prints one line a victim: how many runs were good, and the median and
// range over the seeds of what they cost and how exact they were.
func medians(out io.Writer, runs []*measured) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nVICTIM\tPARAMETERS\tGOOD\tQUERIES PER PARAMETER\tSECONDS\tWORST ROW ERROR\tWORST |F − F̂| / MAX |F|")
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && runs[n].victim == runs[0].victim {
			n++
		}
		group := runs[:n]
		runs = runs[n:]
		good, rowError, relative := 0, 0.0, 0.0
		var queries, seconds []float64
		params := group[0].victim.net.Params()
		for _, m := range group {
			if m.good() {
				good++
			}
			queries = append(queries, float64(m.outcome.Queries)/float64(params))
			seconds = append(seconds, m.seconds)
			rowError = max(rowError, m.report.WorstRow())
			for _, s := range m.report.Samples {
				relative = max(relative, s.MaxError/s.MaxF)
			}
		}
		fmt.Fprintf(w, "%s\t%d\t%d of %d\t%s\t%s\t%.1e\t%.1e\n", group[0].victim.name, params, good, n,
			spread(queries, "%.2f"), spread(seconds, "%.2f"), rowError, relative)
	}
	w.Flush()
}

// spread prints the median and the range of some figures: "1.80 (1.62–2.01)".
func spread(v []float64, format string) string {
	slices.Sort(v)
	mid := v[len(v)/2]
	if len(v)%2 == 0 {
		mid = (v[len(v)/2-1] + mid) / 2
	}
	return fmt.Sprintf(format+" ("+format+"–"+format+")", mid, v[0], v[len(v)-1])
}

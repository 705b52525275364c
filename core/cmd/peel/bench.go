package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"peel/core/extract"
	"peel/core/fidelity"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models"
)

// benchCommand runs a campaign, or attacks victims with several seeds and scores
// every result.
func benchCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	seeds := flags.String("seeds", "1-5", "`range` of seeds")
	workers := flags.Int("workers", 1, "`number` of tasks done at a time")
	plain := flags.Bool("plain", false, "write every query out as a full input")
	budget := flags.Int64("budget", 0, "the most `queries` a run may ask, 0 for any number")
	byPrecision := flags.Bool("precisions", false, "show what survives answers of lower precision and noise")
	var exact oracle.Precision
	precisionFlags(flags, &exact)
	var c campaignFlags
	c.add(flags)
	found, err := parse(e, flags, args, "CAMPAIGN.json | VICTIM…")
	if err != nil {
		return 0, err
	}
	if c.meant(found) {
		return c.run(e, flags, found)
	}
	from, to, err := parseRange(*seeds)
	if err != nil {
		return 0, err
	}
	if *workers < 1 || *workers > maxWorkers {
		return 0, fmt.Errorf("--workers is %d; choose 1 to %d", *workers, maxWorkers)
	}
	var victims []*loaded
	if *byPrecision && len(found) == 0 {
		v, err := randomVictim()
		if err != nil {
			return 0, err
		}
		victims, found = append(victims, v), precisionVictims
	}
	if len(found) == 0 {
		entries, err := models.Catalogue()
		if err != nil {
			return 0, err
		}
		for _, entry := range entries {
			found = append(found, entry.Name)
		}
	}
	for _, arg := range found {
		v, err := load(arg)
		if err != nil {
			return 0, err
		}
		notify(e.err, v)
		victims = append(victims, v)
	}
	limits := run.Limits{Plain: *plain, Budget: *budget, Precision: exact}
	if *byPrecision {
		return exitOK, benchPrecisions(e, victims, from, to, limits, *workers)
	}
	table := newBenchTable(e.out, victims)
	code := exitOK
	var runs []*measured
	for _, v := range victims {
		opt := fidelity.Options{Seed: 1}
		addImages(&opt, v)
		for seed := from; seed <= to; seed++ {
			b, err := bench(v, seed, limits, *workers, opt)
			if err != nil {
				return 0, fmt.Errorf("%s, seed %d: %w", v.name, seed, err)
			}
			table.row(b)
			runs = append(runs, b)
			if !b.good() {
				code = exitIncomplete
			}
		}
	}
	medians(e.out, runs)
	return code, nil
}

// parseRange reads "3" or "1-5".
func parseRange(s string) (from, to uint64, err error) {
	first, last, isRange := strings.Cut(s, "-")
	if !isRange {
		last = first
	}
	from, err = strconv.ParseUint(first, 10, 53)
	if err == nil {
		to, err = strconv.ParseUint(last, 10, 53)
	}
	if err != nil || from > to {
		return 0, 0, fmt.Errorf("--seeds %s is not a range of seeds; write 7 or 1-5", s)
	}
	return from, to, nil
}

// measured is one run and its score.
type measured struct {
	victim  *loaded
	seed    uint64
	outcome *extract.Outcome
	seconds float64
	digest  string
	report  *fidelity.Report
}

func bench(v *loaded, seed uint64, limits run.Limits, workers int, opt fidelity.Options) (*measured, error) {
	spec := run.NewSpec(run.Victim{Name: v.name, SHA256: v.net.Fingerprint()}, v.net.Sizes(), seed)
	spec.Oracle = limits
	if err := spec.Check(); err != nil {
		return nil, err
	}
	begin := time.Now()
	outcome, err := run.Drive(context.Background(), spec, run.NewPool(oracles(v, workers, spec)), &run.Memory{}, func(extract.Event) {})
	if err != nil {
		return nil, err
	}
	m := &measured{victim: v, seed: seed, outcome: outcome, seconds: time.Since(begin).Seconds(), digest: run.Digest(outcome.Network, outcome.ByPhase)}
	opt.Undecided = outcome.Undecided()
	m.report, err = fidelity.Compare(v.net, outcome.Network, opt)
	return m, err
}

// good reports whether the run recovered everything.
func (m *measured) good() bool {
	return m.outcome.Complete && m.report.Identical() && m.report.Equivalent()
}

// benchTable prints rows as they come, so its columns have fixed widths.
type benchTable struct {
	out   io.Writer
	width int // of the names
}

func newBenchTable(out io.Writer, victims []*loaded) *benchTable {
	t := &benchTable{out: out}
	for _, v := range victims {
		t.width = max(t.width, len(v.name))
	}
	t.line("VICTIM", "SEED", "GOOD", "QUERIES", "PER PARAMETER", "SECONDS", "ROW ERROR", "REL N(0,1)", "REL U[0,1]", "REL IMAGES", "SIGNS WRONG", "ROWS MISSING", "DIGEST")
	return t
}

func (t *benchTable) row(m *measured) {
	good := "yes"
	if !m.good() {
		good = "NO"
	}
	relative := []string{"–", "–", "–"} // largest |f − f̂| over largest |f|
	for i, s := range m.report.Samples {
		relative[i] = fmt.Sprintf("%.1e", s.MaxError/s.MaxF)
	}
	t.line(m.victim.name, fmt.Sprint(m.seed), good, fmt.Sprint(m.outcome.Queries),
		fmt.Sprintf("%.2f", float64(m.outcome.Queries)/float64(m.victim.net.Params())), fmt.Sprintf("%.3f", m.seconds),
		fmt.Sprintf("%.1e", m.report.WorstRow()), relative[0], relative[1], relative[2],
		fmt.Sprint(m.report.WrongSigns()), fmt.Sprint(m.report.Missing()), m.digest)
}

func (t *benchTable) line(cells ...string) {
	widths := []int{t.width, 4, 4, 8, 13, 8, 9, 10, 10, 10, 11, 12, 0}
	for i, c := range cells {
		fmt.Fprintf(t.out, "%-*s", widths[i], c)
		if i < len(cells)-1 {
			fmt.Fprint(t.out, "  ")
		}
	}
	fmt.Fprintln(t.out)
}

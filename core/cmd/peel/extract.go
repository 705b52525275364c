package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"time"

	"peel/core/extract"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models/recovered"
)

const maxWorkers = 1024

// extractFlags are the flags of "peel extract".
type extractFlags struct {
	seed    uint64
	workers int
	json    bool
	budget  int64
	plain   bool
	exact   oracle.Precision
	journal string
	out     string
}

func extractCommand(e env, args []string) (int, error) {
	var f extractFlags
	flags := flag.NewFlagSet("extract", flag.ContinueOnError)
	flags.Uint64Var(&f.seed, "seed", 1, "`number` from which all random choices follow")
	flags.IntVar(&f.workers, "workers", runtime.NumCPU(), "`number` of tasks done at a time; the digest does not depend on it")
	flags.BoolVar(&f.json, "json", false, "write every event as one line of JSON")
	flags.Int64Var(&f.budget, "budget", 0, "the most `queries` to ask, 0 for any number")
	flags.BoolVar(&f.plain, "plain", false, "write every query out as a full input, as a remote victim must be asked")
	precisionFlags(flags, &f.exact)
	flags.StringVar(&f.journal, "journal", "", "`file` that keeps the run, so that it can be interrupted and go on")
	flags.StringVar(&f.out, "o", "", "`file` to write the recovered network to")
	found, err := parse(e, flags, args, "VICTIM")
	if err != nil {
		return 0, err
	}
	if f.workers < 1 || f.workers > maxWorkers {
		return 0, fmt.Errorf("--workers is %d; choose 1 to %d", f.workers, maxWorkers)
	}
	victim, err := load(found[0])
	if err != nil {
		return 0, err
	}
	notify(e.err, victim)
	spec := run.NewSpec(run.Victim{Name: victim.name, SHA256: victim.net.Fingerprint()}, victim.net.Sizes(), f.seed)
	spec.Oracle = run.Limits{Plain: f.plain, Budget: f.budget, Precision: f.exact}
	if err := spec.Check(); err != nil {
		return 0, fmt.Errorf("%w; change the flag or the victim", err)
	}
	var out *output
	if f.out != "" {
		if out, err = newOutput(f.out); err != nil {
			return 0, err
		}
		defer out.discard()
	}
	var journal run.Journal = &run.Memory{}
	if f.journal != "" {
		file, err := openJournal(f.journal, spec)
		if err != nil {
			return 0, err
		}
		defer file.Close()
		journal = file
	}
	return drive(e, f, victim, spec, journal, out)
}

// drive runs the extraction and shows how it ends.
func drive(e env, f extractFlags, victim *loaded, spec run.Spec, journal run.Journal, out *output) (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once

	show := newProgress(e, f.json)
	begin := time.Now()
	var last extract.Event
	outcome, err := run.Drive(ctx, spec, run.NewPool(oracles(victim, f.workers, spec)), journal, func(ev extract.Event) {
		ev.Seconds = time.Since(begin).Seconds()
		last = ev
		show.event(ev)
	})
	show.end()
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(e.err, interrupted(f, last.Queries))
		return exitIncomplete, nil
	}
	if err != nil {
		return 0, fmt.Errorf("the run stopped: %w", err)
	}
	if out != nil {
		if err := out.write(outcome.Network, recovered.Meta(spec, outcome)); err != nil {
			return 0, err
		}
	}
	if !f.json {
		summary(e, f, outcome, last)
	}
	if !outcome.Complete {
		return exitIncomplete, nil
	}
	return exitOK, nil
}

// oracles returns one oracle of the victim for each worker.
func oracles(victim *loaded, workers int, spec run.Spec) []oracle.Oracle {
	all := make([]oracle.Oracle, workers)
	for i := range all {
		all[i] = spec.Limit(oracle.NewVictim(victim.net))
	}
	return all
}

func newProgress(e env, asJSON bool) progress {
	switch {
	case asJSON:
		return jsonLines{e.out}
	case isTerminal(e.err):
		return &redrawn{out: e.err}
	}
	return &plainLines{out: e.err}
}

func interrupted(f extractFlags, queries int64) string {
	if f.journal == "" {
		return fmt.Sprintf("peel extract: stopped after %d queries; nothing was kept, so start again with --journal FILE to be able to go on", queries)
	}
	return fmt.Sprintf("peel extract: stopped after %d queries; run the same command again to go on from %s", queries, f.journal)
}

// summary prints the result; queries, seconds and digest are the last lines.
func summary(e env, f extractFlags, o *extract.Outcome, done extract.Event) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(e.out, "%-9s%s\n", name, fmt.Sprintf(format, args...))
	}
	switch {
	case o.Complete && o.Precision > 0:
		line("complete", "yes: every neuron was recovered and the network checked on fresh queries, as far as these are exact")
	case o.Complete:
		line("complete", "yes: every neuron was recovered and the network checked on fresh queries")
	default:
		line("complete", "no")
	}
	for _, m := range o.Missing {
		line("missing", "%s", m)
	}
	if o.Verified {
		line("error", "%.2g of the largest answer, at most, on fresh queries", o.MaxError)
		if o.Precision > 0 {
			line("answers", "are exact to %.2g of the largest one; complete means an error of at most %d times that", o.Precision, extract.VerifyErrors)
		}
	}
	printCoverage(e.out, o.Coverage)
	var phases []string
	for _, p := range extract.Phases {
		if n := o.ByPhase[p]; n > 0 {
			phases = append(phases, fmt.Sprintf("%s %d", p, n))
		}
	}
	line("phases", "%s", strings.Join(phases, ", "))
	if f.out != "" {
		line("wrote", "%s", f.out)
	} else {
		line("wrote", "nothing: add -o FILE to keep the recovered network")
	}
	line("queries", "%d", o.Queries)
	line("seconds", "%.3f", done.Seconds)
	line("digest", "%s", done.Digest)
}

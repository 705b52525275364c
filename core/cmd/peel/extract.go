package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"peel/core/cmd/remote"
	"peel/core/extract"
	"peel/core/link"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models/recovered"
)

// extractFlags are the flags of "peel extract".
type extractFlags struct {
	runFlags
	remoteFlags
	json bool
	out  string
}

func extractCommand(e env, args []string) (int, error) {
	var f extractFlags
	flags := flag.NewFlagSet("extract", flag.ContinueOnError)
	f.runFlags.add(flags)
	flags.BoolVar(&f.json, "json", false, "write every event as one line of JSON")
	flags.StringVar(&f.out, "o", "", "`file` to write the recovered network to")
	f.remoteFlags.add(flags)
	found, err := parse(e, flags, args, "[VICTIM]")
	if err != nil {
		return 0, err
	}
	if f.oracle != "" {
		f.askedFully(flags, &f.runFlags)
	}
	if err := checkWorkers(f.workers); err != nil {
		return 0, err
	}
	victim, err := f.victim(found)
	if err != nil {
		return 0, err
	}
	notify(e.err, victim)
	spec, err := f.spec(victim)
	if err != nil {
		return 0, err
	}
	var out *output
	if f.out != "" {
		if out, err = newOutput(f.out); err != nil {
			return 0, err
		}
		defer out.discard()
	}
	journal, done, err := f.keep(spec)
	if err != nil {
		return 0, err
	}
	defer done()
	return drive(e, f, victim, spec, journal, out)
}

// drive runs the extraction and shows how it ends.
func drive(e env, f extractFlags, victim *loaded, spec run.Spec, journal run.Journal, out *output) (int, error) {
	outcome, last, err := attack(e, f.workers, f.json, victim, spec, journal)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(e.err, interrupted("extract", f.journal, last.Queries))
		return exitIncomplete, nil
	}
	if remote.Later(err) {
		fmt.Fprintf(e.err, "peel extract: stopped after %d queries: %v\n", last.Queries, err)
		return exitIncomplete, nil
	}
	if err != nil {
		return 0, err
	}
	if out != nil {
		if err := out.write(outcome.Network, recovered.Meta(spec, outcome)); err != nil {
			return 0, err
		}
	}
	if !f.json {
		summary(e, f, spec, outcome, last, victim.remote, linkTo(victim, spec, outcome))
	}
	if !outcome.Achieved() {
		return exitIncomplete, nil
	}
	return exitOK, nil
}

// attack runs an extraction, shows its progress, and returns its last event too.
// Its error is context.Canceled after Ctrl-C.
func attack(e env, workers int, asJSON bool, victim *loaded, spec run.Spec, journal run.Journal) (*extract.Outcome, extract.Event, error) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once

	show := watch(newProgress(e, asJSON), victim.remote)
	begin := time.Now()
	var last extract.Event
	outcome, err := run.Drive(ctx, spec, run.NewPool(oracles(victim, workers, spec)), journal, func(ev extract.Event) {
		ev.Seconds = time.Since(begin).Seconds()
		last = ev
		show.event(ev)
	})
	show.end()
	if err != nil && !errors.Is(err, context.Canceled) && !remote.Later(err) {
		err = fmt.Errorf("the run stopped: %w", err)
	}
	return outcome, last, err
}

// oracles returns one oracle of the victim for each worker.
func oracles(victim *loaded, workers int, spec run.Spec) []oracle.Oracle {
	all := make([]oracle.Oracle, workers)
	for i := range all {
		all[i] = spec.Limit(victim.oracle(spec))
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

func interrupted(command, journal string, queries int64) string {
	if journal == "" {
		return fmt.Sprintf("peel %s: stopped after %d queries; nothing was kept, so start again with --journal FILE to be able to go on", command, queries)
	}
	return fmt.Sprintf("peel %s: stopped after %d queries; run the same command again to go on from %s", command, queries, journal)
}

// linkTo returns the link to a finished run, empty for a victim that no link can
// name.
func linkTo(victim *loaded, spec run.Spec, o *extract.Outcome) string {
	if victim.remote != nil {
		return ""
	}
	named, err := nameVictim(victim)
	if err != nil {
		return ""
	}
	experiment, claim := link.Of(spec, named), link.ClaimOf(o)
	experiment.Claim = &claim
	text, _ := link.Encode(experiment)
	return text
}

// summary prints the result; queries, seconds and digest are the last lines.
func summary(e env, f extractFlags, spec run.Spec, o *extract.Outcome, done extract.Event, asked *remote.Client, link string) {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(e.out, "%-9s%s\n", name, fmt.Sprintf(format, args...))
	}
	if !spec.Method.Default() {
		line("method", "%s", spec.Method)
		line("setting", "%s", spec.Method.Setting())
	}
	switch {
	case o.Idealised > 0 && o.Achieved():
		line("complete", "layer %d, and nothing else: the run is idealised", o.Idealised)
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
	if asked != nil {
		line("asked", "%s", requests(asked.Stats()))
	}
	if f.out != "" {
		line("wrote", "%s", f.out)
	} else {
		line("wrote", "nothing: add -o FILE to keep the recovered network")
	}
	if link != "" {
		line("link", "%s", link)
	}
	line("queries", "%d", o.Queries)
	line("seconds", "%.3f", done.Seconds)
	line("digest", "%s", done.Digest)
}

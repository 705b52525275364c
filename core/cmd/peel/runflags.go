package main

import (
	"flag"
	"fmt"
	"runtime"

	"peel/core/method"
	"peel/core/oracle"
	"peel/core/run"
)

const maxWorkers = 1024

// runFlags are the flags that say which run is meant and how it is done.
type runFlags struct {
	seed    uint64
	workers int
	budget  int64
	plain   bool
	exact   oracle.Precision
	journal string
	method  method.Method
}

func (f *runFlags) add(flags *flag.FlagSet) {
	flags.Uint64Var(&f.seed, "seed", 1, "`number` from which all random choices follow")
	workersFlag(flags, &f.workers)
	flags.Int64Var(&f.budget, "budget", 0, "the most `queries` to ask, 0 for any number")
	flags.BoolVar(&f.plain, "plain", false, "write every query out as a full input, as a remote victim must be asked")
	precisionFlags(flags, &f.exact)
	methodFlags(flags, &f.method)
	flags.StringVar(&f.journal, "journal", "", "`file` that keeps the run, so that it can be interrupted and go on")
}

func workersFlag(flags *flag.FlagSet, workers *int) {
	flags.IntVar(workers, "workers", runtime.NumCPU(), "`number` of tasks done at a time; the digest does not depend on it")
}

func checkWorkers(n int) error {
	if n < 1 || n > maxWorkers {
		return fmt.Errorf("--workers is %d; choose 1 to %d", n, maxWorkers)
	}
	return nil
}

// begin loads the victim and returns the spec of the run.
func (f *runFlags) begin(arg string) (*loaded, run.Spec, error) {
	if err := checkWorkers(f.workers); err != nil {
		return nil, run.Spec{}, err
	}
	victim, err := load(arg)
	if err != nil {
		return nil, run.Spec{}, err
	}
	spec, err := f.spec(victim)
	return victim, spec, err
}

// spec returns the spec of the run.
func (f *runFlags) spec(victim *loaded) (run.Spec, error) {
	spec := run.NewSpec(run.Victim{Name: victim.name, SHA256: victim.fingerprint()}, victim.sizes(), f.seed)
	spec.Oracle = run.Limits{Plain: f.plain, Budget: f.budget, Precision: f.exact}
	spec.Method = f.method
	if err := spec.Check(); err != nil {
		return spec, fmt.Errorf("%w; change the flag or the victim", err)
	}
	return spec, nil
}

// keep returns the run's journal, and what is to be done with it in the end.
func (f *runFlags) keep(spec run.Spec) (journal run.Journal, done func(), err error) {
	if f.journal == "" {
		return &run.Memory{}, func() {}, nil
	}
	file, err := openJournal(f.journal, spec)
	if err != nil {
		return nil, nil, err
	}
	return file, func() { file.Close() }, nil
}

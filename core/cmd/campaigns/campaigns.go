// Package campaigns runs them: it makes their victims, does their runs, each on
// a thread of its own and several at once, and appends what came of each to a
// results file. A campaign that was stopped goes on where it was.
package campaigns

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"

	"peel/core/campaign"
	"peel/core/method"
	"peel/core/run"
)

// Options say how a campaign is run.
type Options struct {
	Results string // file to append to
	AtOnce  int    // runs at a time
	Machine string // in words, "" for what the program can tell of it
	Victims Victims
	Log     io.Writer
}

// Machine describes this one as far as the program can tell.
func Machine() string {
	return fmt.Sprintf("%d cores, %s/%s, %s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), clock)
}

// Run does every run of a campaign that its results do not have yet. When ctx is
// cancelled it returns ctx.Err(), and what was done is kept.
func Run(ctx context.Context, c *campaign.Campaign, opt Options) (*campaign.Results, error) {
	machine := Machine()
	if opt.Machine != "" {
		machine = opt.Machine + "; " + machine
	}
	file, err := open(opt.Results, campaign.Header{Campaign: c, Engine: run.Engine, Machine: machine, AtOnce: opt.AtOnce})
	if err != nil {
		return nil, err
	}
	defer file.Close()
	jobs := c.Jobs()
	todo, err := prepare(file.have, jobs, &opt)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(opt.Log, "%d runs, %d of them still to do, %d at a time\n", len(jobs), len(todo), opt.AtOnce)
	return file.have, work(ctx, file, todo, len(jobs), &opt)
}

// prepare makes the victims and returns the jobs to be done. Whatever is wrong
// with one of them is said before the first begins.
func prepare(have *campaign.Results, jobs []campaign.Job, opt *Options) ([]campaign.Job, error) {
	by := have.By()
	var todo []campaign.Job
	for _, j := range jobs {
		if by[j.Key()] == nil {
			todo = append(todo, j)
		}
	}
	if len(todo) == 0 {
		return nil, nil
	}
	if err := opt.Victims.makeAll(jobs, opt.AtOnce); err != nil {
		return nil, err
	}
	for _, j := range jobs {
		net := opt.Victims.made[j.Victim]
		spec := specOf(j, net.Network)
		if err := spec.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", j.Victim.Name(), err)
		}
		if r := by[j.Key()]; r != nil && r.Spec.Victim.SHA256 != spec.Victim.SHA256 {
			return nil, fmt.Errorf("%s was another network when %s was begun; choose another file with --results", j.Victim.Name(), opt.Results)
		}
		if j.Method.Published() {
			if _, err := method.Installed(); err != nil {
				return nil, fmt.Errorf("%s: %w", j.Method, err)
			}
		}
	}
	return todo, nil
}

// work does the jobs and records each as it ends.
func work(ctx context.Context, file *resultsFile, todo []campaign.Job, all int, opt *Options) error {
	if len(todo) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan campaign.Job)
	var mu sync.Mutex
	var wg sync.WaitGroup
	done := all - len(todo)
	for range opt.AtOnce {
		wg.Go(func() {
			runtime.LockOSThread() // its processor time is that of the run
			if err := warmUp(ctx, todo); err != nil {
				cancel(err)
			}
			for j := range queue {
				r, err := do(ctx, j, opt.Victims.made[j.Victim])
				mu.Lock()
				if err == nil {
					err = file.record(r)
				}
				if err == nil {
					done++
					fmt.Fprintf(opt.Log, "%*d of %d  %s\n", len(fmt.Sprint(all)), done, all, r)
				}
				mu.Unlock()
				if err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for _, j := range todo {
		select {
		case queue <- j:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	wg.Wait()
	return context.Cause(ctx)
}

// warmUp does one small run of every method, which is not recorded: the first run
// of a program pays for what the later ones find ready.
func warmUp(ctx context.Context, todo []campaign.Job) error {
	victim := campaign.Victim{Network: campaign.Network{Random: "10-5x2-1"}, Seed: 1}
	v := Victims{}
	net, err := v.make(victim)
	if err != nil {
		return err
	}
	seen := map[method.Method]bool{}
	for _, j := range todo {
		m := j.Method
		if m.Idealised > 0 {
			m.Idealised = min(m.Idealised, net.Hidden())
		}
		if seen[m] {
			continue
		}
		seen[m] = true
		small := campaign.Job{Victim: victim, Method: m, Oracle: run.Limits{Budget: 20_000}, Seed: 1, Seconds: 1}
		if _, err := do(ctx, small, &made{Network: net}); err != nil {
			return err
		}
	}
	return nil
}

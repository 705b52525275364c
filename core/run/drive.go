package run

import (
	"context"
	"fmt"

	"peel/core/extract"
)

// Executor runs the tasks of one round, in any order and anywhere, and calls
// put with each result as it comes (from one goroutine at a time). It returns
// once every task has been put, or with an error when it cannot go on.
//
// state stands at the round of the tasks and must only be read: several
// goroutines may call its Do. Replicas elsewhere must have applied every
// earlier round: history is the list of their results, in order.
type Executor interface {
	Run(ctx context.Context, state *extract.State, history []extract.Result, tasks []extract.Task, put func(extract.Result) error) error
}

// Sink receives events. It must not block for long.
type Sink func(extract.Event)

// Drive runs the extraction that spec describes from wherever its journal
// stands to its end. Results are journalled before they are applied, so a run
// that is interrupted at any point goes on from there, and ends with the same
// digest. When ctx is cancelled it returns ctx.Err(); nothing is lost.
func Drive(ctx context.Context, spec Spec, exec Executor, journal Journal, sink Sink) (*extract.Outcome, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	state := NewState(spec)
	old, err := journal.Load()
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	sink(state.StartEvent(len(old) > 0))
	var history []extract.Result
	spent := newTally()
	for {
		tasks := state.Tasks()
		if len(tasks) == 0 {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		results := make([]extract.Result, len(tasks))
		have := make([]bool, len(tasks))
		var rest []extract.Task
		for _, r := range old {
			if r.Round == tasks[0].Round && r.Index >= 0 && r.Index < len(tasks) {
				if !have[r.Index] {
					sink(spent.add(tasks[r.Index], r))
				}
				results[r.Index], have[r.Index] = r, true
			}
		}
		for i, t := range tasks {
			if !have[i] {
				rest = append(rest, t)
			}
		}
		put := func(r extract.Result) error {
			if r.Round != tasks[0].Round || r.Index < 0 || r.Index >= len(tasks) {
				return fmt.Errorf("a result of round %d, task %d came in round %d of %d tasks", r.Round, r.Index, tasks[0].Round, len(tasks))
			}
			if have[r.Index] {
				return nil
			}
			if err := journal.Append(r); err != nil {
				return fmt.Errorf("writing the journal: %w", err)
			}
			results[r.Index], have[r.Index] = r, true
			sink(spent.add(tasks[r.Index], r))
			return nil
		}
		if len(rest) > 0 {
			if err := exec.Run(ctx, state, history, rest, put); err != nil {
				return nil, err
			}
		}
		for i := range tasks {
			if !have[i] {
				return nil, fmt.Errorf("round %d, task %d was never finished", tasks[0].Round, i)
			}
		}
		events, err := state.Apply(results)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			sink(e)
		}
		history = append(history, results...)
	}
	out := state.Outcome()
	sink(DoneEvent(out))
	return out, nil
}

// NewState returns the state of a run before its first round.
func NewState(spec Spec) *extract.State {
	return extract.New(extract.Config{Sizes: spec.Sizes, Seed: spec.Seed, Budget: spec.Oracle.Budget, Method: spec.Method})
}

// DoneEvent is the last event of a run.
func DoneEvent(out *extract.Outcome) extract.Event {
	e := out.Event()
	e.Digest = Digest(out.Network, out.ByPhase)
	return e
}

package run

import (
	"fmt"

	"peel/core/extract"
	"peel/core/oracle"
)

// Worker is a replica of a run's state that does tasks for it, beside an oracle
// of its own. It is what runs in a Web Worker or a goroutine of its own.
type Worker struct {
	spec   Spec
	state  *extract.State
	victim oracle.Oracle // as it is
	o      oracle.Oracle // as the spec lets the attack see it
}

// NewWorker returns a worker at the start of the run.
func NewWorker(spec Spec, o oracle.Oracle) (*Worker, error) {
	if err := spec.Check(); err != nil {
		return nil, err
	}
	if in, out := o.Shape(); in != spec.Sizes[0] || out != spec.Sizes[len(spec.Sizes)-1] {
		return nil, fmt.Errorf("%w: the oracle maps R^%d to R^%d but the sizes say R^%d to R^%d",
			ErrSpec, in, out, spec.Sizes[0], spec.Sizes[len(spec.Sizes)-1])
	}
	return &Worker{spec: spec, state: NewState(spec), victim: o, o: spec.Limit(o)}, nil
}

// Beside returns a worker on the same replica, for another task of the round at
// the same time. The oracle must allow that. Only w may be brought forward, and
// not meanwhile.
func (w *Worker) Beside() *Worker {
	beside := *w
	beside.o = w.spec.Limit(w.victim)
	return &beside
}

// Apply brings the replica forward by whole rounds of results, in order.
func (w *Worker) Apply(results []extract.Result) error {
	for len(results) > 0 {
		n := len(w.state.Tasks())
		if n == 0 || n > len(results) {
			return fmt.Errorf("the results do not make whole rounds")
		}
		if _, err := w.state.Apply(results[:n]); err != nil {
			return err
		}
		results = results[n:]
	}
	return nil
}

// Round returns the round the replica stands at.
func (w *Worker) Round() int { return w.state.Round() }

// Do does one task of the current round.
func (w *Worker) Do(t extract.Task) (extract.Result, error) {
	return w.state.Do(t, w.o)
}

package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"

	"peel/core/extract"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/run"
	"peel/models/random"
)

// victim is a small generated network: two hidden layers, 117 parameters, an
// attack of a few milliseconds.
func victim(t testing.TB) *nn.Network {
	t.Helper()
	net, err := random.Carlini([]int{12, 6, 5, 1}, victimSeed)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// victimSeed is the smallest with which every neuron of both layers switches.
const victimSeed = 1

func specOf(net *nn.Network, seed uint64) run.Spec {
	return run.NewSpec(run.Victim{Name: "test", SHA256: net.Fingerprint()}, net.Sizes(), seed)
}

// pool returns an executor of n goroutines, and how many queries reach the victim.
func pool(net *nn.Network, n int) (run.Executor, *atomic.Int64) {
	asked := new(atomic.Int64)
	oracles := make([]oracle.Oracle, n)
	for i := range oracles {
		oracles[i] = oracle.Pass(counting{oracle.NewVictim(net), asked}, oracle.Inside(net))
	}
	return run.NewPool(oracles), asked
}

// counting counts points where they arrive, apart from the engine's own count.
type counting struct {
	oracle.Oracle
	n *atomic.Int64
}

func (c counting) Query(x, y []float64) error {
	in, _ := c.Shape()
	c.n.Add(int64(len(x) / in))
	return c.Oracle.Query(x, y)
}

func (c counting) Steps(base []float64, coord []int, step, y []float64) error {
	c.n.Add(int64(len(coord)))
	return c.Oracle.Steps(base, coord, step, y)
}

func (c counting) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	o, err := c.Oracle.Restrict(base, dirs)
	return counting{o, c.n}, err
}

func quiet(extract.Event) {}

// finish drives a run to its end and returns its digest.
func finish(t testing.TB, spec run.Spec, exec run.Executor, journal run.Journal) (*extract.Outcome, string) {
	t.Helper()
	out, err := run.Drive(context.Background(), spec, exec, journal, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return out, run.Digest(out.Network, out.ByPhase)
}

// reference is a whole run with one worker and the journal it leaves.
func reference(t testing.TB, spec run.Spec, net *nn.Network) (*extract.Outcome, string, []extract.Result) {
	t.Helper()
	exec, _ := pool(net, 1)
	journal := &run.Memory{}
	out, digest := finish(t, spec, exec, journal)
	results, _ := journal.Load()
	return out, digest, results
}

// holding returns a journal with these results in it, each through JSON as a
// file or a database keeps it.
func holding(t testing.TB, results []extract.Result) *run.Memory {
	t.Helper()
	m := &run.Memory{}
	for _, r := range results {
		m.Append(throughJSON(t, r))
	}
	return m
}

func throughJSON(t testing.TB, r extract.Result) extract.Result {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back extract.Result
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	return back
}

// replicas is an executor of workers that keep their own replica of the state,
// see nothing but tasks and results as JSON, and finish in any order.
type replicas struct {
	t       testing.TB
	spec    run.Spec
	net     *nn.Network
	workers []*run.Worker
	applied []int // results given to each worker
	order   *rng.Stream
	lazy    bool // workers sit out rounds at random and catch up later
}

func newReplicas(t testing.TB, spec run.Spec, net *nn.Network, n int, seed uint64) *replicas {
	e := &replicas{t: t, spec: spec, net: net, workers: make([]*run.Worker, n), applied: make([]int, n), order: rng.New(seed)}
	for i := range e.workers {
		e.start(i)
	}
	return e
}

// start replaces worker i by a new one that knows nothing.
func (e *replicas) start(i int) {
	w, err := run.NewWorker(e.spec, oracle.Inside(e.net))
	if err != nil {
		e.t.Fatal(err)
	}
	e.workers[i], e.applied[i] = w, 0
}

func (e *replicas) Run(ctx context.Context, _ *extract.State, history []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	for _, i := range e.order.Perm(len(tasks)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := e.order.Intn(len(e.workers))
		if e.order.Intn(20) == 0 { // a worker dies now and then
			e.start(k)
		}
		if err := e.workers[k].Apply(history[e.applied[k]:]); err != nil {
			return err
		}
		e.applied[k] = len(history)
		var task extract.Task
		data, _ := json.Marshal(tasks[i])
		if err := json.Unmarshal(data, &task); err != nil {
			return err
		}
		r, err := e.workers[k].Do(task)
		if err != nil {
			return err
		}
		for range 1 + e.order.Intn(2) { // a task given to two workers comes back twice
			if err := put(throughJSON(e.t, r)); err != nil {
				return err
			}
		}
	}
	return nil
}

// failing passes tasks on until left of them are done.
type failing struct {
	run.Executor
	left int
	err  error
}

var errStopped = errors.New("the executor stopped")

func (f *failing) Run(ctx context.Context, s *extract.State, h []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	return f.Executor.Run(ctx, s, h, tasks, func(r extract.Result) error {
		if f.left == 0 {
			return f.err
		}
		f.left--
		return put(r)
	})
}

package run_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"peel/core/extract"
	"peel/core/oracle"
	"peel/core/run"
)

var errDisk = errors.New("the disk is full")

// broken is a journal whose disk fails.
type broken struct {
	run.Memory
	load error
	left int // results that can still be appended
}

func (b *broken) Load() ([]extract.Result, error) {
	if b.load != nil {
		return nil, b.load
	}
	return b.Memory.Load()
}

func (b *broken) Append(r extract.Result) error {
	if b.left == 0 {
		return errDisk
	}
	b.left--
	return b.Memory.Append(r)
}

func TestJournalErrorsEndTheRun(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	exec, asked := pool(net, 2)
	_, err := run.Drive(context.Background(), spec, exec, &broken{load: errDisk}, quiet)
	if !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "reading the journal") || asked.Load() != 0 {
		t.Errorf("an unreadable journal: %v after %d queries", err, asked.Load())
	}
	_, err = run.Drive(context.Background(), spec, exec, &broken{left: 5}, quiet)
	if !errors.Is(err, errDisk) || !strings.Contains(err.Error(), "writing the journal") {
		t.Errorf("a full disk: %v", err)
	}
}

// An executor that fails leaves a journal from which the run goes on.
func TestExecutorErrorLosesNothing(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	_, digest, results := reference(t, spec, net)
	for k := 0; k < len(results); k += 7 {
		exec, _ := pool(net, 2)
		journal := &run.Memory{}
		_, err := run.Drive(context.Background(), spec, &failing{exec, k, errStopped}, journal, quiet)
		if !errors.Is(err, errStopped) {
			t.Fatalf("stopped after %d results: %v", k, err)
		}
		if kept, _ := journal.Load(); len(kept) != k {
			t.Errorf("stopped after %d results, %d in the journal", k, len(kept))
		}
		if _, d := finish(t, spec, exec, journal); d != digest {
			t.Errorf("stopped after %d results: digest %s, want %s", k, d, digest)
		}
	}
}

// lying is an executor that gives back wrong results.
type lying func(tasks []extract.Task, put func(extract.Result) error) error

func (l lying) Run(_ context.Context, _ *extract.State, _ []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	return l(tasks, put)
}

func TestWrongResultsAreRefused(t *testing.T) {
	net := victim(t)
	for _, c := range []struct {
		name string
		exec lying
		want string
	}{
		{"nothing", func([]extract.Task, func(extract.Result) error) error { return nil }, "round 0, task 0 was never finished"},
		{"another round", func(_ []extract.Task, put func(extract.Result) error) error { return put(extract.Result{Round: 3}) }, "round 3, task 0 came in round 0"},
		{"index too large", func(_ []extract.Task, put func(extract.Result) error) error { return put(extract.Result{Index: 99}) }, "task 99"},
		{"negative index", func(_ []extract.Task, put func(extract.Result) error) error { return put(extract.Result{Index: -1}) }, "task -1"},
		{"garbage", func(_ []extract.Task, put func(extract.Result) error) error {
			return put(extract.Result{Phase: extract.PhaseSubspace, Data: []byte(`"garbage"`)})
		}, "damaged"},
	} {
		_, err := run.Drive(context.Background(), specOf(net, 1), c.exec, &run.Memory{}, quiet)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// A journal is data from a disk: whatever it holds, the run ends with an error
// or goes on; it does not crash.
func TestDamagedJournal(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	_, digest, results := reference(t, spec, net)
	for _, c := range []struct {
		name  string
		spoil func(r *extract.Result)
		want  string // part of the error; empty: the result is of no round and ignored
	}{
		{"negative index", func(r *extract.Result) { r.Index = -1 }, ""},
		{"index too large", func(r *extract.Result) { r.Index = 1000 }, ""},
		{"negative round", func(r *extract.Result) { r.Round = -1 }, ""},
		{"round too large", func(r *extract.Result) { r.Round = 100_000 }, ""},
		{"no data", func(r *extract.Result) { r.Data = nil }, "damaged"},
		{"cut data", func(r *extract.Result) { r.Data = r.Data[:len(r.Data)/2] }, "damaged"},
		{"another type", func(r *extract.Result) { r.Data = []byte("[1, 2]") }, "damaged"},
	} {
		for _, k := range []int{0, 1, len(results) / 2, len(results) - 1} {
			journal := &run.Memory{}
			for i, r := range results {
				if i == k {
					c.spoil(&r)
				}
				journal.Append(r)
			}
			exec, _ := pool(net, 1)
			out, err := run.Drive(context.Background(), spec, exec, journal, quiet)
			switch {
			case c.want == "" && (err != nil || run.Digest(out.Network, out.ByPhase) != digest):
				t.Errorf("%s, result %d: %v, want the run to go on to the same end", c.name, k, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%s, result %d: got %v, want %q", c.name, k, err, c.want)
			}
		}
	}
}

// The journal of another run is refused in one plain sentence. (Hosts compare
// specs first; this is the last line of defence.)
func TestJournalOfAnotherRun(t *testing.T) {
	net := victim(t)
	_, _, results := reference(t, specOf(net, 1), net)
	other := specOf(net, 1)
	other.Sizes = []int{12, 7, 6, 5, 1}
	exec, _ := pool(net, 1)
	_, err := run.Drive(context.Background(), other, exec, holding(t, results), quiet)
	if err == nil || !strings.Contains(err.Error(), "journal") {
		t.Errorf("got %v, want an error about the journal", err)
	}
}

// The sink sees a start, nothing before its results are in the journal, and one
// end that tells the digest.
func TestEvents(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	for _, kept := range []int{0, 30} {
		_, digest, results := reference(t, spec, net)
		journal := holding(t, results[:kept])
		exec, _ := pool(net, 2)
		var events []extract.Event
		out, err := run.Drive(context.Background(), spec, exec, journal, func(e extract.Event) {
			stored, _ := journal.Load()
			if queries(stored) < e.Queries {
				t.Errorf("event %q tells of %d queries, the journal holds %d", e.Type, e.Queries, queries(stored))
			}
			events = append(events, e)
		})
		if err != nil {
			t.Fatal(err)
		}
		first, last := events[0], events[len(events)-1]
		if first.Type != "start" || first.Resumed != (kept > 0) || !reflect.DeepEqual(first.Sizes, spec.Sizes) || first.Params != net.Params() {
			t.Errorf("the first event is %+v", first)
		}
		if last.Type != "done" || last.Digest != digest || !last.Complete || last.Queries != out.Queries || last.MaxError != out.MaxError {
			t.Errorf("the last event is %+v", last)
		}
		count, before := map[string]int{}, int64(0)
		for _, e := range events {
			count[e.Type]++
			if e.V != extract.EventVersion || e.Queries < before {
				t.Errorf("event %+v: wrong version, or fewer queries than before", e)
			}
			before = e.Queries
		}
		// Six neurons and five, each completed before it is signed. (More can be
		// completed: what turns out to belong to a deeper layer is dropped again.)
		type neuron struct{ layer, index int }
		completed, signed := map[neuron]bool{}, map[neuron]bool{}
		for _, e := range events {
			switch at := (neuron{e.Layer, e.Neuron}); e.Type {
			case "completed":
				completed[at] = true
			case "signed":
				if !completed[at] || signed[at] || !(e.Confidence > 0.9 && e.Confidence <= 1) {
					t.Errorf("signed too early, twice or faintly: %+v", e)
				}
				signed[at] = true
			}
		}
		if len(signed) != 11 || count["start"] != 1 || count["done"] != 1 || count["missing"] != 0 {
			t.Errorf("%d signed; events: %v", len(signed), count)
		}
		sum := int64(0)
		for _, n := range last.ByPhase {
			sum += n
		}
		if sum != last.Queries {
			t.Errorf("the phases add up to %d of %d queries", sum, last.Queries)
		}
	}
}

func TestCancelledBeforeItBegins(t *testing.T) {
	net := victim(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	exec, asked := pool(net, 2)
	if _, err := run.Drive(ctx, specOf(net, 1), exec, &run.Memory{}, quiet); !errors.Is(err, context.Canceled) || asked.Load() != 0 {
		t.Errorf("got %v after %d queries", err, asked.Load())
	}
}

// An oracle error ends a pool's round, with all its goroutines, and the journal
// keeps what was answered before: once the oracle answers again, the run goes on.
func TestOracleErrorInTheMiddle(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	want, digest, _ := reference(t, spec, net)
	for n := int64(0); n < want.Queries; n += 97 {
		left := new(atomic.Int64)
		left.Store(n)
		oracles := make([]oracle.Oracle, 4)
		for i := range oracles {
			oracles[i] = fading{oracle.NewVictim(net), left}
		}
		journal := &run.Memory{}
		_, err := run.Drive(context.Background(), spec, run.NewPool(oracles), journal, quiet)
		if !errors.Is(err, errFaded) {
			t.Fatalf("the oracle fails after %d queries: %v", n, err)
		}
		exec, asked := pool(net, 2)
		kept, _ := journal.Load()
		if _, d := finish(t, spec, exec, journal); d != digest || asked.Load() != want.Queries-queries(kept) {
			t.Errorf("the oracle fails after %d queries: digest %s, want %s; %d queries to go on, want %d", n, d, digest, asked.Load(), want.Queries-queries(kept))
		}
	}
}

var errFaded = errors.New("the line is dead")

// fading fails once left points are answered.
type fading struct {
	oracle.Oracle
	left *atomic.Int64
}

func (f fading) take(n int) error {
	if f.left.Add(-int64(n)) < 0 {
		return errFaded
	}
	return nil
}

func (f fading) Query(x, y []float64) error {
	in, _ := f.Shape()
	if err := f.take(len(x) / in); err != nil {
		return err
	}
	return f.Oracle.Query(x, y)
}

func (f fading) Steps(base []float64, coord []int, step, y []float64) error {
	if err := f.take(len(coord)); err != nil {
		return err
	}
	return f.Oracle.Steps(base, coord, step, y)
}

func (f fading) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	o, err := f.Oracle.Restrict(base, dirs)
	return fading{o, f.left}, err
}

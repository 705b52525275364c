//go:build js && wasm

// Package conductor is the role that runs extractions: it holds the state and
// the journal, gives tasks to the pool of hands that the worker script keeps,
// and reports events. It has no oracle and asks nothing itself.
package conductor

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"

	"peel/core/method"
	"peel/core/oracle"
	"peel/core/run"
	"peel/wasm/internal/bridge"
	"peel/wasm/internal/journal"
)

type conductor struct {
	host  js.Value
	store *journal.Store
	going *going // nil between runs
}

// Main serves the role and never returns.
func Main() {
	c := &conductor{host: bridge.Host()}
	c.store = c.open()
	bridge.Serve(map[string]bridge.Method{
		"list":      c.list,
		"spec":      c.spec,
		"start":     c.start,
		"resume":    c.resume,
		"pause":     c.pause,
		"continue":  c.carryOn,
		"remove":    c.remove,
		"recovered": c.recovered,
		"events":    c.events,
		"export":    c.export,
		"adopt":     c.adopt,
	})
}

// open opens what keeps the runs. With host.fleeting that is this worker's
// memory, and nobody is warned: these runs are only to be looked at.
func (c *conductor) open() *journal.Store {
	if c.host.Get("fleeting").Truthy() {
		return journal.NewStore(nil, errFleeting, func(string, string) {})
	}
	db, err := journal.OpenDatabase()
	var disk journal.Keeper
	if err == nil {
		disk = db
	}
	return journal.NewStore(disk, err, func(runID, message string) {
		c.push(map[string]any{"push": "notice", "notice": map[string]any{"kind": "storage", "message": message, "runId": runID}})
	})
}

var errFleeting = errors.New("its runs are only to be looked at")

// push sends something unasked. It is Push in wasm/protocol.ts.
func (c *conductor) push(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain data
	}
	c.host.Call("push", string(text))
}

func (c *conductor) list(js.Value) (any, error) {
	runs, err := c.store.List()
	if err != nil {
		return nil, err
	}
	kind, warning := c.store.Kind()
	return bridge.Value(map[string]any{
		"runs":    runs,
		"storage": map[string]any{"kind": kind, "persisted": false, "warning": warning},
	})
}

// spec {spec: SpecInput} or {runId} answers with the text of the whole spec.
func (c *conductor) spec(p js.Value) (any, error) {
	var spec run.Spec
	if id := p.Get("runId"); id.Type() == js.TypeString {
		m, err := c.store.Get(id.String())
		if err != nil {
			return nil, err
		}
		if m.Status == journal.Done {
			return nil, errors.New("this run is finished: there is nothing to resume")
		}
		spec = m.Spec
	} else {
		var in struct {
			Victim run.Victim `json:"victim"`
			Sizes  []int      `json:"sizes"`
			Seed   *float64   `json:"seed"`
			Budget float64    `json:"budget"`
			Plain  bool       `json:"plain"`
			oracle.Precision
			Method method.Method `json:"method"`
		}
		if err := bridge.Parse(p.Get("spec"), &in); err != nil {
			return nil, fmt.Errorf("%w: %v", run.ErrSpec, err)
		}
		if in.Seed == nil || !whole(*in.Seed) || *in.Seed > run.MaxSeed {
			return nil, fmt.Errorf("%w: the seed must be a whole number from 0 to %d", run.ErrSpec, int64(run.MaxSeed))
		}
		if !whole(in.Budget) {
			return nil, fmt.Errorf("%w: the query budget must be a whole number, 0 for any number of queries", run.ErrSpec)
		}
		spec = run.NewSpec(in.Victim, in.Sizes, uint64(*in.Seed))
		spec.Oracle = run.Limits{Plain: in.Plain, Budget: int64(in.Budget), Precision: in.Precision}
		spec.Method = in.Method
	}
	if err := spec.Check(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(spec)
	return string(text), err
}

func whole(v float64) bool { return v >= 0 && v <= run.MaxSeed && v == float64(int64(v)) }

// remove {runId}
func (c *conductor) remove(p js.Value) (any, error) {
	return nil, c.store.Delete(p.Get("runId").String())
}

// recovered {runId} answers with the file of the recovered network.
func (c *conductor) recovered(p js.Value) (any, error) {
	file, err := c.store.Network(p.Get("runId").String())
	if err != nil {
		return nil, err
	}
	return bridge.Uint8Array(file), nil
}

//go:build js && wasm

package conductor

import (
	"context"
	"errors"
	"syscall/js"

	"peel/core/extract"
	"peel/core/run"
	"peel/wasm/internal/bridge"
	"peel/wasm/internal/journal"
)

// events {runId} answers with every event of a run so far, by driving it from
// its journal until it would have to ask something.
func (c *conductor) events(p js.Value) (any, error) {
	m, err := c.store.Get(p.Get("runId").String())
	if err != nil {
		return nil, err
	}
	results, _, err := c.store.Results(m.ID)
	if err != nil {
		return nil, err
	}
	events := []extract.Event{}
	sink := func(e extract.Event) {
		e.MaxError = journal.Finite(e.MaxError)
		if e.Type == "done" {
			e.Seconds = m.Seconds
		}
		events = append(events, e)
	}
	_, err = run.Drive(context.Background(), m.Spec, noHands{}, past(results), sink)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return bridge.Value(events)
}

var errEnough = errors.New("the journal ends here")

// noHands does no task.
type noHands struct{}

func (noHands) Run(context.Context, *extract.State, []extract.Result, []extract.Task, func(extract.Result) error) error {
	return errEnough
}

// past is a journal that is only read.
type past []extract.Result

func (p past) Load() ([]extract.Result, error) { return p, nil }
func (past) Append(extract.Result) error       { return errEnough }

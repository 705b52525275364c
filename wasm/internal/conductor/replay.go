//go:build js && wasm

package conductor

import (
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
	if _, err := run.Replay(m.Spec, results, sink); err != nil {
		return nil, err
	}
	return bridge.Value(events)
}

//go:build js && wasm

package conductor

import (
	"errors"
	"fmt"
	"syscall/js"
	"time"

	"peel/core/extract"
	"peel/core/run"
	"peel/models/recovered"
	"peel/models/weights"
	"peel/wasm/internal/bridge"
	"peel/wasm/internal/journal"
)

// export {runId} answers with the parts of a run, as far as it went: {spec,
// journal, figures, recovered?}.
func (c *conductor) export(p js.Value) (any, error) {
	m, err := c.store.Get(p.Get("runId").String())
	if err != nil {
		return nil, err
	}
	results, _, err := c.store.Results(m.ID)
	if err != nil {
		return nil, err
	}
	checked, err := run.Look(m.Spec, results, func(extract.Event) {})
	if err != nil {
		return nil, err
	}
	checked.Figures.Seconds = m.Seconds
	r, err := checked.Record()
	if err != nil {
		return nil, err
	}
	out := map[string]any{"spec": bridge.Uint8Array(r.Spec), "journal": bridge.Uint8Array(r.Journal), "figures": bridge.Uint8Array(r.Figures)}
	if checked.Outcome != nil {
		file, err := recovered.Encode(m.Spec, checked.Outcome)
		if err != nil {
			return nil, err
		}
		out["recovered"] = bridge.Uint8Array(file)
	}
	return out, nil
}

// adopt {runId, spec, journal, figures, recovered?, victim?} keeps a run that was handed
// over, under a new id, after replaying it, and answers with its summary.
func (c *conductor) adopt(p js.Value) (any, error) {
	b, err := handedOver(p)
	if err != nil {
		return nil, fmt.Errorf("this run was not imported: %w", err)
	}
	c.store.Write(b)
	return bridge.Value(b.Meta)
}

// handedOver checks a run that may come from a stranger.
func handedOver(p js.Value) (journal.Batch, error) {
	m := journal.Meta{
		ID: p.Get("runId").String(), Created: time.Now().UnixMilli(), Workers: 1, Status: journal.Paused, Imported: true,
		ByPhase: map[extract.Phase]int64{}, Layers: []journal.Layer{}, Warnings: []string{},
	}
	m.Updated = m.Created
	r := run.Record{Spec: bridge.Bytes(p.Get("spec")), Figures: bridge.Bytes(p.Get("figures")), Journal: bridge.Bytes(p.Get("journal"))}
	var b journal.Batch
	checked, err := r.Check(func(e extract.Event) {
		e.MaxError = journal.Finite(e.MaxError)
		m.Follow(e)
	})
	if err != nil {
		return b, err
	}
	m.Spec, m.Seconds = checked.Spec, checked.Figures.Seconds
	b = journal.Batch{ID: m.ID, Results: checked.Results, Meta: &m}
	if checked.Outcome != nil {
		m.Status = journal.Done
		if b.Network, err = recovered.Encode(m.Spec, checked.Outcome); err != nil {
			return b, err
		}
	}
	if claimed := p.Get("recovered"); claimed.Truthy() {
		net, _, err := weights.Decode(bridge.Bytes(claimed))
		if err != nil || checked.Outcome == nil || net.Fingerprint() != checked.Outcome.Network.Fingerprint() {
			return b, errors.New("its recovered network is not the one that its journal gives")
		}
	}
	if victim := p.Get("victim"); victim.Truthy() {
		net, _, err := weights.Decode(bridge.Bytes(victim))
		if err != nil || net.Fingerprint() != m.Spec.Victim.SHA256 {
			return b, errors.New("the victim in it is not the one that the run attacked")
		}
	}
	return b, nil
}

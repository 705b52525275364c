//go:build js && wasm

package conductor

import (
	"context"
	"errors"
	"fmt"
	"syscall/js"
	"time"

	"peel/core/extract"
	"peel/core/run"
	"peel/models/recovered"
	"peel/wasm/internal/journal"
)

// going is the run that is going on.
type going struct {
	c       *conductor
	meta    journal.Meta
	journal *journal.Run
	clock   *clock
	done    *extract.Event // held back until the outcome is kept
	// What is kept and not yet shown: one message tells of a whole batch.
	events []extract.Event
	latest *journal.Meta
}

// start {runId, spec: text, workers} begins a run and answers once it is kept.
func (c *conductor) start(p js.Value) (any, error) {
	spec, err := run.ParseSpec([]byte(p.Get("spec").String()))
	if err != nil {
		return nil, err
	}
	return nil, c.begin(journal.Meta{
		ID: p.Get("runId").String(), Spec: spec, Created: time.Now().UnixMilli(), Workers: p.Get("workers").Int(),
		ByPhase: map[extract.Phase]int64{}, Layers: []journal.Layer{}, Warnings: []string{},
	})
}

// resume {runId, workers} goes on with a run.
func (c *conductor) resume(p js.Value) (any, error) {
	m, err := c.store.Get(p.Get("runId").String())
	if err != nil {
		return nil, err
	}
	m.Workers = p.Get("workers").Int()
	return nil, c.begin(m)
}

func (c *conductor) begin(m journal.Meta) error {
	if c.going != nil {
		return errors.New("another run is going on in this tab: cancel it, or wait for its end")
	}
	m.Status, m.Error = journal.Running, ""
	g := &going{c: c, meta: m, clock: newClock(m.Seconds)}
	g.journal = c.store.Open(m.ID, g.kept)
	c.going = g
	g.note()
	g.journal.Flush()
	go g.drive()
	return nil
}

func (g *going) drive() {
	out, err := g.extract()
	g.clock.stop()
	end := map[string]any{"status": journal.Done}
	if err != nil {
		g.meta.Status, g.meta.Error = journal.Failed, err.Error()
		end = map[string]any{"status": journal.Failed, "error": err.Error()}
	} else {
		g.meta.Status = journal.Done
		if file, err := recovered.Encode(g.meta.Spec, out); err == nil {
			g.journal.SetNetwork(file)
		} else {
			g.meta.Warnings = append(g.meta.Warnings, "the recovered network could not be written to a file: "+err.Error())
		}
	}
	m := g.note()
	end["meta"] = m
	g.journal.After(func() {
		if g.done != nil {
			g.events = append(g.events, *g.done)
		}
		g.latest = &m
	})
	g.journal.Close()
	g.c.going = nil
	g.push(map[string]any{"push": "end", "end": end})
}

// extract drives the run to its end. A mistake in the engine ends the run and
// not the worker.
func (g *going) extract() (out *extract.Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("Peel made a mistake (%v): please report it with the victim and the seed %d", r, g.meta.Spec.Seed)
		}
	}()
	return run.Drive(context.Background(), g.meta.Spec, &pool{host: g.c.host}, g.journal, g.sink)
}

// sink shows an event once everything that led to it is kept.
func (g *going) sink(e extract.Event) {
	e.Seconds = g.clock.seconds()
	e.MaxError = journal.Finite(e.MaxError)
	g.meta.Follow(e)
	if e.Type == "done" {
		g.done = &e
		return
	}
	m := g.note()
	g.journal.After(func() { g.events, g.latest = append(g.events, e), &m })
}

// kept shows what a batch of the journal made certain.
func (g *going) kept() {
	if len(g.events) > 0 {
		g.push(map[string]any{"push": "events", "events": g.events})
	}
	if g.latest != nil {
		g.push(map[string]any{"push": "meta", "meta": g.latest})
	}
	g.events, g.latest = nil, nil
}

// note writes down the summary as it stands, and returns it.
func (g *going) note() journal.Meta {
	g.meta.Updated = time.Now().UnixMilli()
	g.meta.Seconds = g.clock.seconds()
	m := g.meta.Clone()
	g.journal.SetMeta(m)
	return m
}

func (g *going) push(v map[string]any) {
	v["runId"] = g.meta.ID
	g.c.push(v)
}

// pause stops the clock and answers when all is kept. The worker script has
// stopped the hands.
func (c *conductor) pause(js.Value) (any, error) {
	g := c.going
	if g == nil {
		return nil, errNothing
	}
	g.clock.stop()
	g.meta.Status = journal.Paused
	g.show()
	g.journal.Flush()
	return nil, nil
}

// carryOn ends a pause.
func (c *conductor) carryOn(js.Value) (any, error) {
	g := c.going
	if g == nil {
		return nil, errNothing
	}
	g.clock.start()
	g.meta.Status = journal.Running
	g.show()
	return nil, nil
}

func (g *going) show() {
	m := g.note()
	g.journal.After(func() { g.latest = &m })
}

var errNothing = errors.New("no run is going on in this tab")

//go:build js && wasm

// Package hand is the role that asks the questions: a replica of the run beside
// the sealed victim of the same worker, one task at a time. Beside a victim that
// only a server has it does many, because all of them wait most of the time.
package hand

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"syscall/js"

	"peel/core/extract"
	"peel/core/oracle"
	"peel/core/run"
	"peel/wasm/internal/bridge"
	"peel/wasm/internal/pace"
	"peel/wasm/internal/remote"
	"peel/wasm/internal/sealed"
)

type hand struct {
	worker *run.Worker
	limit  pace.Limiter
	remote bool
	// replica is held by a task, alone or, beside a server's victim, with others
	// of the same round: the next may have come already. It is held alone to
	// bring the replica forward.
	replica sync.RWMutex
}

// Main serves the role and never returns.
func Main() {
	h := &hand{}
	bridge.Serve(map[string]bridge.Method{
		"begin": h.begin,
		"apply": h.apply,
		"do":    h.do,
		"hold":  h.hold,
		"pace":  h.pace,
	})
}

// begin {spec: text, pace: number} puts the replica at the start of the run. With
// {inputs, outputs} the victim is a server's, which host.ask asks.
func (h *hand) begin(p js.Value) (any, error) {
	spec, err := run.ParseSpec([]byte(p.Get("spec").String()))
	if err != nil {
		return nil, err
	}
	var victim oracle.Oracle
	if in := p.Get("inputs"); in.Type() == js.TypeNumber {
		h.remote = true
		victim = remote.New(bridge.Host().Get("ask"), in.Int(), p.Get("outputs").Int())
	} else if victim, err = sealed.New(); err != nil {
		return nil, err
	}
	h.limit.Set(p.Get("pace").Float())
	asked := h.limit.Oracle(victim)
	if in, ok := victim.(oracle.Insider); ok { // the worker takes what it tells only in an idealised run
		asked = oracle.Pass(asked, in)
	}
	h.worker, err = run.NewWorker(spec, asked)
	return nil, err
}

// apply {rounds: lists of texts} brings the replica forward by whole rounds, each
// a list of results.
func (h *hand) apply(p js.Value) (any, error) {
	h.replica.Lock()
	defer h.replica.Unlock()
	return nil, h.forward(p)
}

func (h *hand) forward(p js.Value) error {
	if h.worker == nil {
		return errors.New("a result came before the run it belongs to")
	}
	rounds := p.Get("rounds")
	for i := range rounds.Length() {
		round := rounds.Index(i)
		results := make([]extract.Result, round.Length())
		for k := range results {
			var err error
			if results[k], err = extract.ParseResult([]byte(round.Index(k).String())); err != nil {
				return err
			}
		}
		if err := h.worker.Apply(results); err != nil {
			return err
		}
	}
	return nil
}

// do {rounds, task: text} applies the rounds that the replica lacks and does the
// task. It answers with the result.
func (h *hand) do(p js.Value) (any, error) {
	work := h.worker
	if h.remote {
		if p.Get("rounds").Length() > 0 {
			if _, err := h.apply(p); err != nil {
				return nil, err
			}
		}
		h.replica.RLock()
		defer h.replica.RUnlock()
		work = h.worker.Beside()
	} else {
		h.replica.Lock()
		defer h.replica.Unlock()
		if err := h.forward(p); err != nil {
			return nil, err
		}
	}
	var task extract.Task
	if err := json.Unmarshal([]byte(p.Get("task").String()), &task); err != nil {
		return nil, err
	}
	if task.Round != h.worker.Round() {
		return nil, fmt.Errorf("a task of round %d came in round %d", task.Round, h.worker.Round())
	}
	result, err := work.Do(task)
	if err != nil {
		return nil, err
	}
	return string(extract.AppendResult(nil, result)), nil
}

// hold {held} stops a paced hand between two questions. The answer comes when
// the hand asks nothing: at once if it is paced, else after its task.
func (h *hand) hold(p js.Value) (any, error) {
	h.limit.Hold(p.Get("held").Bool())
	return nil, nil
}

// pace {pace} sets the limit of this hand in queries per second.
func (h *hand) pace(p js.Value) (any, error) {
	h.limit.Set(p.Get("pace").Float())
	return nil, nil
}

//go:build js && wasm

package conductor

import (
	"context"
	"encoding/json"
	"syscall/js"

	"peel/core/extract"
	"peel/wasm/internal/bridge"
)

// pool is the run.Executor over the hands that the worker script keeps
// (wasm/pool.ts): the script sees to it that every task is done by some hand,
// whatever becomes of single hands.
type pool struct {
	host js.Value
	told int // results of earlier rounds that the script knows
}

func (p *pool) Run(ctx context.Context, _ *extract.State, history []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	if err := p.tell(history); err != nil {
		return err
	}
	type answer struct {
		result extract.Result
		err    error
	}
	answers := make(chan answer, len(tasks)) // never blocks a hand's answer
	for _, t := range tasks {
		text, err := json.Marshal(t)
		if err != nil {
			return err
		}
		promise := p.host.Call("task", string(text))
		go func() {
			var a answer
			var v js.Value
			if v, a.err = bridge.Await(promise); a.err == nil {
				a.err = json.Unmarshal([]byte(v.String()), &a.result)
			}
			answers <- a
		}()
	}
	for range tasks {
		select {
		case a := <-answers:
			if a.err != nil {
				return a.err
			}
			if err := put(a.result); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// tell hands over what replicas must apply before the tasks of this round.
func (p *pool) tell(history []extract.Result) error {
	if len(history) == p.told {
		return nil
	}
	text, err := json.Marshal(history[p.told:])
	if err != nil {
		return err
	}
	p.told = len(history)
	p.host.Call("round", string(text))
	return nil
}

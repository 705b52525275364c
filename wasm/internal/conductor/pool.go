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

func (p *pool) Run(ctx context.Context, state *extract.State, history []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	p.tell(history)
	type answer struct {
		text   js.Value
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
			if a.text, a.err = bridge.Await(promise); a.err == nil {
				a.result, a.err = extract.ParseResult([]byte(a.text.String()))
			}
			answers <- a
		}()
	}
	whole := len(tasks) == len(state.Tasks())
	texts := make([]any, len(tasks))
	for range tasks {
		select {
		case a := <-answers:
			if a.err != nil {
				return a.err
			}
			if err := put(a.result); err != nil {
				return err
			}
			if whole {
				texts[a.result.Index] = a.text
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if whole { // as the hands gave it, and now: they apply the round while this program does
		p.host.Call("round", texts)
		p.told += len(tasks)
	}
	return nil
}

// tell hands over the rounds that the script does not know: those that came out
// of the journal.
func (p *pool) tell(history []extract.Result) {
	for p.told < len(history) {
		texts, round := []any{}, history[p.told].Round
		for ; p.told < len(history) && history[p.told].Round == round; p.told++ {
			texts = append(texts, string(extract.AppendResult(nil, history[p.told])))
		}
		p.host.Call("round", texts)
	}
}

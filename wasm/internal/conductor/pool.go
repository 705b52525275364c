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
	host  js.Value
	told  int              // results of earlier rounds that the script knows
	texts map[int]js.Value // of the results of this round, as the hands gave them
}

func (p *pool) Run(ctx context.Context, _ *extract.State, history []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	p.tell(history)
	p.texts = make(map[int]js.Value, len(tasks))
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
	for range tasks {
		select {
		case a := <-answers:
			if a.err != nil {
				return a.err
			}
			p.texts[a.result.Index] = a.text
			if err := put(a.result); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// tell hands over what replicas must apply before the tasks of this round. The
// results of the round before go on as they came.
func (p *pool) tell(history []extract.Result) {
	if len(history) == p.told {
		return
	}
	last := history[len(history)-1].Round
	for p.told < len(history) {
		texts, round := []any{}, history[p.told].Round
		for ; p.told < len(history) && history[p.told].Round == round; p.told++ {
			r := history[p.told]
			if text, ok := p.texts[r.Index]; ok && round == last {
				texts = append(texts, text)
			} else {
				texts = append(texts, string(extract.AppendResult(nil, r)))
			}
		}
		p.host.Call("round", texts)
	}
}

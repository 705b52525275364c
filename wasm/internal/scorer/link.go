//go:build js && wasm

package scorer

import (
	"fmt"
	"syscall/js"

	"peel/core/extract"
	"peel/core/link"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models/origin"
	"peel/models/weights"
	"peel/wasm/internal/bridge"
)

// readLink {text} says what a link holds. It is Linked in wasm/protocol.ts.
func readLink(p js.Value) (any, error) {
	e, err := link.Decode(p.Get("text").String())
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"name": e.Victim.Name(), "sizes": e.Victim.Shape(), "engine": e.Engine, "here": run.Engine,
		"seed": e.Seed, "oracle": e.Oracle, "method": e.Method, "attack": e.Attack(), "result": e.Result(),
	}
	switch v := e.Victim.(type) {
	case link.Shipped:
		out["source"], out["sha256"] = "shipped", v.SHA256
	case link.File:
		out["source"], out["sha256"] = "file", v.SHA256
	default:
		out["source"] = "link"
	}
	return bridge.Value(out)
}

// linkVictim {text} makes the network that a link holds, by its recipe or its
// weights, and answers as random does.
func linkVictim(p js.Value) (any, error) {
	e, err := link.Decode(p.Get("text").String())
	if err != nil {
		return nil, err
	}
	net, err := origin.Make(e.Victim)
	if err != nil {
		return nil, err
	}
	meta := weights.Meta{}
	if r, ok := e.Victim.(link.Recipe); ok {
		meta = recipeMeta(r.Seed)
	}
	return victim(net, meta, e.Victim.Name())
}

// makeLink answers with the text of a link. Its input is LinkInput in
// wasm/protocol.ts.
func makeLink(p js.Value) (any, error) {
	var in struct {
		Engine string `json:"engine"`
		Seed   uint64 `json:"seed"`
		Budget int64  `json:"budget"`
		Plain  bool   `json:"plain"`
		oracle.Precision
		Method method.Method `json:"method"`
		Claim  *ended        `json:"claim"`
	}
	if err := bridge.Parse(p.Get("run"), &in); err != nil {
		return nil, fmt.Errorf("%w: its seed and its budget must be whole numbers from 0 to %d", link.ErrExperiment, int64(run.MaxSeed))
	}
	v, err := linkedVictim(p.Get("victim"))
	if err != nil {
		return nil, err
	}
	e := &link.Experiment{Engine: in.Engine, Victim: v, Seed: in.Seed, Method: in.Method,
		Oracle: run.Limits{Plain: in.Plain, Budget: in.Budget, Precision: in.Precision}}
	if e.Engine == "" {
		e.Engine = run.Engine
	}
	if in.Claim != nil {
		claim := in.Claim.claim()
		e.Claim = &claim
	}
	return link.Encode(e)
}

// ended is how a run ended, as far as a link claims it: part of RunMeta.
type ended struct {
	Digest   string                  `json:"digest"`
	Queries  int64                   `json:"queries"`
	Complete bool                    `json:"complete"`
	Coverage []extract.LayerCoverage `json:"coverage"`
}

func (m *ended) claim() link.Claim {
	return link.Claim{Digest: m.Digest, Queries: m.Queries, Complete: m.Complete, Neurons: link.Recovered(m.Coverage)}
}

// linkedVictim reads LinkVictim in wasm/protocol.ts: a file, or the name of what
// is no file.
func linkedVictim(p js.Value) (link.Victim, error) {
	if file := p.Get("bytes"); file.Truthy() {
		net, meta, err := weights.Decode(bridge.Bytes(file))
		if err != nil {
			return nil, err
		}
		return origin.Of(net, meta), nil
	}
	var in struct {
		Source string `json:"source"`
		Name   string `json:"name"`
		SHA256 string `json:"sha256"`
		Sizes  []int  `json:"sizes"`
		Seed   uint64 `json:"seed"`
	}
	if err := bridge.Parse(p, &in); err != nil {
		return nil, fmt.Errorf("%w: its victim needs whole numbers for its sizes and seed", link.ErrExperiment)
	}
	switch in.Source {
	case "shipped":
		return link.Shipped{ID: in.Name, SHA256: in.SHA256, Sizes: in.Sizes}, nil
	case "random":
		return link.Recipe{Generator: link.Carlini, Sizes: in.Sizes, Seed: in.Seed}, nil
	}
	return link.File{SHA256: in.SHA256, Sizes: in.Sizes}, nil
}

// judgeLink {text, engine, run} holds a run against what a link claims. It
// answers with Judgement in wasm/protocol.ts.
func judgeLink(p js.Value) (any, error) {
	e, err := link.Decode(p.Get("text").String())
	if err != nil {
		return nil, err
	}
	var got ended
	if err := bridge.Parse(p.Get("run"), &got); err != nil {
		return nil, fmt.Errorf("the run cannot be compared: %v", err)
	}
	if e.Claim == nil {
		return nil, fmt.Errorf("the link claims no result")
	}
	reproduced, differences := e.Compare(p.Get("engine").String(), got.claim())
	if differences == nil {
		differences = []link.Difference{}
	}
	return bridge.Value(map[string]any{"reproduced": reproduced, "differences": differences})
}

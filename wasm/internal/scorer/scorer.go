//go:build js && wasm

// Package scorer is the role that may see weights and never attacks: it
// validates and seals victims, makes random ones, reads and writes links, and
// compares a recovered network with its victim when a run is over.
package scorer

import (
	"bytes"
	"fmt"
	"strconv"
	"syscall/js"

	"peel/core/extract"
	"peel/core/fidelity"
	"peel/core/link"
	"peel/core/nn"
	"peel/models/mnist"
	"peel/models/random"
	"peel/models/weights"
	"peel/wasm/internal/bridge"
)

// Main serves the role and never returns.
func Main() {
	s := &scorer{}
	bridge.Serve(map[string]bridge.Method{
		"inspect":    inspect,
		"random":     makeRandom,
		"score":      s.score,
		"reveal":     s.reveal,
		"readLink":   readLink,
		"linkVictim": linkVictim,
		"makeLink":   makeLink,
		"judgeLink":  judgeLink,

		"methods":     methods,
		"checkMethod": checkMethod,
	})
}

type scorer struct {
	last pair // the pair compared last
}

// inspect {bytes, name} validates a victim file.
func inspect(p js.Value) (any, error) {
	file := p.Get("bytes")
	if n := file.Get("byteLength").Float(); n > maxFile {
		return nil, fmt.Errorf("%w: it has %.0f MB and no network that Peel can hold has more than %d; choose a smaller one", weights.ErrFile, n/1e6, maxFile/1_000_000)
	}
	net, meta, err := weights.Decode(bridge.Bytes(file))
	if err != nil {
		return nil, err
	}
	return info(net, meta, p.Get("name").String())
}

// maxFile is more than the largest network takes; a larger file is refused
// before it is copied into this program's memory.
const maxFile = 8*nn.MaxParams + 8*nn.MaxWidth + weights.MaxHeader + 8

// info describes a victim; the worker script wraps `sealed` into a Blob.
func info(net *nn.Network, meta weights.Meta, name string) (js.Value, error) {
	v, err := bridge.Value(map[string]any{
		"name": name, "sha256": net.Fingerprint(), "sizes": net.Sizes(), "params": net.Params(), "meta": meta,
	})
	if err != nil {
		return v, err
	}
	v.Set("sealed", bridge.Uint8Array(net.Canonical()))
	return v, nil
}

// makeRandom {sizes, seed}
func makeRandom(p js.Value) (any, error) {
	var in struct {
		Sizes []int   `json:"sizes"`
		Seed  float64 `json:"seed"`
	}
	if err := bridge.Parse(p, &in); err != nil {
		return nil, fmt.Errorf("a random victim needs whole numbers for its sizes and seed")
	}
	if in.Seed < 0 || in.Seed > 1<<53-1 || in.Seed != float64(uint64(in.Seed)) {
		return nil, fmt.Errorf("the seed must be a whole number from 0 to %d", int64(1<<53-1))
	}
	net, err := random.Carlini(in.Sizes, uint64(in.Seed))
	if err != nil {
		return nil, err
	}
	r := link.Recipe{Generator: link.Carlini, Sizes: in.Sizes, Seed: uint64(in.Seed)}
	return victim(net, recipeMeta(r.Seed), r.Name())
}

// recipeMeta is what the file of a random victim says about itself.
func recipeMeta(seed uint64) weights.Meta {
	return weights.Meta{"recipe": "carlini", "seed": strconv.FormatUint(seed, 10)}
}

// victim answers with a network as a file and with what there is to say of it.
func victim(net *nn.Network, meta weights.Meta, name string) (any, error) {
	file, err := weights.Encode(net, meta)
	if err != nil {
		return nil, err
	}
	about, err := info(net, meta, name)
	if err != nil {
		return nil, err
	}
	return map[string]any{"bytes": bridge.Uint8Array(file), "info": about}, nil
}

// pair is a victim, what was recovered of it, and how they compare.
type pair struct {
	victimFile, recoveredFile []byte
	victim, recovered         *nn.Network
	report                    *fidelity.Report
}

// compare reads both files and compares them, or returns the last comparison if
// it was of the same files and images are not asked for.
func (s *scorer) compare(p js.Value, images []float64, labels []int) (*pair, error) {
	next := pair{victimFile: bridge.Bytes(p.Get("victim")), recoveredFile: bridge.Bytes(p.Get("recovered"))}
	same := s.last.report != nil && bytes.Equal(s.last.victimFile, next.victimFile) && bytes.Equal(s.last.recoveredFile, next.recoveredFile)
	if same && images == nil {
		return &s.last, nil
	}
	var err error
	if next.victim, _, err = weights.Decode(next.victimFile); err != nil {
		return nil, fmt.Errorf("the victim: %w", err)
	}
	var meta weights.Meta
	if next.recovered, meta, err = weights.Decode(next.recoveredFile); err != nil {
		return nil, fmt.Errorf("the recovered network: %w", err)
	}
	opt := fidelity.Options{}
	if text, ok := meta["coverage"]; ok {
		if opt.Undecided, err = extract.UndecidedIn(text, next.recovered.Sizes()); err != nil {
			return nil, fmt.Errorf("the recovered network does not say which of its signs are undecided: %w", err)
		}
	}
	if len(images)%next.victim.In() != 0 || next.victim.In() != mnistPixels {
		images, labels = nil, nil // not a network for these pictures
	}
	opt.Images, opt.Labels = images, labels
	next.report, err = fidelity.Compare(next.victim, next.recovered, opt)
	if err != nil {
		return nil, err
	}
	s.last = next
	return &s.last, nil
}

const mnistPixels = 28 * 28

// score {victim, recovered, mnist?: {images, labels}}
func (s *scorer) score(p js.Value) (any, error) {
	var images []float64
	var labels []int
	if m := p.Get("mnist"); m.Truthy() {
		var err error
		if images, err = mnist.Images(bytes.NewReader(bridge.Bytes(m.Get("images")))); err != nil {
			return nil, err
		}
		if labels, err = mnist.Labels(bytes.NewReader(bridge.Bytes(m.Get("labels")))); err != nil {
			return nil, err
		}
	}
	c, err := s.compare(p, images, labels)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"samples": samples(c.report)}
	for _, x := range c.report.Samples {
		if x.Name == "images" {
			out["agreement"] = x.Agreement
			if x.Labelled {
				out["accuracy"] = map[string]any{"victim": x.Victim, "recovered": x.Recovered}
			}
		}
	}
	return bridge.Value(out)
}

// samples is the second grade, as Sample in wasm/protocol.ts.
func samples(r *fidelity.Report) []map[string]any {
	kinds := map[string]string{"N(0,1)": "normal", "U[0,1]": "uniform", "images": "mnist"}
	out := []map[string]any{}
	for _, x := range r.Samples {
		out = append(out, map[string]any{"inputs": kinds[x.Name], "count": x.Points, "maxDiff": x.MaxError, "maxAbs": x.MaxF})
	}
	return out
}

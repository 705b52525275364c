// Package link writes a whole experiment as a short text for the fragment of an
// address, and reads it back: what was attacked, how, and what came out. One
// experiment has exactly one text, and a text that is not the one of its
// experiment is refused. The format is explained byte by byte in
// site/docs/links.md; links of every version are read for ever.
package link

import (
	"peel/core/extract"
	"peel/core/method"
	"peel/core/run"
)

// Version is the version of the format, the number in prefix.
const Version = 1

const prefix = "peel1."

// MaxText is the most characters a link has. Messengers and browsers pass on
// this many, and with an address before it they fit in one QR code.
const MaxText = 2048

// Limits on what a link may name, so that opening one costs next to nothing. They
// are far beyond what Peel extracts.
const (
	MaxSizes   = 34      // 32 hidden layers
	MaxWidth   = 4096    // of one layer
	MaxNeurons = 1024    // in all hidden layers: the page draws each
	MaxParams  = 1 << 20 // a recipe of that size is done in seconds
	MaxWeights = 1200    // bytes of inline weights: 150 float64 numbers or 300 float32
)

// Experiment is what a link holds.
type Experiment struct {
	Engine string // run.Engine of the Peel that made the link
	Method method.Method
	Victim Victim
	Oracle run.Limits
	Seed   uint64
	Claim  *Claim // what came out, nil before a run
}

// Of returns the experiment of a spec on the victim that it names, before its
// run.
func Of(spec run.Spec, victim Victim) *Experiment {
	return &Experiment{Engine: spec.Engine, Method: spec.Method, Victim: victim, Oracle: spec.Oracle, Seed: spec.Seed}
}

// Claim is the outcome of a run, as far as a link holds it.
type Claim struct {
	Digest   string `json:"digest"` // run.Digest
	Queries  int64  `json:"queries"`
	Neurons  int    `json:"neurons"` // hidden neurons recovered, see Recovered
	Complete bool   `json:"complete"`
}

// ClaimOf returns the claim of a run that ended.
func ClaimOf(o *extract.Outcome) Claim {
	return Claim{run.Digest(o.Network, o.ByPhase), o.Queries, Recovered(o.Coverage), o.Complete}
}

// Recovered counts the hidden neurons of which a run knows the row and the sign,
// or that are in its network up to what no answer can tell.
func Recovered(layers []extract.LayerCoverage) int {
	n := 0
	for _, l := range layers {
		if !l.Output {
			n += l.Count(extract.StatusRecovered) + l.Count(extract.StatusEquivalent)
		}
	}
	return n
}

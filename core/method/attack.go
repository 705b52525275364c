package method

import (
	"encoding/json"
	"errors"

	"peel/core/critical"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// Attack is a published attack on one layer, k: what it is given and what it has
// found so far. It changes only in the Apply of its steps, so it is a function
// of their results.
type Attack struct {
	Sizes  []int      // d0, d1, …, dout of the whole network
	Layer  int        // k, 1-based
	Prefix []nn.Layer // layers 1 … k−1, recovered or given; their scales are arbitrary
	Method Method
	Seed   uint64
	Noise  critical.Noise // of answers to x ~ N(0,1)
	Budget int64          // queries that are left, 0 for any number

	Rows []Row    // in order of discovery; only ever appended to, or signed
	Why  []string // what was not found and why, in plain clauses
}

// Row is what is known of one neuron of layer k.
type Row struct {
	W []float64 // d_{k−1}, ‖W‖ = 1, in the coordinates of h_{k−1} that Prefix computes
	B float64
	// Sign is the orientation that is active: +1, −1, or 0 while it is not known.
	Sign float64
	// Confidence of the sign: the share of votes for it, in [½, 1], or 1 where it
	// was computed and not voted. Hard marks the neurons that F calls hard.
	Confidence float64
	Hard       bool
}

// Width is the number of neurons of the layer.
func (a *Attack) Width() int { return a.Sizes[a.Layer] }

// Inputs is d_{k−1}.
func (a *Attack) Inputs() int { return a.Sizes[a.Layer-1] }

// Last reports whether the layer is the last hidden one.
func (a *Attack) Last() bool { return a.Layer == len(a.Sizes)-2 }

// Step is a queue of independent tasks of an attack, and what follows from their
// results.
type Step interface {
	// Phase is what its queries are spent on.
	Phase() Phase
	Kind() string // one word
	// Tasks is how many tasks there are. It must not depend on how many run at once.
	Tasks() int
	// Cost is the most queries one of them usually asks.
	Cost() int64
	// Do does task i. It must not change the step or the attack. Errors of the
	// oracle are returned as they are.
	Do(i int, o oracle.Oracle, r *rng.Stream) (any, error)
	// Apply takes the results of tasks 0 … n−1 in order, as JSON, and says what
	// comes next: nil when this part of the attack is over. There may be fewer
	// results than tasks when the queries run out.
	Apply(results []json.RawMessage) (Step, error)
}

// Phase is what queries of a step are spent on.
type Phase string

const (
	PhaseCritical  Phase = "critical"
	PhaseSignature Phase = "signature"
	PhaseSign      Phase = "sign"
)

// Library makes the first step of a part of an attack, by the attack's Method.
type Library interface {
	Signatures(a *Attack) (Step, error)
	Signs(a *Attack) (Step, error)
}

// ErrAbsent is returned where no library was installed.
var ErrAbsent = errors.New("this build of Peel has its own method only")

var library Library

// Install makes published methods available; a program calls it before any run.
func Install(l Library) { library = l }

// Installed returns the library, or ErrAbsent.
func Installed() (Library, error) {
	if library == nil {
		return nil, ErrAbsent
	}
	return library, nil
}

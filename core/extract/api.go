// Package extract orders the attack: which critical points, signatures and
// signs to look for next, given what is known. It is a state machine whose
// steps are rounds of independent tasks.
//
// A task is a pure function of the state before its round, its index and the
// oracle's answers; it has a random stream of its own. The tasks of a round may
// run anywhere, in any order; their results are applied in index order. The
// state is therefore a function of the list of results, which is what a
// journal stores and what replicas replay.
package extract

import "encoding/json"

// Phase names what queries were spent on.
type Phase string

const (
	PhaseSubspace  Phase = "subspace"  // gradients that span the rows of layer 1
	PhaseCritical  Phase = "critical"  // critical points on lines
	PhaseSignature Phase = "signature" // rows up to scale, and their confirmation
	PhaseSign      Phase = "sign"      // which side of a hyperplane is active
	PhaseOutput    Phase = "output"    // the output layer
	PhaseVerify    Phase = "verify"    // the recovered network against fresh answers
)

// Phases lists every phase in the order of the attack.
var Phases = []Phase{PhaseSubspace, PhaseCritical, PhaseSignature, PhaseSign, PhaseOutput, PhaseVerify}

// Task is one unit of work of a round.
type Task struct {
	Round int    `json:"round"`
	Index int    `json:"index"`
	Phase Phase  `json:"phase"`
	Layer int    `json:"layer,omitempty"` // 1-based
	Kind  string `json:"kind"`
	// Allowance is the most queries the task may ask, −1 for any number.
	Allowance int64 `json:"allowance"`
}

// Result is what a task found. It is the record that a journal keeps.
type Result struct {
	Round   int             `json:"round"`
	Index   int             `json:"index"`
	Phase   Phase           `json:"phase"`
	Queries int64           `json:"queries"`
	Data    json.RawMessage `json:"data,omitempty"`
	// Stop is why the task ended early, stopBudget, stopOverflow or empty.
	Stop string `json:"stop,omitempty"`
}

const (
	stopBudget   = "budget"   // its share of the queries was used up
	stopOverflow = "overflow" // an answer did not fit the oracle's format
)

// OutOfBudget reports whether the task's share of the queries was used up.
func (r Result) OutOfBudget() bool { return r.Stop == stopBudget }

// EventVersion is the version of the Event format.
const EventVersion = 1

// Event is one thing that happened, for a person to see. Queries counts all
// queries so far. Layer is 1-based and Neuron 0-based in order of discovery.
//
//	start      Sizes, Params
//	phase      Phase, Layer
//	progress   ByPhase
//	rank       Layer, Count: dimension of the row space found so far, of Of
//	critical   Layer, Count: critical points seen on a round of lines
//	found      Layer, Neuron: a critical point of a new neuron
//	completed  Layer, Neuron: its signature is known and confirmed
//	signed     Layer, Neuron, Confidence
//	missing    Layer, Count, Message: what was not recovered and why
//	warning    Message
//	done       Complete, ByPhase, Digest, MaxError, Precision, Coverage, Message
type Event struct {
	V          int             `json:"v"`
	Type       string          `json:"type"`
	Queries    int64           `json:"queries"`
	Phase      Phase           `json:"phase,omitempty"`
	Layer      int             `json:"layer,omitempty"`
	Neuron     int             `json:"neuron"`
	Count      int             `json:"count,omitempty"`
	Of         int             `json:"of,omitempty"`
	Confidence float64         `json:"confidence,omitempty"`
	Sizes      []int           `json:"sizes,omitempty"`
	Params     int             `json:"params,omitempty"`
	ByPhase    map[Phase]int64 `json:"byPhase,omitempty"`
	Complete   bool            `json:"complete,omitempty"`
	Digest     string          `json:"digest,omitempty"`
	MaxError   float64         `json:"maxError,omitempty"`  // largest |f − f̂| / max |f| seen in the verify phase
	Precision  float64         `json:"precision,omitempty"` // of coarse answers, / max |f|
	Coverage   []LayerCoverage `json:"coverage,omitempty"`  // what is known of every neuron
	Message    string          `json:"message,omitempty"`
	Resumed    bool            `json:"resumed,omitempty"`
	Seconds    float64         `json:"seconds,omitempty"` // added by the host
}

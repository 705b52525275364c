package campaign

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"peel/core/extract"
	"peel/core/run"
)

// End is how a run came to its end.
type End string

const (
	Ended      End = "ended"   // by itself, with whatever it had found
	OutOfTime  End = "time"    // it was stopped
	OutOfQuery End = "queries" // its budget was used up
	Failed     End = "error"   // it could not go on
)

// Record is one run: everything needed to run it again, and what came of it. It
// is one line of a results file.
type Record struct {
	V      int      `json:"v"`
	Victim Victim   `json:"victim"`
	Spec   run.Spec `json:"spec"`
	Limit  float64  `json:"limit"` // seconds
	Flips  int      `json:"flips,omitempty"`

	End      End      `json:"end"`
	Complete bool     `json:"complete,omitempty"` // what the run said of itself
	Digest   string   `json:"digest,omitempty"`   // run.Digest; a run that was stopped in time has none
	Why      []string `json:"why,omitempty"`      // what is missing, or the error
	Queries  int64    `json:"queries"`
	Seconds  float64  `json:"seconds"` // of the run's own thread
	Wall     float64  `json:"wall"`    // seconds on the clock
	Steps    []Step   `json:"steps"`
	Score    []Layer  `json:"score,omitempty"` // of hidden layers that were attacked
	// Answers is the largest |f − f̂| / max |f| on normal and uniform inputs, of
	// runs that attacked all layers and ended.
	Answers float64 `json:"answers,omitempty"`
	// Distance is how far the neuron that was moved is from its neighbours.
	Distance float64 `json:"distance,omitempty"`
	// Accuracy on the MNIST test set with 0, 1, … of the least certain signs of
	// the attacked layers turned round in the victim.
	Accuracy []float64 `json:"accuracy,omitempty"`
}

// Step is what one phase of one layer took.
type Step struct {
	Layer   int           `json:"layer"`
	Phase   extract.Phase `json:"phase"`
	Queries int64         `json:"queries"`
	Seconds float64       `json:"seconds"`
}

// Layer is how the rows of one hidden layer came out.
type Layer struct {
	Layer int `json:"layer"` // 1-based
	// Rows has one letter for each neuron of the victim: see Right and the others.
	Rows  string  `json:"rows"`
	Exact int     `json:"exact"`           // how many are right to 1e-8, whatever their sign
	Worst float64 `json:"worst,omitempty"` // largest relative error of a row that was recognised
	// Confidence is that of each neuron's sign, 0 where it was not recognised or
	// has none. It is left out where all are certain.
	Confidence []float64 `json:"confidence,omitempty"`
}

// Letters of Layer.Rows.
const (
	Right     = 'R' // recognised to 1e-8, and the right side is active
	Imprecise = 'I' // recognised to 1e-2, and the right side is active
	Wrong     = 'W' // recognised, but the other side is active
	Undecided = 'U' // recognised, and it is not known which side is active
	Missing   = 'M'
)

// count is how many rows have one of the letters.
func (l *Layer) count(letters string) int {
	n := 0
	for _, r := range l.Rows {
		if strings.ContainsRune(letters, r) {
			n++
		}
	}
	return n
}

// Job returns what the record is the result of.
func (r *Record) Job() Job {
	return Job{Victim: r.Victim, Method: r.Spec.Method, Oracle: r.Spec.Oracle, Seed: r.Spec.Seed, Seconds: r.Limit, Flips: r.Flips}
}

// check refuses what no run can have written.
func (r *Record) check() error {
	if r.V != Version {
		return fmt.Errorf("it has version %d and this Peel reads version %d", r.V, Version)
	}
	if err := r.Victim.check(); err != nil {
		return err
	}
	spec := r.Spec
	spec.Engine = run.Engine // results of another engine can be shown, not continued
	if err := spec.Check(); err != nil {
		return err
	}
	switch r.End {
	case Ended, OutOfTime, OutOfQuery, Failed:
	default:
		return fmt.Errorf("no run ends as %.20q", r.End)
	}
	if r.Queries < 0 || !(r.Seconds >= 0) || !(r.Wall >= 0) || !(r.Limit > 0) || !(r.Answers >= 0) || !(r.Distance >= 0) {
		return errors.New("a figure is negative")
	}
	hidden := len(spec.Sizes) - 2
	for _, s := range r.Steps {
		if s.Layer < 1 || s.Layer > hidden+1 || s.Queries < 0 || !(s.Seconds >= 0) {
			return errors.New("a step is not one of this network")
		}
	}
	for _, l := range r.Score {
		if l.Layer < 1 || l.Layer > hidden || len(l.Rows) != spec.Sizes[l.Layer] || l.count("RIWUM") != len(l.Rows) ||
			len(l.Confidence) != 0 && len(l.Confidence) != len(l.Rows) || !(l.Worst >= 0) ||
			l.Exact < l.count("R") || l.Exact > l.count("RWU") {
			return errors.New("a score is not one of this network")
		}
	}
	for _, a := range r.Accuracy {
		if !(a >= 0 && a <= 1) {
			return errors.New("an accuracy is not a share")
		}
	}
	return nil
}

// Finite stands in for numbers that JSON does not have.
func Finite(v float64) float64 {
	if math.IsNaN(v) {
		return math.MaxFloat64
	}
	return max(-math.MaxFloat64, min(math.MaxFloat64, v))
}

// String says in one line what came of a run.
func (r *Record) String() string {
	m, answers := r.Spec.Method, ""
	if a := r.answers(); a != (Answers{}) {
		answers = ", answers " + a.String()
	}
	return fmt.Sprintf("%s, %s (%s)%s, seed %d: %s, %s queries, %s s", r.Victim.Name(), m, m.Setting(), answers, r.Spec.Seed, r.End.words(),
		whole(float64(r.Queries)), seconds(r.Seconds))
}

// words says how a run ended.
func (e End) words() string {
	switch e {
	case OutOfTime:
		return "out of time"
	case OutOfQuery:
		return "out of queries"
	case Failed:
		return "failed"
	}
	return "ended"
}

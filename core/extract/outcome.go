package extract

import (
	"fmt"
	"slices"
	"strings"

	"peel/core/nn"
)

// Outcome is what a run ends with.
type Outcome struct {
	Network  *nn.Network // in the victim's shape; neurons not found are zero rows
	ByPhase  map[Phase]int64
	Queries  int64
	Complete bool     // everything that can influence the output was recovered and verified
	Missing  []string // what was not, in plain sentences
	// Idealised is the only layer that was attacked, with the true layers before
	// it given; 0 end to end. Such a run is never Complete.
	Idealised int
	MaxError  float64 // largest |f − f̂| / max |f| in the verify phase, 0 before it
	Verified  bool    // whether that phase was reached
	// Precision is how exact the answers were, / max |f|: where it is coarser
	// than float64, Complete means agreement to within VerifyErrors times it.
	// 0 for answers as exact as those of float64.
	Precision float64
	Coverage  []LayerCoverage // every neuron accounted for, the output layer last
}

// Outcome returns what is recovered so far, final once Tasks is empty.
func (s *State) Outcome() *Outcome {
	o := &Outcome{Network: s.network(), ByPhase: s.byPhase(), Queries: s.Queries(), Missing: slices.Clone(s.missing), Coverage: s.coverage(),
		Idealised: s.cfg.Method.Idealised}
	if s.verify != nil {
		o.Verified, o.MaxError = true, s.verify.worst
		if s.coarse() {
			o.Precision = s.verify.precision
		}
	}
	for _, l := range s.layers {
		if n := s.assumedWrong(l); n > 0 {
			o.Missing = append(o.Missing, fmt.Sprintf("layer %d: %d of %d signs are undecided; the likelier ones were taken", l.index, n, s.width(l.index)))
		}
		if n := len(l.real()) - s.width(l.index); n > 0 { // a neuron of an earlier layer was missed
			o.Missing = append(o.Missing, fmt.Sprintf("layer %d: %d hyperplanes were found, %d more than it has neurons", l.index, len(l.neurons), n))
		}
		if n := s.width(l.index) - len(l.real()); n > 0 {
			why := "showed no critical point"
			switch {
			case s.cut != "":
				why = "were not recovered by then"
			case l.deep != nil && len(l.deep.guesses) > 0:
				why = "could not be put together"
			case s.verify != nil && !s.verify.failed() && !s.tooCoarse():
				why = "showed no critical point, and every fresh answer agrees without"
			}
			o.Missing = append(o.Missing, fmt.Sprintf("layer %d: %d of %d neurons %s", l.index, n, s.width(l.index), why))
		}
	}
	if n := s.hidden() - len(s.layers); n > 0 && o.Idealised == 0 {
		o.Missing = append(o.Missing, fmt.Sprintf("%d of %d hidden layers were not reached", n, s.hidden()))
	}
	o.Complete = o.Verified && len(o.Missing) == 0
	return o
}

// Achieved reports whether the run found what it attacked: the whole network, or
// every row and sign of the one layer of an idealised run.
func (o *Outcome) Achieved() bool {
	if o.Idealised == 0 {
		return o.Complete
	}
	l := &o.Coverage[o.Idealised-1]
	return l.Count(StatusRecovered)+l.Count(StatusEquivalent) == len(l.Neurons)
}

// Undecided marks the rows whose sign is not decided, by layer.
func (o *Outcome) Undecided() [][]bool {
	out := make([][]bool, len(o.Coverage))
	for i, l := range o.Coverage {
		out[i] = make([]bool, len(l.Neurons))
		for k := range out[i] {
			out[i][k] = Status(l.Neurons[k:k+1]) == StatusUndecided
		}
	}
	return out
}

// Event returns the run's last event, without its digest.
func (o *Outcome) Event() Event {
	return Event{V: EventVersion, Type: "done", Queries: o.Queries, ByPhase: o.ByPhase, Complete: o.Complete,
		MaxError: o.MaxError, Precision: o.Precision, Coverage: o.Coverage, Message: strings.Join(o.Missing, "; ")}
}

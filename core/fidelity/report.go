// Package fidelity scores an extraction: it holds the victim's weights next to
// the recovered ones, which nothing else in core ever does.
//
// It gives three grades that must not be confused:
//
//   - the *aligned weight error* asks whether the weights are the same numbers:
//     it compares rows after undoing the order and the positive scales of hidden
//     neurons, which no answer of the network can reveal;
//   - the *sampled |f − f̂|* asks whether the answers are the same on the inputs
//     tried, seeded random ones and images: evidence, never a proof;
//   - the *certified bound* proves how far apart the answers can be on every
//     input of a set, tried or not (see Bound).
//
// Rows can differ while the networks are the same function (a neuron that never
// switches on, two neurons with one hyperplane), so no grade replaces another:
// the first can fail while the second is perfect, and then there is no third.
package fidelity

import (
	"fmt"
	"math"

	"peel/core/nn"
)

// Thresholds of the grades.
const (
	RowTolerance      = 1e-8 // a row is right when its relative error is at most this
	matchTolerance    = 1e-2 // a row further off than this has no counterpart
	FunctionTolerance = 1e-7 // of max |f|, for answers to be the same
	AlikeTolerance    = 1e-5 // root mean square, relative, for activations to be the same
)

// Options choose the inputs on which answers are compared.
type Options struct {
	Seed    uint64
	Samples int       // of each distribution; 0 means 10,000
	Images  []float64 // n×d0, may be empty
	Labels  []int     // n, or empty
	// Undecided marks the neurons of the recovered network whose sign its run
	// never decided, by hidden layer and row; it may be shorter than the network.
	// Such a row counts neither as right nor as wrong.
	Undecided [][]bool
}

// Report is the score of a recovered network.
type Report struct {
	Sizes   []int    `json:"sizes"`          // of the victim
	Layers  []Layer  `json:"layers"`         // one for each layer, the output layer last; empty if the depths differ
	Samples []Sample `json:"samples"`        // N(0,1), U[0,1] and, if given, images
	Bounds  []Bound  `json:"bounds"`         // over [0,1]^d0 and over a ball that holds nearly every N(0,1) input
	Note    string   `json:"note,omitempty"` // why rows could not be compared
}

// Layer says how the rows of one layer came out. Every row of the victim is
// counted once: Neurons = Right + Imprecise + WrongSigns + Undecided + Missing.
type Layer struct {
	Index      int     `json:"index"` // 1-based
	Output     bool    `json:"output,omitempty"`
	Neurons    int     `json:"neurons"`
	Right      int     `json:"right"`      // relative error at most RowTolerance
	Imprecise  int     `json:"imprecise"`  // recognised, but with a larger error
	WrongSigns int     `json:"wrongSigns"` // recognised with the active side reversed
	Undecided  int     `json:"undecided"`  // recognised, but the run never decided which side is active
	Missing    int     `json:"missing"`    // without a counterpart
	WorstRow   float64 `json:"worstRow"`   // largest relative error of a recognised row, or of any output row
	WorstEntry float64 `json:"worstEntry"` // largest error of one of its weights or biases, in the victim's scale
	Uncompared int     `json:"uncompared"` // inputs left out: neurons of the layer below without a counterpart
	Alike      int     `json:"alike"`      // neurons of the victim that do the same as a recovered one on every sampled input, up to scale
	Inactive   int     `json:"inactive"`   // neurons of the victim that no sampled input switches on
	Duplicates int     `json:"duplicates"` // neurons of the victim with the hyperplane and side of an earlier one
	Rows       []Row   `json:"rows"`       // one for each row of the victim
}

// Row pairs a row of the victim with one of the recovered network:
// h_recovered[Match] ≈ Scale · h_victim.
type Row struct {
	Match int     `json:"match"` // −1: none (Error is then 0, but for an output row)
	Scale float64 `json:"scale"` // negative: the sign is wrong
	Error float64 `json:"error"` // ‖victim − recovered/Scale‖₂ / ‖victim‖₂, bias included
	Entry float64 `json:"entry"` // ‖victim − recovered/Scale‖_∞, bias included
	// Undecided says that the run did not decide the sign: that Scale is
	// positive or negative is then no merit and no fault.
	Undecided bool `json:"undecided,omitempty"`
}

// Sample compares answers on one set of inputs.
type Sample struct {
	Name      string  `json:"name"`
	Points    int     `json:"points"`
	MaxF      float64 `json:"maxF"`      // largest |f| of the victim
	MaxError  float64 `json:"maxError"`  // largest |f − f̂|
	Agreement float64 `json:"agreement"` // share of inputs given the same label
	Labelled  bool    `json:"labelled,omitempty"`
	Victim    float64 `json:"victim,omitempty"`    // accuracy, where labels are known
	Recovered float64 `json:"recovered,omitempty"` // accuracy, where labels are known
}

// Identical reports whether every row of every layer is right.
func (r *Report) Identical() bool {
	for i := range r.Layers {
		if r.Layers[i].Right != r.Layers[i].Neurons {
			return false
		}
	}
	return len(r.Layers) > 0
}

// Equivalent reports whether the networks answered alike on every input tried:
// max |f − f̂| ≤ FunctionTolerance · max |f| on each set.
func (r *Report) Equivalent() bool {
	for i := range r.Samples {
		if !r.Samples[i].Same() {
			return false
		}
	}
	return len(r.Samples) > 0
}

// Same reports whether the answers on this set are the same.
func (s *Sample) Same() bool { return s.MaxError <= FunctionTolerance*s.MaxF }

// WorstRow is the aligned weight error: the largest relative error of a
// recognised row.
func (r *Report) WorstRow() float64 {
	worst := 0.0
	for i := range r.Layers {
		worst = max(worst, r.Layers[i].WorstRow)
	}
	return worst
}

// Bits is a relative error as a number of leading bits that are right:
// −log2(err), at most the 53 that float64 has.
func Bits(err float64) float64 {
	if err <= 0 {
		return 53
	}
	return max(0, min(53, -math.Log2(err)))
}

// WrongSigns, Undecided and Missing count rows over all layers.
func (r *Report) WrongSigns() int { return r.count(func(l *Layer) int { return l.WrongSigns }) }
func (r *Report) Undecided() int  { return r.count(func(l *Layer) int { return l.Undecided }) }
func (r *Report) Missing() int    { return r.count(func(l *Layer) int { return l.Missing }) }

func (r *Report) count(of func(*Layer) int) int {
	n := 0
	for i := range r.Layers {
		n += of(&r.Layers[i])
	}
	return n
}

// Compare scores recovered against victim. Both must be valid and have the same
// input and output widths; the hidden layers may differ.
func Compare(victim, recovered *nn.Network, opt Options) (*Report, error) {
	if victim.In() != recovered.In() || victim.Out() != recovered.Out() {
		return nil, fmt.Errorf("the victim maps %d numbers to %d and the other network maps %d to %d; compare networks of one kind",
			victim.In(), victim.Out(), recovered.In(), recovered.Out())
	}
	if n := len(opt.Images) / victim.In(); len(opt.Images) != n*victim.In() || len(opt.Labels) != 0 && len(opt.Labels) != n {
		return nil, fmt.Errorf("%d numbers and %d labels do not make images of %d pixels each", len(opt.Images), len(opt.Labels), victim.In())
	}
	r := &Report{Sizes: victim.Sizes()}
	if victim.Hidden() == recovered.Hidden() {
		r.Layers = align(victim, recovered, opt.Undecided)
	} else {
		r.Note = fmt.Sprintf("the victim has %d hidden layers and the other network has %d, so only their answers are compared", victim.Hidden(), recovered.Hidden())
	}
	active := newActivity(victim)
	see := active.see
	var like *likeness
	if len(r.Layers) > 0 && !r.Identical() { // else all are, and it need not be asked
		like = newLikeness(victim, recovered)
		see = func(x []float64) {
			active.see(x)
			like.see(x)
		}
	}
	r.Samples = samples(victim, recovered, opt, see)
	for i := range r.Layers {
		l := &r.Layers[i]
		if l.Output {
			continue
		}
		l.Inactive = active.never(i)
		if l.Alike = l.Neurons - l.Inactive; like != nil {
			l.Alike = like.alike(i)
		}
	}
	r.Bounds = bounds(victim, recovered, r)
	return r, nil
}

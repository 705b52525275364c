package extract

import "fmt"

// Status is what a run knows of one neuron. It says nothing about the true
// weights: that is for a score.
type Status string

const (
	StatusRecovered  Status = "R" // row and sign are known
	StatusEquivalent Status = "E" // it is in the network up to what no answer can tell
	StatusUndecided  Status = "S" // the row is known up to its sign, which is not
	StatusUnseen     Status = "U" // the layer was searched, and no critical point of it was seen
	StatusUnfinished Status = "P" // the layer was searched, and its row could not be put together
	StatusGiven      Status = "G" // the run was idealised and began with the true row
	StatusUnreached  Status = "-" // the run ended before
)

// Statuses lists every status, the best first.
var Statuses = []Status{StatusRecovered, StatusEquivalent, StatusUndecided, StatusUnseen, StatusUnfinished, StatusGiven, StatusUnreached}

// LayerCoverage is what a run knows of each neuron of a layer.
type LayerCoverage struct {
	Layer  int  `json:"layer"`            // 1-based
	Output bool `json:"output,omitempty"` // the output layer, whose rows have no sign
	// Neurons has one letter, a Status, for every row of the layer in the order
	// of the recovered network.
	Neurons string `json:"neurons"`
	// Why has a plain clause for each status that needs a reason.
	Why map[Status]string `json:"why,omitempty"`
}

// Count is the number of neurons with a status.
func (l *LayerCoverage) Count(s Status) int {
	n := 0
	for k := range l.Neurons {
		if Status(l.Neurons[k:k+1]) == s {
			n++
		}
	}
	return n
}

// coverage accounts for every neuron of the victim's shape.
func (s *State) coverage() []LayerCoverage {
	out := make([]LayerCoverage, s.hidden()+1)
	for i := range out {
		c := &out[i]
		c.Layer, c.Output, c.Why = i+1, i == s.hidden(), map[Status]string{}
		row := make([]byte, s.width(i+1))
		for k := range row {
			row[k] = s.status(c, k)[0]
		}
		c.Neurons = string(row)
	}
	return out
}

// status is that of row k of a layer, with its reason added to the layer's.
func (s *State) status(c *LayerCoverage, k int) Status {
	because := func(st Status, format string, args ...any) Status {
		c.Why[st] = fmt.Sprintf(format, args...)
		return st
	}
	if c.Layer < s.cfg.Method.Idealised {
		return because(StatusGiven, "the run is idealised: it began with the true layers before layer %d", s.cfg.Method.Idealised)
	}
	if c.Output {
		switch {
		case s.out == nil:
			return because(StatusUnreached, "%s", s.stopped(c.Layer))
		case s.verify == nil:
			return because(StatusRecovered, "the network was not checked on fresh answers any more")
		case s.tooCoarse():
			return because(StatusRecovered, "fresh answers are too coarse to check the network with")
		case s.verify.failed():
			return because(StatusRecovered, "yet %s, so something in it is wrong", s.difference())
		}
		return StatusRecovered
	}
	if c.Layer > len(s.layers) {
		return because(StatusUnreached, "%s", s.stopped(c.Layer))
	}
	l := s.layers[c.Layer-1]
	if found := l.real(); k < len(found) {
		switch n := found[k]; {
		case n.assumed && s.assumedWrong(l) > 0:
			return because(StatusUndecided, "the likelier side was taken to be active, and the network did not pass its check")
		case n.folded:
			return because(StatusEquivalent, "one neuron is on for every input: its bias cannot be told from those of the next layer, and the signs beside it are chosen so that the answers agree")
		case n.sign != 0 && n.part != nil && len(n.resolved) > 0:
			return because(StatusEquivalent, "some inputs of it are active only where it does not switch: the weights of those are such that the answers agree")
		case n.sign != 0 && n.part != nil && n.part.Rank() < l.deep.reach.Rank():
			return because(StatusEquivalent, "weights are missing that showed on no part of its hyperplane that was reached")
		case n.sign != 0:
			return StatusRecovered
		case len(l.neurons) > s.width(l.index):
			return because(StatusUndecided, "more hyperplanes were found than the layer has neurons, so some of these belong to a deeper layer")
		case s.cut != "":
			return because(StatusUndecided, "%s before it was clear which side is active", s.cut)
		case !l.searched:
			return because(StatusUndecided, "the run ended before signs were tested")
		case !l.tested:
			return because(StatusUndecided, "signs are tested when a layer is whole, and this one is not")
		}
		return because(StatusUndecided, "no test told clearly which side is active")
	}
	switch {
	case !l.searched && s.cut != "":
		return because(StatusUnreached, "%s while the layer was searched", s.cut)
	case !l.searched:
		return because(StatusUnreached, "the run ended while the layer was searched")
	case l.deep != nil && len(l.deep.guesses) > 0:
		return because(StatusUnfinished, "no whole row of it could be put together from what inputs reach through the layers before")
	}
	return because(StatusUnseen, "no critical point of it was met in %d rounds of lines: it is off everywhere, on everywhere, or switches only where no line went", l.lines)
}

// stopped says why a layer was not reached.
func (s *State) stopped(layer int) string {
	switch {
	case s.cfg.Method.Idealised > 0:
		return fmt.Sprintf("the run is idealised: it attacks layer %d alone", s.cfg.Method.Idealised)
	case s.stage != nil:
		return "the run has not come this far"
	case s.cut != "":
		return s.cut + " first"
	case layer > s.hidden() && len(s.layers) == s.hidden() && s.layers[layer-2].unsigned() == 0:
		return "the weights could not be told from the answers"
	}
	return "a layer before it is not complete"
}

package extract

import (
	"fmt"
	"math"

	"peel/core/method"
)

// afterSearch goes from the search for a layer's hyperplanes to its signs.
func (s *State) afterSearch(l *layer) stage {
	if next := s.foldBefore(l); next != nil {
		return next
	}
	l.searched = true
	if n := s.width(l.index) - len(l.neurons); n > 0 && s.mend == nil {
		why := "no critical point of these neurons was seen on any line"
		if l.deep != nil && len(l.deep.guesses) > 0 {
			why = "no whole row of these neurons could be put together"
		}
		s.emit(Event{Type: "missing", Layer: l.index, Count: n, Message: why})
	}
	if l.index > 1 && s.layers[l.index-2].handed {
		s.untold(l)
		return nil
	}
	if n := len(l.neurons) - s.width(l.index); n > 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: %d hyperplanes more than it has neurons were found, so some belong to a deeper layer", l.index, n))
		return nil
	}
	if len(l.neurons) == 0 {
		why := fmt.Sprintf("layer %d: no neuron was found", l.index)
		if n := s.noise.Coarse(); n > 1 {
			why += fmt.Sprintf("; answers that are exact to %.1e of their size may be too coarse to see one", s.noise.Rel)
		}
		s.missing = append(s.missing, why)
		return nil
	}
	return s.signs(l)
}

// signs chooses how to sign a layer.
func (s *State) signs(l *layer) stage {
	l.tested = true
	if s.cfg.Method.Sign != method.Sequential {
		return s.signPublished(l)
	}
	if l.deep != nil && l.index == s.hidden() && s.base() == 0 {
		return &lastLinearStage{l: l}
	}
	if l.deep != nil && l.index == s.hidden() && s.mend == nil {
		return &lastSignsStage{l: l}
	}
	if l.deep != nil && s.base() == 0 && s.toldByNext(l) && !s.alone(l) {
		return s.handAll(l)
	}
	if l.deep != nil {
		return s.newNulling(l)
	}
	if l.index == s.hidden() {
		return &lastHiddenStage{l: l}
	}
	moves := l.moves()
	switch {
	case moves != nil:
	case s.alone(l): // the next layer would tell
		return s.afterSigns(l)
	case l.index > 1 && len(l.neurons) < s.width(l.index): // what is always on is handed on too
		return s.afterSigns(l)
	default:
		return s.handAll(l)
	}
	return &freezeStage{l: l, moves: moves}
}

// unsigned is how many neurons of the layer have no sign yet.
func (l *layer) unsigned() int {
	open := 0
	for _, n := range l.neurons {
		if n.sign == 0 {
			open++
		}
	}
	return open
}

// afterSigns goes on to the next layer, or to the output layer after the last.
func (s *State) afterSigns(l *layer) stage {
	if s.alone(l) {
		s.endAlone(l)
		return nil
	}
	lacks := len(l.neurons) < s.width(l.index)
	switch {
	case l.index == 1 || l.index == s.hidden():
	case l.deep == nil && lacks && l.unsigned() > 0: // what moves on both sides is a neuron that is always on
		s.handAllOn(l)
	case l.deep != nil && lacks && !l.spanTested:
		return &spanStage{l: l}
	}
	if l.index > 1 && l.index < s.hidden() && s.mend == nil { // a repair goes by what is likely
		s.postpone(l)
	}
	if l.deep != nil {
		s.assume(l)
	}
	if open := l.unsigned(); open > 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: %d of %d signs are undecided", l.index, open, len(l.neurons)))
		return nil
	}
	s.resolve(l)
	if l.index == s.hidden() && l.deep != nil {
		return deepOutputStage{}
	}
	if l.index == s.hidden() {
		return &outputStage{}
	}
	if l.index >= 2 {
		return s.enterDeep(l.index + 1)
	}
	return s.deeper(l)
}

// likely is the likelier sign of a neuron. One that is nearly always on the same
// side is more likely off there: then nothing follows it, which is why its
// critical points are rare and its ballots weak.
func (l *layer) likely(u *neuron) float64 {
	if u.hint != 0 {
		return u.hint
	}
	plus, all := 0, 0
	for _, line := range l.deep.lines {
		for _, part := range line.parts {
			all++
			if u.Zh(part.a0) > 0 {
				plus++
			}
		}
	}
	switch {
	case 10*plus > 9*all:
		return -1
	case 10*plus < all:
		return 1
	}
	return math.Copysign(1, u.lean)
}

// assume gives the neurons of a deep layer whose signs stayed open the likelier
// one. The check on fresh answers tells whether that was right.
func (s *State) assume(l *layer) {
	n := 0
	for _, u := range l.neurons {
		if u.sign == 0 {
			u.sign, u.assumed = l.likely(u), true
			n++
		}
	}
	if n > 0 {
		s.warn("layer %d: %d signs were not clear; the likelier ones are taken, and the check on fresh answers will tell", l.index, n)
	}
}

// assumedWrong is how many signs of a layer were only likely, in a network that
// did not pass its check.
func (s *State) assumedWrong(l *layer) int {
	n := 0
	for _, u := range l.neurons {
		if u.assumed {
			n++
		}
	}
	if s.verify != nil && !s.verify.failed() {
		return 0
	}
	return n
}

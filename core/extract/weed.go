package extract

import (
	"slices"

	"peel/core/signature"
)

// weed removes hyperplanes that belong to a deeper layer and returns how many.
//
// A hyperplane of a deeper layer bends wherever it crosses one of this layer,
// so what looked flat lies on one side of every true hyperplane. The critical
// points of most true ones lie on both sides of most others: those are trusted.
// One that is rarely reached has them close together and crosses few; it stays
// if it crosses at least two that are trusted.
func (s *State) weed(l *layer) int {
	if l.index == s.hidden() || len(l.neurons) < 3 {
		return 0
	}
	trusted := trust(l.neurons, (*neuron).crosses)
	before := len(l.neurons)
	l.neurons = slices.DeleteFunc(l.neurons, func(n *neuron) bool {
		return !slices.Contains(trusted, n) && n.crosses(trusted) < 2
	})
	return before - len(l.neurons)
}

// weedDeep does the same behind a prefix: what was traced while few neurons
// of the layer were known had nothing yet to bend at.
func (s *State) weedDeep(l *layer) int {
	need := s.crossings(l)
	if need < 2 {
		return 0
	}
	at := map[*neuron][][]float64{}
	for _, n := range l.neurons {
		at[n] = l.places(n.part)
	}
	crosses := func(n *neuron, others []*neuron) int { return crossedOf(at[n], others) }
	trusted := trust(l.neurons, crosses)
	before := len(l.neurons)
	l.neurons = slices.DeleteFunc(l.neurons, func(n *neuron) bool {
		return !slices.Contains(trusted, n) && crosses(n, trusted) < need
	})
	return before - len(l.neurons)
}

// trust leaves out the neuron that crosses the smallest part of the others,
// again and again, until each crosses enough of them.
func trust(neurons []*neuron, crosses func(n *neuron, others []*neuron) int) []*neuron {
	trusted := slices.Clone(neurons)
	for {
		worst, least := -1, 0.35
		for i, n := range trusted {
			if v := float64(crosses(n, trusted)) / float64(len(trusted)-1); v < least {
				worst, least = i, v
			}
		}
		if worst < 0 || len(trusted) == 1 {
			return trusted
		}
		trusted = slices.Delete(trusted, worst, worst+1)
	}
}

// crosses is how many others have critical points of n on both sides.
func (n *neuron) crosses(others []*neuron) int {
	both := 0
	for _, m := range others {
		if m == n {
			continue
		}
		if divides(m, n.hits) {
			both++
		}
	}
	return both
}

// divides reports whether critical points lie on both sides of a neuron's hyperplane.
func divides(m *neuron, hits []signature.Hit) bool {
	var plus, minus bool
	for _, h := range hits {
		if m.Z(h.P) > 0 {
			plus = true
		} else {
			minus = true
		}
		if plus && minus {
			return true
		}
	}
	return false
}

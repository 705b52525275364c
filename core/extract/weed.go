package extract

import "slices"

// weed removes hyperplanes that belong to a deeper layer and returns how many.
//
// A hyperplane of a deeper layer bends wherever it crosses one of this layer,
// so what looked flat lies on one side of every true hyperplane; the critical
// points of a true one lie on both sides of most others.
func (s *State) weed(l *layer) int {
	if l.index == s.hidden() || len(l.neurons) < 3 {
		return 0
	}
	before := len(l.neurons)
	for {
		worst, score := -1, 0.35
		for i, n := range l.neurons {
			if v := l.crossed(n); v < score {
				worst, score = i, v
			}
		}
		if worst < 0 {
			return before - len(l.neurons)
		}
		l.neurons = slices.Delete(l.neurons, worst, worst+1)
	}
}

// crossed is the share of the other neurons that have hits of n on both sides.
func (l *layer) crossed(n *neuron) float64 {
	both := 0
	for _, m := range l.neurons {
		if m == n {
			continue
		}
		var plus, minus bool
		for _, h := range n.hits {
			if m.Z(h.P) > 0 {
				plus = true
			} else {
				minus = true
			}
		}
		if plus && minus {
			both++
		}
	}
	return float64(both) / float64(len(l.neurons)-1)
}

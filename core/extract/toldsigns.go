package extract

import (
	"math/bits"
)

// mostTried is up to how many signs all choices are tried, and fewTried where several
// neurons may be always on.
const (
	mostTried = 12
	fewTried  = 8
)

// solve finds the signs, with as few neurons that are always on as there can be:
// every wrong sign looks like another one.
func (t *telling) solve() (w []float64, ok bool) {
	for most := min(1, t.missing); most <= t.missing; most++ {
		clear(t.wrong)
		if w, ok = t.signs(most); ok {
			break
		}
	}
	return w, ok
}

// signs finds the signs, by turning one or two at a time for as long as that
// leaves less unexplained, and if that leads nowhere by trying all.
func (t *telling) signs(most int) (w []float64, ok bool) {
	t.on = most
	var open []int
	for k, z := range t.z {
		if z != nil {
			open = append(open, k)
		}
	}
	turn := func(signs ...int) {
		for _, k := range signs {
			t.wrong[k] = !t.wrong[k]
		}
	}
	best, w := t.beyond(most)
	for best > toldWell {
		var move []int
		for a, k := range open {
			for _, j := range open[:a+1] {
				pair := []int{k, j}
				if j == k {
					pair = pair[:1]
				}
				turn(pair...)
				if v, _ := t.beyond(most); v < best {
					best, move = v, pair
				}
				turn(pair...)
			}
		}
		if move == nil {
			break
		}
		turn(move...)
		best, w = t.beyond(most)
	}
	tried := mostTried
	if most > 1 {
		tried = fewTried
	}
	if best > toldWell && len(open) <= tried { // in the order of a Gray code
		for i := 1; i < 1<<len(open) && best > toldWell; i++ {
			turn(open[bits.TrailingZeros(uint(i))])
			best, w = t.beyond(most)
		}
	}
	return w, best <= toldWell
}

// turn gives the neurons of a copy of the layer their right signs.
func (t *telling) turn(l *layer) {
	for k, wrong := range t.wrong {
		if !wrong {
			continue
		}
		l.neurons[k].sign = -l.neurons[k].sign
		for i := range l.force {
			if g := &l.force[i]; g.neuron == k {
				g.on = !g.on
			}
		}
	}
}

// settle takes the signs for known that would contradict the rows if they were
// others.
func (t *telling) settle(s *State, l *layer) {
	for k, n := range l.neurons {
		if !n.assumed || t.z[k] == nil {
			continue
		}
		t.wrong[k] = !t.wrong[k]
		if v, _ := t.beyond(t.on); v > toldWell {
			n.assumed = false
			s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1})
		}
		t.wrong[k] = !t.wrong[k]
	}
}

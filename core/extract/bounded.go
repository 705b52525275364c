package extract

import "math"

// bounded chooses signs where there are no more readers than neurons that are
// always on, as with one output: then what is handed on is always of a rank low
// enough, whatever the signs. A neuron that is always on is bounded below where
// inputs reach, and with a wrong sign more of it is not: signs are turned, one or two at
// a time, for as long as that helps. Signs that are left open by this are the
// same function.
func (f *folding) bounded(rows, cols []int) {
	far := f.s.directions(f.l)
	best := f.below(rows, cols, far)
	for best > 0 {
		var move []int
		least := best
		try := func(k ...int) {
			for _, k := range k {
				f.turn(k)
			}
			if v := f.below(rows, cols, far); v < least {
				least, move = v, append([]int(nil), k...)
			}
			for _, k := range k {
				f.turn(k)
			}
		}
		for k := range f.found {
			try(k)
		}
		if least > 0 {
			for k := range f.found {
				for j := range k {
					try(j, k)
				}
			}
		}
		if move == nil {
			break
		}
		for _, k := range move {
			f.turn(k)
		}
		best = least
	}
	for _, u := range f.found { // what is left open is in the network either way
		u.folded = u.folded || u.assumed
	}
	f.divide(rows, cols, len(rows))
}

// clearBelow is how far below 0 a neuron may seem that is on everywhere.
const clearBelow = 1e-5

// below is how far what the readers take of the inputs falls on both sides of 0,
// relative to its size, 0 when that is next to nothing.
func (f *folding) below(rows, cols []int, far [][]float64) float64 {
	_, m := f.weights(rows, cols)
	worst := 0.0
	for i := range rows {
		w := m[i*len(cols):][:len(cols)]
		low, high := 0.0, 0.0
		for _, h := range far {
			z := 0.0
			for c, j := range cols {
				z += float64(w[c] * h[j])
			}
			low, high = min(low, z), max(high, z)
		}
		worst = max(worst, min(-low, high)/max(-low, high, math.SmallestNonzeroFloat64))
	}
	if worst < clearBelow {
		return 0
	}
	return worst
}

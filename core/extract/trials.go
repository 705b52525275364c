package extract

import "peel/core/linalg"

// trials counts at how many places that show an input's weight the critical point
// was there, and at how many it was not. A weight that rests on a critical point
// of another neuron makes every prediction wrong where its input is on, and no
// other; all of those together may be few.
type trials struct{ hits, misses []int }

const (
	// shown is the part of (h, 1) that an input must be for a place to show its
	// weight.
	shown = 1e-3
	// doubtMisses is how many of these places must show nothing, with none that does,
	// for the weight to be in doubt.
	doubtMisses = 3
)

func newTrials(n int) trials {
	return trials{hits: make([]int, n), misses: make([]int, n)}
}

func (c *trials) add(pl *place, hit bool) {
	if c.hits == nil {
		return
	}
	a := pl.augmented()
	least := float64(shown * linalg.Norm(a))
	for j, v := range a {
		switch {
		case v < least:
		case hit:
			c.hits[j]++
		default:
			c.misses[j]++
		}
	}
}

// settled settles a row, and looks for weights elsewhere that come into doubt. It
// returns nil when some stay unknown, unless last says that these are given up,
// and why a row is none.
func (t *tracer) settled(last bool) (w *settled, why string, err error) {
	for try := 0; ; try++ {
		t.forgot = false
		if w, err = t.settle(); w != nil || err != nil {
			return w, "", err
		}
		switch {
		case !t.forgot:
			return nil, "it is not found again where it predicts", nil
		case try < doubts:
			if why, err = t.run(true); err != nil || why != "" {
				return nil, why, err
			}
		case try > doubts || !last:
			return nil, "", nil
		}
	}
}

// doubts is how often weights in doubt are looked for elsewhere.
const doubts = 2

// doubt forgets the weights that no prediction bore out, and reports whether
// there were any: then the row is not known yet.
func (t *tracer) doubt() bool {
	for j := range t.f.N - 1 {
		if t.trials.hits[j] == 0 && t.trials.misses[j] >= doubtMisses {
			t.f.Forget(j)
			t.ev.Forget(j)
			t.forgot = true
		}
	}
	if !t.forgot {
		return false
	}
	t.f.Fit(t.ev)
	spots := t.spots
	t.spots = nil
	for _, pl := range spots {
		if t.f.Outside(pl.augmented()) <= spanned {
			t.spots = append(t.spots, pl)
		}
	}
	if len(t.spots) == 0 { // all of it is in doubt
		t.spots, t.forgot = spots, false
	}
	return true
}

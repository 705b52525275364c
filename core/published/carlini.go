package published

import (
	"fmt"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/method"
)

// rules are where C and F differ.
type rules struct {
	// drop puts the points of a row that is sure aside, and later points of it are
	// thrown away before they are compared: F's de-duplication.
	drop bool
	// full lists complete rows before larger groups that still lack coordinates
	// (F: it ends a loop that C can run into).
	full bool
	// each looks for one unseen coordinate of a row at a time (F), and not for all
	// of them (C).
	each bool
	// improve measures every row again at the end.
	improve bool
}

// hunt is an attack of C or F on the signatures of one layer. Its steps come in
// rounds:
//
//	lines → differences → (groups, then) lines again, or walks → differences, …
//
// until there are as many rows as neurons.
type hunt struct {
	a     *method.Attack
	rules rules
	known *earlier

	waiting []place // critical points that wait for a signature
	want    int     // how many of them the next round takes

	seen    []*sighting
	fresh   int      // index of the first one that was not compared yet
	rows    []*group // complete rows, to recognise their points
	set     []*group // of those, the ones that F has put aside
	partial []*group // groups that lack coordinates
	hits    []int    // for each of rows, points of it that needed no signature
	taken   int      // signatures measured
	rounds  int      // of lines
	walks   int      // rounds of walks
	barren  int      // rounds of lines in a row without a point
	spent   bool     // the queries ran out
}

// place is a critical point and what the earlier layers make of it.
type place struct{ x, h []float64 }

func newHunt(a *method.Attack, r rules) *hunt {
	h := &hunt{a: a, rules: r, known: &earlier{n: a.Sizes[0], layers: a.Prefix}}
	d := float64(a.Width())
	// The coupon collector needs d·ln d points; on layer 1 every line shows every neuron.
	h.want = 3 * a.Width()
	if a.Layer > 1 {
		h.want = max(h.want, int(3*float64(d*ln(a.Width()))))
	}
	return h
}

// Bounds, so that no attack goes on for ever.
const (
	// enough is the number of signatures after which neurons that did not show
	// are taken for dead (C).
	enough = 1000
	// mostWalks and mostBarren are rounds; the original has no such bounds.
	mostWalks  = 24
	mostBarren = 32
)

// limit is the number of signatures after which no more are taken.
func (h *hunt) limit() int {
	return max(enough, 2*int(3*float64(float64(h.a.Width())*ln(h.a.Width()))))
}

// next says what follows: signatures of points that wait, then lines for more of
// them; and with all that were wanted, the groups decide.
func (h *hunt) next() method.Step {
	if s := h.more(); s != nil {
		return s
	}
	h.solve()
	width := h.a.Width()
	switch {
	case h.spent:
	case len(h.rows)+len(h.partial) < width && h.taken < h.limit():
		h.want = width
		if s := h.more(); s != nil {
			return s
		}
	case len(h.partial) > 0 && h.walks < mostWalks && len(h.known.layers) > 0:
		h.walks++
		return h.follow()
	}
	return h.finish()
}

// more returns the step that gets what is still wanted, or nil.
func (h *hunt) more() method.Step {
	if h.spent || h.want == 0 {
		return nil
	}
	h.waiting = slices.DeleteFunc(h.waiting, func(p place) bool {
		g := h.owner(p.h)
		if g >= 0 {
			h.seen[h.rows[g].members[0]].hits++
		}
		return g >= 0
	})
	switch {
	case len(h.waiting) > 0:
		return h.measure()
	case h.barren < mostBarren:
		return h.sweep()
	}
	return nil
}

// finish writes down the rows and what is missing.
func (h *hunt) finish() method.Step {
	if h.rules.improve && !h.spent && len(h.rows) > 0 {
		return h.better()
	}
	h.report()
	return nil
}

func (h *hunt) report() {
	a, lack := h.a, 0
	if h.spent && len(h.rows) < a.Width() {
		a.Why = append(a.Why, "the queries ran out")
	}
	for _, g := range h.rows {
		a.Rows = append(a.Rows, g.row())
	}
	for _, g := range h.partial {
		if len(a.Rows) < a.Width() {
			a.Rows = append(a.Rows, g.row())
			lack++
		}
	}
	if lack > 0 {
		a.Why = append(a.Why, fmt.Sprintf("%d of %d rows lack weights of inputs that were never active on their hyperplanes; these weights count as 0", lack, a.Width()))
	}
	n := a.Width() - len(a.Rows)
	if n <= 0 {
		return
	}
	why := fmt.Sprintf("after the signatures of %d critical points", h.taken)
	switch {
	case h.barren >= mostBarren:
		why = fmt.Sprintf("and the last %d rounds of lines showed no critical point of this layer", mostBarren)
	}
	a.Why = append(a.Why, fmt.Sprintf("%d of %d rows have no group of %d or more signatures that agree, %s", n, a.Width(), fewest, why))
}

// row is the group's row, scaled to ‖W‖ = 1, with 0 where nothing is known.
func (g *group) row() method.Row {
	r := method.Row{W: make([]float64, len(g.w)), B: g.b}
	for j, v := range g.w {
		if !math.IsNaN(v) {
			r.W[j] = v
		}
	}
	if s := linalg.Norm(r.W); s > 0 {
		linalg.Scale(1/s, r.W)
		r.B /= s
	}
	return r
}

// euler is the constant γ of the harmonic series.
const euler = 0.57721566490153286

// ln is the natural logarithm of n ≥ 1 by its harmonic sum, which has the same
// bits everywhere.
func ln(n int) float64 {
	s := 0.0
	for k := 1; k <= n; k++ {
		s += 1 / float64(k)
	}
	f := float64(n)
	return max(0, s-euler-1/(2*f)+1/(12*float64(f*f)))
}

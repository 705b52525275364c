package fidelity

import (
	"math"
	"sort"

	"peel/core/nn"
)

// align pairs the rows of two networks of equal depth, layer by layer from the
// input: the pairs of one layer give the columns of the next. undecided is
// Options.Undecided.
func align(victim, recovered *nn.Network, undecided [][]bool) []Layer {
	layers := make([]Layer, len(victim.Layers))
	below := identity(victim.In())
	for i := range victim.Layers {
		a, b := &victim.Layers[i], &recovered.Layers[i]
		l := &layers[i]
		l.Index, l.Neurons, l.Output = i+1, a.Out, i == len(layers)-1
		for _, r := range below {
			if r.Match < 0 {
				l.Uncompared++
			}
		}
		v, w := columns(a, below, false), columns(b, below, true)
		switch {
		case l.Uncompared == len(below):
			l.Rows = unpaired(a.Out) // biases alone would match by chance
		case l.Output:
			l.Rows = pairOutputs(v, w)
		default:
			l.Rows = pair(v, w)
		}
		if !l.Output {
			l.Duplicates = duplicates(columns(a, identity(a.In), false))
			l.mark(i, undecided)
		}
		l.judge()
		below = l.Rows
	}
	return layers
}

// identity pairs every input with itself.
func identity(n int) []Row {
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = Row{Match: i, Scale: 1}
	}
	return rows
}

// unpaired is n rows without a counterpart.
func unpaired(n int) []Row {
	rows := make([]Row, n)
	for k := range rows {
		rows[k].Match = -1
	}
	return rows
}

// mark notes whose counterpart in hidden layer i (from 0) has no decided sign.
func (l *Layer) mark(i int, undecided [][]bool) {
	if i >= len(undecided) {
		return
	}
	for k := range l.Rows {
		m := l.Rows[k].Match
		l.Rows[k].Undecided = m >= 0 && m < len(undecided[i]) && undecided[i][m]
	}
}

// columns returns the rows (w, b) of a layer over those inputs that have a
// counterpart, in the victim's order and scale. For a recovered layer the
// columns are reordered and the scales of the layer below undone:
// w·h_recovered = (w·|scale|)·h_victim.
func columns(l *nn.Layer, below []Row, recovered bool) [][]float64 {
	rows := make([][]float64, l.Out)
	for k := range rows {
		w := l.Row(k)
		row := make([]float64, 0, l.In+1)
		for j, r := range below {
			switch {
			case r.Match < 0:
			case recovered:
				row = append(row, w[r.Match]*math.Abs(r.Scale))
			default:
				row = append(row, w[j])
			}
		}
		rows[k] = append(row, l.B[k])
	}
	return rows
}

// pair matches the rows of v with those of w, nearest first, each at most once.
func pair(v, w [][]float64) []Row {
	type candidate struct {
		k, m int
		Row
	}
	var all []candidate
	for k := range v {
		for m := range w {
			if r, ok := match(v[k], w[m]); ok {
				r.Match = m
				all = append(all, candidate{k, m, r})
			}
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Error < all[j].Error })
	rows := unpaired(len(v))
	taken := make([]bool, len(w))
	for _, c := range all {
		if rows[c.k].Match < 0 && !taken[c.m] {
			rows[c.k], taken[c.m] = c.Row, true
		}
	}
	return rows
}

// match fits w ≈ scale·v by least squares and reports whether it is close.
func match(v, w []float64) (Row, bool) {
	var vv, vw float64
	for j := range v {
		vv += v[j] * v[j]
		vw += v[j] * w[j]
	}
	scale := vw / vv
	if !(vv > 0) || !(math.Abs(scale) > 0) {
		return Row{}, false
	}
	d, entry := distance(v, w, scale)
	return Row{Scale: scale, Error: d, Entry: entry}, d <= matchTolerance
}

// distance is ‖v − w/scale‖₂ / ‖v‖₂, and the largest entry of the difference.
func distance(v, w []float64, scale float64) (relative, entry float64) {
	var vv, dd float64
	for j := range v {
		e := v[j] - w[j]/scale
		vv += v[j] * v[j]
		dd += e * e
		entry = max(entry, math.Abs(e))
	}
	if dd == 0 {
		return 0, entry
	}
	return math.Sqrt(dd / vv), entry
}

// pairOutputs compares output rows as they are: outputs have an order and a scale.
func pairOutputs(v, w [][]float64) []Row {
	rows := make([]Row, len(v))
	for k := range v {
		d, entry := distance(v[k], w[k], 1)
		rows[k] = Row{Match: k, Scale: 1, Error: finite(d), Entry: finite(entry)}
		if !(d <= matchTolerance) {
			rows[k].Match = -1
		}
	}
	return rows
}

// duplicates counts whole rows of the victim that are a positive multiple of an
// earlier one.
func duplicates(v [][]float64) int {
	n := 0
	for k := range v {
		for m := range k {
			if r, ok := match(v[m], v[k]); ok && r.Scale > 0 && r.Error <= RowTolerance {
				n++
				break
			}
		}
	}
	return n
}

// judge counts the rows of a layer.
func (l *Layer) judge() {
	for _, r := range l.Rows {
		switch {
		case r.Match < 0:
			l.Missing++
		case r.Undecided:
			l.Undecided++
		case r.Scale < 0:
			l.WrongSigns++
		case r.Error <= RowTolerance:
			l.Right++
		default:
			l.Imprecise++
		}
		l.WorstRow = max(l.WorstRow, finite(r.Error))
		l.WorstEntry = max(l.WorstEntry, finite(r.Entry))
	}
}

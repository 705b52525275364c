package campaign

import (
	"slices"

	"peel/core/extract"
)

// stopped reports whether a run did not come to an end of its own.
func (r *Record) stopped() bool { return r.End != Ended }

// phases are what the literature calls signatures and signs.
var (
	signatures = []extract.Phase{extract.PhaseSubspace, extract.PhaseCritical, extract.PhaseSignature}
	signs      = []extract.Phase{extract.PhaseSign}
)

// spent is what some phases of a layer took, all layers for 0. It is over when
// the run was stopped before a later phase of that layer had begun.
func (o *outcome) spent(layer int, phases []extract.Phase, of func(*Step) float64) figure {
	var f figure
	later := false
	for i := range o.Steps {
		s := &o.Steps[i]
		if slices.Contains(phases, s.Phase) && (layer == 0 || s.Layer == layer) {
			f.v += of(s)
		}
		if layer > 0 && (s.Layer > layer || s.Layer == layer && s.Phase == extract.PhaseSign && !slices.Contains(phases, s.Phase)) {
			later = true
		}
	}
	f.over = o.stopped() && !later
	return f
}

func stepSeconds(s *Step) float64 { return s.Seconds }
func stepQueries(s *Step) float64 { return float64(s.Queries) }

// looked is the layer that the figures of a run are about: the one attacked
// alone, or the part's.
func (p *part) looked(o *outcome) int {
	if o.Spec.Method.Idealised > 0 {
		return o.Spec.Method.Idealised
	}
	return p.Layer
}

// rows counts the rows of a run with one of the letters, and all, in a layer or
// in all layers for 0. A layer that was never reached counts as missing.
func (o *outcome) rows(layer int, letters string) (n, of int) {
	for i := range o.Score {
		if l := &o.Score[i]; layer == 0 || l.Layer == layer {
			n += l.count(letters)
			of += len(l.Rows)
		}
	}
	if of == 0 {
		for i, width := range o.Spec.Sizes[1 : len(o.Spec.Sizes)-1] {
			if layer == 0 && o.Spec.Method.Idealised == 0 || layer == i+1 {
				of += width
			}
		}
	}
	return n, of
}

// exact counts the rows that are right to 1e-8, whatever their sign.
func (o *outcome) exact(layer int) int {
	n := 0
	for i := range o.Score {
		if l := &o.Score[i]; layer == 0 || l.Layer == layer {
			n += l.Exact
		}
	}
	return n
}

// solved reports whether every row was recognised and has its sign.
func (o *outcome) solved(layer int) bool {
	n, of := o.rows(layer, "RI")
	return n == of && !o.stopped()
}

// worst is the largest relative error of a row that was recognised.
func (o *outcome) worst(layer int) float64 {
	w := 0.0
	for i := range o.Score {
		if l := &o.Score[i]; layer == 0 || l.Layer == layer {
			w = max(w, l.Worst)
		}
	}
	return w
}

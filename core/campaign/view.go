package campaign

import (
	"fmt"
	"slices"
	"strings"

	"peel/core/extract"
	"peel/core/method"
)

// View names a table or a figure of a part.
type View string

// viewInfo is how one is made: as a table or as a figure.
type viewInfo struct {
	name   View
	table  func(*part) Table
	figure func(*part) Figure
}

// views lists all there are. It is filled in init, since a view asks for a part
// whose check asks for the views.
var views []viewInfo

func init() {
	views = []viewInfo{
		{"methods", methodsTable, nil},
		{"layers", layersTable, nil},
		{"answers", answersTable, nil},
		{"floor", floorTable, nil},
		{"phases-by-width", nil, phasesByWidth},
		{"signs-by-samples", nil, signsBySamples},
		{"confidence", nil, confidenceByNeuron},
		{"confidence-by-distance", nil, confidenceByDistance},
		{"accuracy-by-flips", nil, accuracyByFlips},
		{"recovered-by-width", nil, recoveredByWidth},
		{"queries-by-width", nil, queriesByWidth},
		{"seconds-by-width", nil, secondsByWidth},
		{"queries-by-parameters", nil, queriesByParameters},
		{"error-by-depth", nil, errorByDepth},
	}
}

func viewNames() string {
	var names []string
	for _, v := range views {
		names = append(names, string(v.name))
	}
	return strings.Join(names, ", ")
}

// part is a part of a campaign with what came of it.
type part struct {
	*Part
	runs []*outcome // in the order of victims, answers, methods and seeds
	todo int        // jobs without a record
}

// outcome is one run of a part.
type outcome struct {
	*Record
	place int // in Results.Records
}

// gather returns the part's runs.
func (r *Results) gather(p *Part, places map[string]int) *part {
	out := &part{Part: p}
	for _, j := range p.jobs(r.Campaign) {
		if at, ok := places[j.Key()]; ok {
			out.runs = append(out.runs, &outcome{r.Records[at], at})
		} else {
			out.todo++
		}
	}
	// Back from the order of work to that of the file.
	victims, methods, answers := order[Victim]{}, order[method.Method]{}, order[Answers]{}
	for i := range p.Victims {
		victims.add(p.Victims[i].each()...)
	}
	for i := range p.Methods {
		methods.add(p.Methods[i].each()...)
	}
	answers.add(p.Answers...)
	slices.SortStableFunc(out.runs, func(a, b *outcome) int {
		if d := victims[a.Victim] - victims[b.Victim]; d != 0 {
			return d
		}
		if d := answers[a.answers()] - answers[b.answers()]; d != 0 {
			return d
		}
		return methods[a.Spec.Method] - methods[b.Spec.Method]
	})
	return out
}

type order[T comparable] map[T]int

func (o order[T]) add(all ...T) {
	for _, v := range all {
		if _, ok := o[v]; !ok {
			o[v] = len(o)
		}
	}
}

func (r *Record) answers() Answers { return Answers{r.Spec.Oracle.Plain, r.Spec.Oracle.Precision} }

// group is runs that a table or a figure takes together: they differ in seeds.
type group struct {
	name string
	runs []*outcome
}

// groups puts the part's runs together by what name gives, in order of first
// appearance. Runs for which it gives "" are left out.
func groups(runs []*outcome, name func(*outcome) string) []group {
	at := map[string]int{}
	var all []group
	for _, o := range runs {
		n := name(o)
		if n == "" {
			continue
		}
		if _, ok := at[n]; !ok {
			at[n] = len(all)
			all = append(all, group{name: n})
		}
		all[at[n]].runs = append(all[at[n]].runs, o)
	}
	return all
}

func (g *group) places() []int {
	var all []int
	for _, o := range g.runs {
		all = append(all, o.place)
	}
	return all
}

// of sums a figure up over the runs of a group.
func (g *group) of(f func(*outcome) figure) stat {
	var all []figure
	for _, o := range g.runs {
		all = append(all, f(o))
	}
	return summary(all)
}

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

// signed says how the signs of the rows that were found came out: "5/5", "3/5, 1
// wrong, 1 undecided".
func signed(runs []*outcome, layer func(*outcome) int) string {
	n := map[string]int{}
	for _, o := range runs {
		for _, letters := range []string{"RI", "W", "U", "RIWU"} {
			k, _ := o.rows(layer(o), letters)
			n[letters] += k
		}
	}
	if n["RIWU"] == 0 {
		return "–"
	}
	text := share(n["RI"], n["RIWU"])
	if n["W"] > 0 {
		text += fmt.Sprintf(", %d wrong", n["W"])
	}
	if n["U"] > 0 {
		text += fmt.Sprintf(", %d undecided", n["U"])
	}
	return text
}

// share writes how many rows came out, over all runs of a group.
func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", n, of)
}

// tally adds up rows over the runs of a group.
func (g *group) tally(p *part, letters string) (n, of int) {
	for _, o := range g.runs {
		a, b := o.rows(p.looked(o), letters)
		n, of = n+a, of+b
	}
	return n, of
}

// count says of how many runs something holds: "3 of 4".
func (g *group) count(holds func(*outcome) bool) string {
	n := 0
	for _, o := range g.runs {
		if holds(o) {
			n++
		}
	}
	return outOf(n, len(g.runs))
}

// ended says how runs ended: "4 of 4", "3 of 4, 1 out of time".
func (g *group) ended(good func(*outcome) bool) string {
	stops := map[End]int{}
	for _, o := range g.runs {
		stops[o.End]++
	}
	text := g.count(good)
	for _, s := range []struct {
		end  End
		name string
	}{{OutOfTime, "out of time"}, {OutOfQuery, "out of queries"}, {Failed, "failed"}} {
		if k := stops[s.end]; k > 0 {
			text += fmt.Sprintf(", %d %s", k, s.name)
		}
	}
	return text
}

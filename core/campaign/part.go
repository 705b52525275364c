package campaign

import (
	"slices"

	"peel/core/method"
)

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

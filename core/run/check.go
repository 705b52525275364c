package run

import (
	"encoding/json"
	"errors"

	"peel/core/extract"
)

// Record is a run as far as it went, in a form that can be handed over: the spec
// and the figures as JSON, the journal as AppendResults writes it.
type Record struct{ Spec, Figures, Journal []byte }

// Checked is a run of which all parts fit each other.
type Checked struct {
	Spec    Spec
	Figures Figures
	Results []extract.Result
	Outcome *extract.Outcome // nil when the run can go on
}

// Look replays results to find what they come to.
func Look(spec Spec, results []extract.Result, sink Sink) (*Checked, error) {
	c := &Checked{Spec: spec, Results: results}
	var err error
	c.Outcome, err = Replay(spec, results, func(e extract.Event) {
		c.Figures.Follow(e)
		sink(e)
	})
	return c, err
}

// Record writes a run down.
func (c *Checked) Record() (r Record, err error) {
	if r.Spec, err = indented(c.Spec); err != nil {
		return r, err
	}
	if r.Figures, err = indented(c.Figures); err != nil {
		return r, err
	}
	r.Journal = AppendResults(nil, c.Results)
	return r, nil
}

func indented(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return append(b, '\n'), err
}

// Check reads a record that may come from a stranger, replays its journal and
// makes sure that it gives the figures claimed, digest included. The time cannot
// be checked and is taken as it stands. That the journal is what the victim
// answered only a run against the victim can tell: no answer is asked for here.
func (r Record) Check(sink Sink) (*Checked, error) {
	spec, err := ParseSpec(r.Spec)
	if err != nil {
		return nil, err
	}
	claimed, err := ParseFigures(r.Figures)
	if err != nil {
		return nil, err
	}
	results, err := ParseResults(r.Journal)
	if err != nil {
		return nil, err
	}
	c, err := Look(spec, results, sink)
	if err != nil {
		return nil, err
	}
	if !c.Figures.Same(claimed) {
		return nil, errors.New("its journal does not give the figures it claims")
	}
	c.Figures.Seconds = claimed.Seconds
	return c, nil
}

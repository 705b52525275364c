package campaigns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"peel/core/campaign"
	"peel/core/extract"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/run"
)

// specOf is the spec of a job on its network.
func specOf(j campaign.Job, net *nn.Network) run.Spec {
	spec := run.NewSpec(run.Victim{Name: j.Victim.Name(), SHA256: net.Fingerprint()}, net.Sizes(), j.Seed)
	spec.Oracle, spec.Method = j.Oracle, j.Method
	return spec
}

// attempt is one run on the thread that calls it.
type attempt struct {
	spec  run.Spec
	watch *watch
	state *extract.State // as far as it came
	steps map[step]*campaign.Step
	// What was accounted for so far.
	queries int64
	time    time.Duration
	sure    map[row]float64 // confidence of signs
	last    extract.Task    // the one being done
	stopped bool            // the last round met the end of the budget
}

// step and row tell steps, and rows of the recovered network, apart.
type step struct {
	layer int
	phase extract.Phase
}

type row struct{ layer, neuron int }

// do runs a job and scores what it found. Its error is that of ctx, when the
// campaign is stopped.
func do(ctx context.Context, j campaign.Job, victim *made) (*campaign.Record, error) {
	net := victim.Network
	a := &attempt{spec: specOf(j, net), steps: map[step]*campaign.Step{}, sure: map[row]float64{}}
	began, wall := threadTime(), time.Now()
	a.time = began
	a.watch = &watch{ctx: ctx, until: began + time.Duration(j.Seconds*float64(time.Second))}
	outcome, err := a.drive(net)
	took := threadTime() - began
	r := &campaign.Record{V: campaign.Version, Victim: j.Victim, Spec: a.spec, Limit: j.Seconds, Flips: j.Flips, Distance: victim.distance,
		Queries: a.watch.asked, Seconds: took.Seconds(), Wall: time.Since(wall).Seconds()}
	if err != nil {
		a.account(a.last.Layer, a.last.Phase, a.watch.asked)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, errTime) || err == nil && took.Seconds() > j.Seconds:
		r.End = campaign.OutOfTime
	case err != nil:
		r.End, r.Why = campaign.Failed, []string{err.Error()}
	case a.stopped:
		r.End = campaign.OutOfQuery
	default:
		r.End = campaign.Ended
	}
	if outcome != nil {
		r.Queries = outcome.Queries
		r.Digest = run.Digest(outcome.Network, outcome.ByPhase)
		r.Complete, r.Why = outcome.Achieved(), outcome.Missing
	}
	for _, s := range a.steps {
		r.Steps = append(r.Steps, *s)
	}
	slices.SortFunc(r.Steps, func(a, b campaign.Step) int {
		if a.Layer != b.Layer {
			return a.Layer - b.Layer
		}
		return slices.Index(extract.Phases, a.Phase) - slices.Index(extract.Phases, b.Phase)
	})
	if outcome == nil {
		if outcome = a.soFar(); outcome == nil {
			return r, nil
		}
	}
	return r, a.score(r, net, outcome)
}

// soFar is what a run that was ended had found, nil where that cannot be told.
func (a *attempt) soFar() (out *extract.Outcome) {
	defer func() {
		if recover() != nil { // the method had failed in the middle of a step
			out = nil
		}
	}()
	if a.state == nil {
		return nil
	}
	return a.state.Outcome()
}

// drive runs the extraction. A method that panics has failed.
func (a *attempt) drive(net *nn.Network) (out *extract.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("the method failed: %v", p)
		}
	}()
	asked := watched{oracle.NewVictim(net), a.watch}
	exec := &hand{a, a.spec.Limit(oracle.Pass(asked, oracle.Inside(net)))}
	return run.Drive(a.watch.ctx, a.spec, exec, nowhere{}, a.follow)
}

// hand is an Executor that does the tasks itself, one after another.
type hand struct {
	*attempt
	o oracle.Oracle
}

func (h *hand) Run(_ context.Context, state *extract.State, _ []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	h.state, h.stopped = state, false
	for _, t := range tasks {
		h.last = t
		if err := h.watch.check(); err != nil {
			return err
		}
		r, err := state.Do(t, h.o)
		if err != nil {
			return err
		}
		h.stopped = h.stopped || r.OutOfBudget()
		if err := put(r); err != nil {
			return err
		}
	}
	return nil
}

// nowhere is a journal of runs that are done in one go.
type nowhere struct{}

func (nowhere) Append(extract.Result) error     { return nil }
func (nowhere) Load() ([]extract.Result, error) { return nil, nil }

// follow accounts for what passed since the last event.
func (a *attempt) follow(e extract.Event) {
	switch e.Type {
	case "progress":
		a.account(e.Layer, e.Phase, e.Queries)
	case "signed":
		a.sure[row{e.Layer, e.Neuron}] = e.Confidence
	}
}

// account puts the time and the queries since the last time on a phase of a layer.
func (a *attempt) account(layer int, phase extract.Phase, queries int64) {
	hidden := len(a.spec.Sizes) - 2
	switch {
	case phase == extract.PhaseOutput || phase == extract.PhaseVerify:
		layer = hidden + 1
	case a.spec.Method.Idealised > 0:
		layer = a.spec.Method.Idealised
	}
	at := step{min(max(layer, 1), hidden+1), phase}
	if a.steps[at] == nil {
		a.steps[at] = &campaign.Step{Layer: at.layer, Phase: phase}
	}
	now := threadTime()
	a.steps[at].Seconds += (now - a.time).Seconds()
	a.steps[at].Queries += queries - a.queries
	a.time, a.queries = now, queries
}

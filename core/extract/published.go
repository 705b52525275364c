package extract

import (
	"encoding/json"
	"fmt"

	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// A published method attacks layer after layer in the coordinates of the input:
// the rows of a layer are found, then their signs, and then the layer is part of
// the prefix of the next. It is a queue of steps, each a stage of this run.

// published enters layer k.
func (s *State) published(k int) (stage, error) {
	for i := len(s.layers) + 1; i < k; i++ { // an idealised run
		s.layers = append(s.layers, &layer{index: i, chart: s.inputs(), neurons: s.given.Layers[i-1].neurons(1), searched: true, tested: true})
	}
	l := &layer{index: k, chart: s.inputs()}
	s.layers = append(s.layers, l)
	a := s.newAttack(l)
	if s.cfg.Method.Signature == method.Given {
		l.neurons = s.given.Rows.neurons(0)
		return s.signPublished(l), nil
	}
	library, err := method.Installed()
	if err != nil {
		return nil, err
	}
	step, err := library.Signatures(a)
	if err != nil {
		return nil, err
	}
	t := &methodStage{l: l, a: a}
	return t.then(s, step)
}

// inputs is the chart of the whole input space.
func (s *State) inputs() *chart {
	return &chart{dim: s.cfg.Sizes[0], size: s.size, noise: s.noise}
}

// newAttack is the attack on a layer whose prefix is in place.
func (s *State) newAttack(l *layer) *method.Attack {
	a := &method.Attack{Sizes: s.cfg.Sizes, Layer: l.index, Prefix: s.network().Layers[:l.index-1], Method: s.cfg.Method,
		Seed: s.cfg.Seed, Noise: s.noise}
	if s.cfg.Budget > 0 {
		a.Budget = max(1, s.cfg.Budget-s.Queries())
	}
	return a
}

// signPublished begins the signs of a layer by a published method.
func (s *State) signPublished(l *layer) stage {
	l.searched = true
	if lack := s.width(l.index) - len(l.neurons); lack != 0 {
		return nil // the outcome says how many are missing
	}
	l.tested = true
	a := s.newAttack(l)
	to := &s.network().Layers[l.index-1] // the rows in input coordinates, with + for an open sign
	for k := range l.neurons {
		a.Rows = append(a.Rows, method.Row{W: to.Row(k), B: to.B[k]})
	}
	t := &methodStage{l: l, a: a, signs: true}
	library, err := method.Installed()
	var step method.Step
	if err == nil {
		step, err = library.Signs(a)
	}
	if err != nil {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: its signs were not attacked: %v", l.index, err))
		return nil
	}
	next, err := t.then(s, step)
	if err != nil {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: its signs were not attacked: %v", l.index, err))
		return nil
	}
	return next
}

// methodStage is one step of a published method.
type methodStage struct {
	l     *layer
	a     *method.Attack
	step  method.Step
	signs bool // this part finds signs, else rows
}

func (t *methodStage) phase() Phase      { return Phase(t.step.Phase()) }
func (t *methodStage) layer() int        { return t.l.index }
func (t *methodStage) kind() string      { return t.step.Kind() }
func (t *methodStage) tasks(*State) int  { return max(1, t.step.Tasks()) }
func (t *methodStage) cost(*State) int64 { return t.step.Cost() }

func (t *methodStage) do(_ *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	return t.step.Do(i, o, r)
}

func (t *methodStage) apply(s *State, results []json.RawMessage) (stage, error) {
	step, err := t.step.Apply(results)
	if err != nil {
		return nil, err
	}
	t.take(s)
	return t.then(s, step)
}

// then goes on with the next step, or with what follows this part.
func (t *methodStage) then(s *State, step method.Step) (stage, error) {
	if step != nil {
		next := *t
		next.step = step
		return &next, nil
	}
	t.take(s)
	for _, why := range t.a.Why {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: %s", t.l.index, why))
	}
	if !t.signs {
		return s.signPublished(t.l), nil
	}
	if s.cfg.Method.Signature == method.Trace {
		return s.afterSigns(t.l), nil
	}
	return s.afterPublished(t.l)
}

// take brings the layer up to what the attack knows.
func (t *methodStage) take(s *State) {
	for k, row := range t.a.Rows {
		if !t.signs && k == len(t.l.neurons) {
			t.l.neurons = append(t.l.neurons, &neuron{Hyperplane: signature.Hyperplane{W: row.W, B: row.B}})
			s.emit(Event{Type: "found", Layer: t.l.index, Neuron: k})
			s.emit(Event{Type: "completed", Layer: t.l.index, Neuron: k})
		}
		if n := t.l.neurons[k]; !t.signs {
			n.W, n.B = row.W, row.B // improved, maybe
		} else if n.sign == 0 && row.Sign != 0 {
			n.sign = row.Sign
			s.emit(Event{Type: "signed", Layer: t.l.index, Neuron: k, Confidence: row.Confidence})
		}
	}
}

// afterPublished goes from a layer attacked by published methods to the next, or
// to the output.
func (s *State) afterPublished(l *layer) (stage, error) {
	if s.alone(l) {
		s.endAlone(l)
		return nil, nil
	}
	if open := l.unsigned(); open > 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: %d of %d signs are undecided", l.index, open, len(l.neurons)))
		return nil, nil
	}
	if l.index < s.hidden() {
		return s.published(l.index + 1)
	}
	return fitStage{}, nil
}

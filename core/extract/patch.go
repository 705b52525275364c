package extract

import (
	"encoding/json"
	"slices"

	"peel/core/oracle"
	"peel/core/rng"
)

// patchStage corrects single weights of a deep network with answers on which it
// is wrong. Two kinds of weights can be: one that showed on no critical point
// and was taken not to matter, because where its input is on the neuron was seen
// on one side only; and one that rests on a critical point of another neuron.
// An input on which the network is wrong says what the activation of neuron k
// would have to be for the answer to be right,
//
//	f̂(y; h_k := z) = f(y)   ⇒   Σ_j δ_j h_j = z − ŵ_k·(h, 1),
//
// over the weights j in question: one linear equation in their errors δ for
// every root z. If another neuron is wrong the equations of different inputs
// contradict each other; that many of them agree is the proof. Where all rows that
// read a neuron are wrong together, reweigh corrects them, and come adds neurons
// that are missing. Few queries are needed but those that found the inputs: to check
// corrections elsewhere, and to exercise weights that rest on little. (New here.)
type patchStage struct {
	bad   Vec          // inputs and their answers
	only  bool         // only neurons that were missed are added
	check bool         // if nothing comes of it, the network is checked
	hunt  *surveyStage // if nothing comes of it, one looks for what this survey showed
}

func (*patchStage) phase() Phase     { return PhaseVerify }
func (*patchStage) layer() int       { return 0 }
func (*patchStage) kind() string     { return "patch" }
func (*patchStage) tasks(*State) int { return 1 }
func (*patchStage) cost(*State) int64 {
	return comeAsked + patchRounds*patchAsked + exerciseRounds*exerciseMost*exerciseEach
}

// patchRounds is how many groups of weights are corrected at most.
const patchRounds = 16

// patched lists corrected weights: layer, neuron, input and the weight, in the
// units of the recovered network.
type patched struct {
	At  []int      `json:"at,omitempty"` // three numbers each
	W   Vec        `json:"w,omitempty"`
	New []newcomer `json:"new,omitempty"`
	// Bad are the inputs asked to exercise weights, and their answers.
	Bad Vec `json:"bad,omitempty"`
}

func (t *patchStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	in, err := s.layers[1].chart.open(o)
	if err != nil {
		return nil, err
	}
	p := s.newPatcher(t.bad, r)
	p.in = in
	// A neuron that was missed first: weights could be bent to explain it.
	var out patched
	if out.New, err = s.newcomers(p); err != nil {
		return nil, err
	}
	if !t.only {
		if err := p.correct(); err != nil {
			return nil, err
		}
		more, err := s.newcomers(p)
		if err != nil {
			return nil, err
		}
		out.New = append(out.New, more...)
		if more, err = s.drill(p); err != nil {
			return nil, err
		}
		out.New = append(out.New, more...)
	}
	for i := len(p.y) - p.asked; i < len(p.y); i++ {
		out.Bad = append(append(out.Bad, p.y[i]...), p.f[i]...)
	}
	for i := range out.New {
		n := &out.New[i]
		p.read(n)
		copy(n.W, p.net.Layers[n.Layer].Row(n.At))
	}
	for _, c := range p.made {
		if c.neuron >= len(s.layers[c.layer].neurons) { // a newcomer
			continue
		}
		for _, j := range c.inputs {
			if j >= len(s.layers[c.layer].neurons[c.neuron].W) || j >= len(s.layers[c.layer-1].neurons) { // a newcomer's
				continue
			}
			out.At = append(out.At, c.layer, c.neuron, j)
			out.W = append(out.W, p.net.Layers[c.layer].Row(c.neuron)[j])
		}
	}
	return out, nil
}

// drill exercises weights that rest on little, corrects what that shows, and returns
// the neurons of which it tells more.
func (s *State) drill(p *patcher) ([]newcomer, error) {
	var all []newcomer
	for range exerciseRounds {
		if exerciseFew*len(p.wrong()) > len(p.y) { // what is wrong is not that
			break
		}
		if wrong, err := p.exercise(); err != nil || !wrong {
			return all, err
		}
		p.reweighed()
		if err := p.correct(); err != nil {
			return nil, err
		}
		more, err := s.newcomers(p)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// correct corrects weights for as long as that helps.
func (t *patcher) correct() error {
	for range patchRounds {
		if ok, err := t.improve(true); err != nil {
			return err
		} else if !ok && !t.reweighed() {
			break
		}
	}
	return nil
}

// newcomers finds the neurons that were missed, those of the last layers first.
func (s *State) newcomers(p *patcher) ([]newcomer, error) {
	var all []newcomer
	for i := len(s.layers) - 1; i >= 2; i-- {
		again, err := p.again(i, s.partsOf(p, i))
		if err != nil {
			return nil, err
		}
		all = append(all, again...)
		for {
			n, err := p.come(i)
			if err != nil {
				return nil, err
			}
			if n == nil {
				break
			}
			all = append(all, *n)
		}
	}
	return all, nil
}

func (t *patchStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	v, err := decode[patched](results[0])
	if err != nil {
		return nil, err
	}
	if len(v.Bad)%(s.layers[1].chart.dim+s.dout()) != 0 {
		return nil, errDamaged
	}
	s.wrongs = append(s.wrongs, v.Bad...)
	switch {
	case len(v.W)+len(v.New) > 0:
	case t.hunt != nil:
		return s.huntFor(t.hunt), nil
	case t.check:
		return s.checked(s.wrongOn(s.inDeepChart(s.network()))), nil
	default:
		if s.surveys++; s.surveys < maxSurveys && s.kept.wrong > 0 { // other inputs may tell
			return &surveyStage{}, nil
		}
		return s.lastAim(), nil
	}
	s.layers = slices.Clone(s.layers)
	if !s.holds(&v) || len(v.New) > 0 && !s.welcome(v.New) {
		return nil, errDamaged
	}
	mine := make([]bool, len(s.layers))
	for i, w := range v.W {
		at := v.At[3*i]
		if !mine[at] {
			s.layers[at], mine[at] = s.layers[at].copied(), true
		}
		n := s.layers[at].neurons[v.At[3*i+1]]
		n.W[v.At[3*i+2]] = float64(n.orientation() * w)
	}
	s.patches++
	s.warn("corrected from answers on which the network was wrong: %d weights, %d neurons", len(v.W), len(v.New))
	return s.deeplyFitted(), nil
}

// holds reports whether there are such weights.
func (s *State) holds(v *patched) bool {
	if len(v.At) != 3*len(v.W) {
		return false
	}
	for i := range v.W {
		layer, k, j := v.At[3*i], v.At[3*i+1], v.At[3*i+2]
		if layer < 0 || layer >= len(s.layers) || k < 0 || k >= len(s.layers[layer].neurons) || j < 0 || j >= len(s.layers[layer].neurons[k].W) {
			return false
		}
	}
	return true
}

package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/signature"
)

// mending is the repair of a recovered network that is wrong on some inputs.
// The critical points it did not predict are traced in one layer after the
// other, the earliest first, until one of them shows a neuron that was missing
// or more of one that was known in part. What comes after that layer is then
// done again, with the rows known so far.
type mending struct {
	kinks []candidate // that the network does not predict
	known int         // what was known of the layer they are traced in
	redo  bool        // something was found: the layers behind it are done again
	cols  []column    // the inputs of the layer to be redone
}

// version is a recovered network to go back to.
type version struct {
	layers  []*layer
	out     *output
	verify  *verification
	missing []string
	mean    float64 // |f − f̂| / max |f| in a survey
}

// maxMends is how often a network is repaired.
const maxMends = 4

// mendable reports whether a checked network may be worth a survey: not when
// nothing is missing, nor where answers are coarse.
func (s *State) mendable() bool {
	if s.hidden() < 3 || s.coarse() || len(s.layers) < s.hidden() {
		return false
	}
	if s.verify.excess > 1 || s.kept != nil {
		return true
	}
	return slices.ContainsFunc(s.layers, func(l *layer) bool { return !s.entire(l) })
}

// entire reports whether all of a layer is known.
func (s *State) entire(l *layer) bool {
	if len(l.real()) < s.width(l.index) {
		return false
	}
	return l.deep == nil || !slices.ContainsFunc(l.real(), func(n *neuron) bool { return n.assumed || n.part.Rank() < l.deep.reach.Rank() })
}

// mendFrom begins a repair after a survey, or ends the run with the best network.
func (s *State) mendFrom(mean float64, wrong int, kinks []candidate) stage {
	s.mend = nil
	if s.kept != nil && s.kept.mean < mean {
		return s.judge()
	}
	s.kept = &version{layers: s.layers, out: s.out, verify: s.verify, missing: s.missing, mean: mean}
	if len(kinks) == 0 || s.mends == maxMends {
		return s.judge()
	}
	s.mends++
	s.warn("on %d of %d inputs the network answers otherwise; what acts there is looked for", wrong, surveyTasks*surveyEach)
	s.mend = &mending{kinks: kinks}
	s.layers, s.out = nil, nil
	for _, l := range s.kept.layers {
		s.layers = append(s.layers, l.reopened())
	}
	return s.hunt(3)
}

// judge ends a run with the best network it had.
func (s *State) judge() stage {
	s.goBack()
	if s.verify.excess > 1 {
		s.missing = append(s.missing, s.difference())
	}
	return nil
}

// goBack returns to the network before a repair.
func (s *State) goBack() {
	if v := s.kept; v != nil {
		s.layers, s.out, s.verify, s.missing, s.kept, s.mend = v.layers, v.out, v.verify, v.missing, nil, nil
	}
}

// reopened returns a copy of a layer as it was before the weights that do not
// show were settled.
func (l *layer) reopened() *layer {
	c := *l
	if l.deep == nil {
		return &c
	}
	d := *l.deep
	d.guesses, d.closing = nil, false
	c.deep, c.neurons, c.force, c.through = &d, nil, nil, nil
	for _, n := range l.real() {
		u := *n
		u.W = slices.Clone(n.W)
		for _, j := range n.resolved {
			u.W[j] = 0
		}
		u.resolved = nil
		if u.assumed {
			u.sign, u.assumed = 0, false
		}
		c.neurons = append(c.neurons, &u)
	}
	return &c
}

// knowledge is how many weights of a layer are known.
func (l *layer) knowledge() int {
	sum := 0
	for _, n := range l.neurons {
		sum += n.part.Rank()
	}
	return sum
}

// hunt traces the unpredicted critical points in layer index, or in the next
// one that is not whole.
func (s *State) hunt(index int) stage {
	m := s.mend
	for ; index <= s.hidden(); index++ {
		l := s.layers[index-1]
		if s.entire(l) {
			continue
		}
		if kinks := l.unseen(m.kinks); len(kinks) > 0 {
			m.known = l.knowledge()
			return &traceStage{l: l, kinks: kinks, before: l.learned}
		}
	}
	return s.judge()
}

// mended says what follows when a layer was traced during a repair.
func (s *State) mended(l *layer) stage {
	m := s.mend
	if len(l.deep.guesses) > 0 && !l.deep.closing {
		l.deep.closing = true
		return &traceStage{l: l, again: slices.Clone(l.deep.guesses), last: true, before: l.learned}
	}
	if m.redo {
		return s.finish(l)
	}
	if l.knowledge() == m.known {
		return s.hunt(l.index + 1)
	}
	m.redo = true
	m.cols = nil
	for j := range s.kept.layers[l.index-2].neurons {
		m.cols = append(m.cols, column{was: j, scale: 1})
	}
	s.layers = s.layers[:l.index:l.index]
	return s.afterSearch(l)
}

// adopt gives a layer that is searched again the rows it had. Where its inputs
// are others than before, weights are to be found again.
func (s *State) adopt(l *layer) stage {
	m := s.mend
	old, before := s.kept.layers[l.index-1], s.kept.layers[l.index-2]
	m.cols = columns(s.layers[l.index-2], before, m.cols)
	for _, n := range old.real() {
		if u := n.carried(m.cols); u != nil {
			l.neurons = append(l.neurons, u)
		}
	}
	l.lines, l.efforts = old.lines, lastEfforts-1
	if kinks := l.unseen(m.kinks); len(kinks) > 0 && !s.entire(l) {
		return &traceStage{l: l, kinks: kinks, before: l.learned}
	}
	return s.finish(l)
}

// column is an input of a layer that is done again: which one it was, −1 for a
// new one, and how many times larger it is now, because rows have unit norm.
type column struct {
	was   int
	scale float64
}

// columns compares the outputs of a layer before and after a repair, given its
// inputs. What is handed on is the same only if the same neurons let it pass.
func columns(l, old *layer, inputs []column) []column {
	cols := make([]column, len(l.neurons))
	for c, n := range l.neurons {
		cols[c].was = -1
		if !n.pass {
			if c < len(old.real()) {
				cols[c] = column{was: c, scale: n.times(old.neurons[c], inputs)}
			}
			continue
		}
		j := slices.Index(n.W, 1)
		for o, p := range old.neurons {
			if p.pass && slices.Index(p.W, 1) == inputs[j].was && slices.Equal(l.passers(j), old.passers(inputs[j].was)) {
				cols[c] = column{was: o, scale: inputs[j].scale}
			}
		}
	}
	return cols
}

// times is how many times larger a neuron's activations are than they were.
func (n *neuron) times(old *neuron, inputs []column) float64 {
	xy, xx := float64(n.B*old.B), float64(old.B*old.B)
	for c, in := range inputs {
		if in.was >= 0 && n.dim(c) && old.dim(in.was) {
			w := old.W[in.was]
			xy += float64(float64(n.W[c]*in.scale) * w)
			xx += float64(w * w)
		}
	}
	return math.Abs(xy) / xx
}

// passers lists the neurons through which an input passes straight.
func (l *layer) passers(input int) []int {
	var out []int
	for _, t := range l.through {
		if t.input == input {
			out = append(out, t.neuron)
		}
	}
	return out
}

// carried returns what is known of a neuron when its inputs are others, nil when
// its bias was not known.
func (n *neuron) carried(inputs []column) *neuron {
	if !n.dim(n.part.N - 1) {
		return nil
	}
	d := len(inputs)
	u := *n
	u.W, u.C, u.resolved = make([]float64, d), slices.Clone(n.C), nil
	if u.assumed {
		u.sign, u.assumed = 0, false
	}
	var known []int
	for c, in := range inputs {
		if in.was >= 0 && n.dim(in.was) {
			u.W[c] = n.W[in.was] / in.scale
			known = append(known, c)
		}
	}
	norm := linalg.Norm(u.W)
	linalg.Scale(1/norm, u.W)
	linalg.Scale(norm, u.C)
	u.B, u.CErr, u.strength = n.B/norm, float64(n.CErr*norm), float64(n.strength*norm)
	u.part = &guess{spots: n.part.spots, Fragment: signature.Fragment{N: d + 1}, ev: signature.Evidence{N: d + 1}}
	row := append(slices.Clone(u.W), u.B)
	unit := make([]float64, d+1)
	for _, c := range append(known, d) {
		unit[c] = 1
		u.part.Add(unit, row[c])
		u.part.ev.Add(unit, row[c], max(n.WErr, 1e-13))
		unit[c] = 0
	}
	return &u
}

// sign signs the neurons that were missing: the network was right without them
// where the segment to their critical point began, so they are off there.
func (m *mending) sign(s *State, l *layer) {
	for i, n := range l.neurons {
		if n.sign != 0 || i < len(s.kept.layers[l.index-1].real()) {
			continue
		}
		sum := 0.0
		for _, k := range m.kinks {
			pl := l.deep.pre.at(k.Point(k.T))
			if l.lies(n, pl) {
				sum += math.Copysign(1, linalg.Dot(l.deep.pre.gradient(pl, n.W), k.Dir))
			}
		}
		if sum != 0 {
			n.sign = math.Copysign(1, sum)
			s.emit(Event{Type: "signed", Layer: l.index, Neuron: i, Confidence: 1})
		}
	}
}

package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
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
	layers   []*layer
	unfolded []*layer // as they were before they were folded
	out      *output
	verify   *verification
	missing  []string
	net      *nn.Network // in the chart of deep layers
	mean     float64     // |f − f̂| / max |f| in a survey
	asked    int         // at how many inputs
	off      int         // on how many of them it was beyond the tolerance
	wrong    int         // and on how many far beyond its usual error
	patch    bool        // whether weights of it may be corrected from answers
}

// maxMends is how often a network is repaired.
const maxMends = 8

// maxSurprises is how many critical points that the network does not predict are
// remembered from one repair to the next.
const maxSurprises = 128

// mendable reports whether a checked network is surveyed: every deep one is,
// whose check may have missed what hardly ever acts, but for coarse answers.
func (s *State) mendable() bool {
	return s.hidden() >= 3 && s.base() == 1 && !s.coarse() && s.unfolded != nil
}

// entire reports whether all of a layer is known.
func (s *State) entire(l *layer) bool {
	if len(l.real()) < s.width(l.index) {
		return false
	}
	return l.deep == nil || !slices.ContainsFunc(l.real(), func(n *neuron) bool { return n.assumed || n.part.Rank() < l.deep.reach.Rank() })
}

// mendFrom begins a repair after a survey, or ends the run with the best network.
func (s *State) mendFrom(t *surveyStage) stage {
	s.mend, s.left = nil, 0
	s.wrongs = append(s.wrongs, t.bad...)
	net := s.inDeepChart(s.network())
	v := &version{net: net, mean: t.sum / float64(t.asked), asked: t.asked, off: t.off, wrong: t.wrong, patch: s.wrongOn(net) > 0}
	if s.kept != nil && s.worse(v) {
		s.kept.patch = s.wrongOn(s.kept.net) > 0
		return s.judge()
	}
	for i, l := range s.unfolded {
		l.hear(s.layers[i])
	}
	v.layers, v.unfolded, v.out, v.verify, v.missing = s.layers, s.unfolded, s.out, s.verify, s.missing
	s.kept = v
	return s.explain(t)
}

// aimedAt goes on with the best network after inputs were aimed for neurons that
// it lacks, or ends the run if none of them shows one.
func (s *State) aimedAt(t *surveyStage) stage {
	v := s.kept
	s.left = 0
	v.asked, v.off, v.wrong = v.asked+t.asked, v.off+t.off, v.wrong+t.wrong
	if t.wrong == 0 {
		return s.endMending()
	}
	s.wrongs = append(s.wrongs, t.bad...)
	v.patch = true
	return s.explain(t)
}

// explain looks for what acts where a survey found the best network wrong.
func (s *State) explain(t *surveyStage) stage {
	s.surprises = append(append(s.surprises, t.kinks...), s.strays...)
	s.strays = nil
	s.surprises = slices.DeleteFunc(s.surprises, func(k candidate) bool { return predicts(s.kept.net, k.Point(k.T)) })
	s.surprises = s.surprises[max(0, len(s.surprises)-maxSurprises):]
	if s.kept.patch && s.patches < maxPatches {
		nearly := s.mends > 0 && surveyRare*t.wrong <= t.asked || exerciseFew*s.wrongOn(s.kept.net) <= s.knownInputs()
		if nearly || len(s.lacking()) > 0 {
			return &patchStage{bad: s.wrongs, hunt: t, only: !nearly}
		}
	}
	return s.huntFor(t)
}

// knownInputs is how many inputs there are whose answers are remembered.
func (s *State) knownInputs() int { return len(s.wrongs) / (s.layers[1].chart.dim + s.dout()) }

// beforeCheck goes from a network that was done again or corrected, and fitted, to its
// check. Answers that are known say first what more is wrong with it, for as long as
// that helps, and whether it is any better.
func (s *State) beforeCheck() stage {
	if len(s.wrongs) == 0 {
		return &verifyStage{}
	}
	wrong := s.wrongOn(s.inDeepChart(s.network()))
	if wrong > 0 && (s.left == 0 || wrong < s.left) && s.patches < maxPatches {
		s.left = wrong
		return &patchStage{bad: s.wrongs, check: true}
	}
	return s.checked(wrong)
}

// checked goes to the check of a network that is wrong on so many known inputs, but not
// of one that was done again and is no better.
func (s *State) checked(wrong int) stage {
	if s.mend != nil && wrong > s.wrongOn(s.kept.net) && 2*s.kept.off <= s.kept.asked {
		return s.judge()
	}
	return &verifyStage{}
}

// huntFor traces the critical points that the best network does not predict.
func (s *State) huntFor(t *surveyStage) stage {
	if len(s.surprises) == 0 && (t.wrong == 0 || !s.kept.untraced()) || s.mends == maxMends {
		return s.judge()
	}
	s.mends++
	s.left = 0
	s.warn("on %d of %d inputs the network answers otherwise; what acts there is looked for", t.wrong, t.asked)
	s.mend = &mending{kinks: slices.Clone(s.surprises)}
	s.out, s.folded = nil, false
	return s.hunt(3)
}

// judge ends a run with the best network it had, or corrects that where answers
// tell how, and checks it again.
func (s *State) judge() stage {
	if v := s.kept; v != nil {
		s.restore()
		s.left = 0
		if v.patch && s.patches < maxPatches {
			v.patch = false
			return &patchStage{bad: s.wrongs}
		}
	}
	return s.lastAim()
}

// lastAim aims once more for neurons that the best network lacks, before the run ends.
func (s *State) lastAim() stage {
	if s.kept != nil && s.aims < maxAims && len(s.lacking()) > 0 {
		s.aims++
		return &surveyStage{aimed: true}
	}
	return s.endMending()
}

// worse reports whether a surveyed network is worse than the best so far. Every
// survey asks at other inputs, of which few are wrong, so networks that are right
// nearly everywhere are compared on all that were ever found on which one was
// wrong, and others by their mean error.
func (s *State) worse(v *version) bool {
	if 2*v.off > v.asked || 2*s.kept.off > s.kept.asked {
		return float64(surveyNoise*s.kept.mean) < v.mean
	}
	return s.wrongOn(v.net) > s.wrongOn(s.kept.net)
}

// wrongOn is on how many of the inputs found so far a network is wrong.
func (s *State) wrongOn(net *nn.Network) int {
	t := &patcher{net: net}
	t.y, t.f = s.pairs(s.wrongs)
	return len(t.wrong())
}

// restore goes back to the best network.
func (s *State) restore() {
	v := s.kept
	s.layers, s.unfolded, s.out, s.verify, s.missing = v.layers, v.unfolded, v.out, v.verify, v.missing
	s.mend, s.folded = nil, true
}

// endMending ends a run with the network it has.
func (s *State) endMending() stage {
	if s.kept != nil {
		s.verify.wrong, s.verify.asked = s.kept.wrong, s.kept.asked
		if known := s.wrongOn(s.kept.net); known > s.verify.wrong { // inputs of earlier surveys
			s.verify.wrong, s.verify.asked = known, s.kept.asked+s.knownInputs()
		}
	}
	s.kept = nil
	if s.verify.failed() {
		s.missing = append(s.missing, s.difference())
	}
	return nil
}

// surveyRare is one in how many inputs may be wrong for weights to be corrected before
// anything is traced again.
const surveyRare = 1024

// surveyNoise is how many times as large the mean error of a network may be that
// is no worse.
const surveyNoise = 1.5

// maxSurveys is how often a network is surveyed again when nothing came of what
// was wrong.
const maxSurveys = 3

// maxAims is how often inputs are aimed for neurons that the best network lacks.
const maxAims = 4

// maxPatches is how often weights are corrected from answers.
const maxPatches = 32

// copied returns a copy of a layer that shares none of what may still change.
func (l *layer) copied() *layer {
	c := *l
	c.neurons, c.force, c.through = nil, slices.Clone(l.force), slices.Clone(l.through)
	was := map[*neuron]*neuron{}
	for _, n := range l.neurons {
		u := *n
		u.W, u.C, u.resolved = slices.Clone(n.W), slices.Clone(n.C), slices.Clone(n.resolved)
		if u.of != nil {
			u.of = was[n.of]
		}
		was[n] = &u
		c.neurons = append(c.neurons, &u)
	}
	if l.deep != nil {
		d := *l.deep
		d.guesses = slices.Clone(d.guesses)
		c.deep = &d
	}
	return &c
}

// reopened returns a copy of a deep layer as it was before the weights that do
// not show were settled.
func (l *layer) reopened() *layer {
	c := l.copied()
	c.neurons = c.real()
	c.force, c.through, c.handsAll, c.spanTested = nil, nil, false, false
	c.deep.guesses, c.deep.closing = nil, false
	for _, n := range c.neurons {
		for _, j := range n.resolved {
			n.W[j] = 0
		}
		n.resolved = nil
		n.doubt()
	}
	return c
}

// hear notes the signs that were assumed and that the next layer told when the
// layer was folded.
func (l *layer) hear(folded *layer) {
	for k, n := range l.real() {
		if u := folded.neurons[k]; n.assumed && !u.assumed {
			n.told = u.sign
		}
	}
}

// doubt opens a sign again that was only assumed, unless the next layer told it.
func (n *neuron) doubt() {
	switch {
	case n.assumed && n.told != 0:
		n.sign, n.assumed = n.told, false
	case n.assumed:
		n.sign, n.hint, n.assumed = 0, n.sign, false
	}
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
		if s.entire(s.kept.unfolded[index-1]) {
			continue
		}
		l := s.kept.unfolded[index-1].reopened()
		came := s.newcomersIn(l)
		if kinks := l.unseen(m.kinks); len(kinks)+len(came) > 0 {
			m.known = l.knowledge()
			s.layers = nil
			for _, before := range s.kept.unfolded[:index-1] { // which a fold will change
				s.layers = append(s.layers, before.copied())
			}
			s.layers = append(s.layers, l)
			return &traceStage{l: l, kinks: kinks, again: came, before: l.learned}
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
	for j := range s.kept.unfolded[l.index-2].neurons {
		m.cols = append(m.cols, column{was: j, scale: 1})
	}
	return s.afterSearch(l)
}

// adopt gives a layer that is searched again the rows it had. Where its inputs
// are others than before, weights are to be found again.
func (s *State) adopt(l *layer) stage {
	m := s.mend
	old, before := s.kept.unfolded[l.index-1], s.kept.unfolded[l.index-2]
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
// inputs. What is handed on is the same only if it does the same.
func columns(l, old *layer, inputs []column) []column {
	cols := make([]column, len(l.neurons))
	same := len(l.real()) == len(old.real()) // as far as all inputs handed on go
	for c, n := range l.neurons {
		cols[c].was = -1
		switch {
		case !n.pass && c < len(old.real()):
			t := n.times(old.neurons[c], inputs)
			if float64(n.sign*old.neurons[c].sign*t) > 0 {
				cols[c] = column{was: c, scale: math.Abs(t)}
			} else {
				same = false
			}
		case n.of != nil:
			k := slices.Index(l.neurons, n.of)
			o := slices.IndexFunc(old.neurons, func(p *neuron) bool { return p.of != nil && p.of == old.neurons[k] })
			if o >= 0 && cols[k].was >= 0 {
				cols[c] = column{was: o, scale: n.of.times(old.neurons[k], inputs)}
			}
		case n.pass:
			j := slices.Index(n.W, 1)
			o := slices.IndexFunc(old.neurons, func(p *neuron) bool {
				return p.pass && p.of == nil && slices.Index(p.W, 1) == inputs[j].was
			})
			if o >= 0 && slices.Equal(l.passers(j), old.passers(inputs[j].was)) && l.handsAll == old.handsAll && (same || !l.handsAll) {
				cols[c] = column{was: o, scale: inputs[j].scale}
			}
		}
	}
	return cols
}

// times is how many times larger a neuron's pre-activations are than they were.
func (n *neuron) times(old *neuron, inputs []column) float64 {
	xy, xx := float64(n.B*old.B), float64(old.B*old.B)
	for c, in := range inputs {
		if in.was >= 0 && n.dim(c) && old.dim(in.was) {
			w := old.W[in.was]
			xy += float64(float64(n.W[c]*in.scale) * w)
			xx += float64(w * w)
		}
	}
	return xy / xx
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
	u.doubt()
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
		if n.sign != 0 || i < len(s.kept.unfolded[l.index-1].real()) {
			continue
		}
		sum := 0.0
		for _, k := range m.kinks {
			pl := l.deep.pre.at(k.Point(k.T))
			if l.lies(n, pl) {
				sum += math.Copysign(1, linalg.Dot(pl.gradient(n.W), k.Dir))
			}
		}
		if sum != 0 {
			n.sign = math.Copysign(1, sum)
			s.emit(Event{Type: "signed", Layer: l.index, Neuron: i, Confidence: 1})
		}
	}
}

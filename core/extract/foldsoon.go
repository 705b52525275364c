package extract

import (
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// What a layer handed on is put back as soon as the next layer's rows are known,
// not only in the end: the layers behind then have its neurons as inputs and no
// copies of theirs, its signs are right, and one that seemed always on can be
// looked for where it is off. Inputs whose weights the rows do not tell are handed
// on as before. (New here.)

// refolding is a layer l whose inputs are others than they were: those of the
// layer before, as it was told.
type refolding struct {
	l      *layer
	before *layer
	told   *telling
	rows   []*neuron // l's neurons as they were
}

// foldBefore folds the layer before l and returns the stage that goes on, nil if
// nothing was handed on or if l does not tell.
func (s *State) foldBefore(l *layer) stage {
	if s.mend != nil || s.base() != 1 || l.deep == nil || l.index < 3 || len(l.neurons) == 0 {
		return nil
	}
	before := s.layers[l.index-2]
	if len(before.real()) == len(before.neurons) {
		return nil
	}
	t := newTelling(before, l.parts(), s.width(before.index))
	w, ok := t.solve()
	if !ok {
		return nil
	}
	trial := before.copied()
	trial.neurons = slices.Clip(trial.real())
	t.turn(trial)
	if len(w) > len(t.free) {
		w = s.mix(trial, w, t.free)
	}
	on, rest := t.through(trial, w)
	if on == nil && !slices.Contains(t.wrong, true) && len(rest) == len(before.neurons)-len(t.found) {
		return nil
	}
	trial.handsAll = false
	trial.through = slices.DeleteFunc(trial.through, func(p passing) bool { return !slices.Contains(rest, p.input) })
	t.settle(s, trial)
	k := len(trial.neurons)
	for _, w := range on {
		s.addAlwaysOn(trial, w, rest)
	}
	for _, j := range rest {
		s.handOn(trial, j)
	}
	next := l.copied()
	next.neurons, next.deep.guesses = nil, nil
	s.layers[l.index-2], s.layers[l.index-1] = trial, next
	next.efforts, next.barren, next.poorAt = 0, max(0, next.barren-2), 0
	re := &refolding{l: next, before: trial, told: t, rows: l.neurons}
	if len(on) != 1 { // of several, only mixtures are known
		return re.done(s)
	}
	next.deep = s.renewed(next)
	return &rarelyOffStage{next: re, at: trial.neurons[k:][:1], in: []*layer{trial}}
}

// parts is what is known of the layer's rows.
func (l *layer) parts() []*guess {
	var out []*guess
	for _, n := range l.neurons {
		out = append(out, n.part)
	}
	return out
}

// addAlwaysOn adds a neuron that is on wherever it was seen. Its weights of the rest
// pass straight through.
func (s *State) addAlwaysOn(l *layer, w []float64, rest []int) {
	sum := 0.0
	for _, h := range s.reached(l) {
		if size := linalg.Norm(h); size > 0 {
			sum += linalg.Dot(w, h) / size
		}
	}
	if normalise(w); sum < 0 {
		linalg.Scale(-1, w)
	}
	u := &neuron{sign: 1, folded: true, kept: true}
	u.W, u.B = w, s.keepOn(l, w)
	if l.deep != nil {
		u.part = &guess{Fragment: *wholeFragment(w, u.B)}
	}
	k := len(l.neurons)
	for _, j := range rest {
		if u.part != nil {
			u.part.Forget(j)
		}
		u.resolved = append(u.resolved, j)
		l.force = append(l.force, force{neuron: k, input: j, on: true})
		l.through = append(l.through, passing{neuron: k, input: j})
	}
	l.neurons = append(l.neurons, u)
	s.emit(Event{Type: "found", Layer: l.index, Neuron: k})
	s.emit(Event{Type: "completed", Layer: l.index, Neuron: k})
	s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1})
}

// renewed prepares the search for a layer behind other layers than before.
func (s *State) renewed(l *layer) *deep {
	d := newDeep(s.prefix(l.index), l.chart, rng.New(s.cfg.Seed, uint64(s.round), 0xf01d))
	d.spots, d.poor = s.layers[l.index-2].spots(), l.deep.poor
	return d
}

// done gives the rows what was known of them, in the inputs that there are now.
// Each has to stand its audit again: some may be of places where a neuron is off
// that seemed always on.
func (re *refolding) done(s *State) stage {
	to, l := re.change(), re.l
	l.deep = s.renewed(l)
	for _, n := range re.rows {
		l.deep.guesses = append(l.deep.guesses, n.turned(to))
	}
	return &traceStage{l: l, again: slices.Clone(l.deep.guesses), before: l.learned}
}

// change is the linear map T from what the rows were traced in to what they read,
// where the neuron that was missing is on and the weights that were missing act.
func (re *refolding) change() []float64 {
	t := re.told
	var to []float64
	for k, n := range re.before.neurons {
		var row []float64
		switch {
		case n.pass: // it is handed on as before
			row = t.unit(t.l.column(slices.Index(n.W, 1)))
		case k >= len(t.found): // it is on
			row = t.inputs(n.W)
			row[t.width-1] = n.B
		default:
			row = t.unit(k)
			if t.wrong[k] { // relu(−s z) = relu(s z) − s z
				linalg.Axpy(-t.found[k].sign, t.z[k], row)
			}
			more := slices.Clone(n.W)
			linalg.Axpy(-1, t.found[k].W, more)
			linalg.Axpy(n.sign, t.inputs(more), row)
		}
		to = append(to, row...)
	}
	return append(to, t.unit(t.width-1)...)
}

// turned is what is known of a row in other inputs a' = T a: that ⟨ŵ, e⟩ = x says
// ⟨ŵ', T e⟩ = x.
func (n *neuron) turned(to []float64) *guess {
	d := n.part.N
	now := len(to) / d
	g := &guess{spots: n.part.spots, from: n.part.from, Fragment: signature.Fragment{N: now}, ev: signature.Evidence{N: now}}
	for i, a := range n.part.A {
		if e := linalg.MulVec(to, n.part.U[i*d:][:d]); linalg.Norm(e) > readsNothing {
			g.Add(e, a)
		}
	}
	for i := 0; i < len(n.part.ev.M); i += d + 1 {
		g.ev.M = append(append(g.ev.M, linalg.MulVec(to, n.part.ev.M[i:][:d])...), n.part.ev.M[i+d])
	}
	g.Fragment.Fit(&g.ev)
	return g
}

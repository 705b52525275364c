package extract

import (
	"encoding/json"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// guess is a neuron known in part.
type guess struct {
	signature.Fragment
	ev    signature.Evidence
	spots Vec       // where it was seen, in the chart
	grown bool      // since it was last traced
	open  bool      // there are facets it could not be followed across
	idle  int       // how many rounds ago it last grew
	apart *guess    // what it was before it was merged, until that is tested
	from  candidate // the critical point that it was traced from
	lone  bool      // all of it follows from that
	vain  []int     // by input, how often its weight was looked for in vain
	sure  bool      // it follows from answers, so that it is of no deeper layer
}

// traceStage traces the neurons behind critical points, and goes on with those
// that have grown by merging. before is what the layer had learned when it
// began.
type traceStage struct {
	l      *layer
	kinks  []candidate // not yet traced
	again  []*guess    // grown
	last   bool        // settle what can be settled: nothing more is to come
	before int
	poor   bool // critical points that were put by
}

func (t *traceStage) phase() Phase      { return PhaseSignature }
func (t *traceStage) layer() int        { return t.l.index }
func (t *traceStage) kind() string      { return "trace" }
func (t *traceStage) cost(*State) int64 { return int64(2*t.l.chart.dim + 500) }

// traceBatch is how many critical points are traced before those that their
// neurons explain are dropped.
const traceBatch = 8

func (t *traceStage) tasks(*State) int {
	if len(t.again) > 0 {
		return len(t.again)
	}
	return min(traceBatch, len(t.kinks))
}

// traced is what a trace found.
type traced struct {
	Why  string `json:"why,omitempty"`
	U    Vec    `json:"u,omitempty"`
	A    Vec    `json:"a,omitempty"`
	E    Vec    `json:"e,omitempty"` // the evidence
	P    Vec    `json:"p,omitempty"` // spots
	Open bool   `json:"open,omitempty"`
	// Stray says that it belongs to an earlier layer.
	Stray bool    `json:"stray,omitempty"`
	Lone  bool    `json:"lone,omitempty"` // all of it follows from one critical point
	W     Vec     `json:"w,omitempty"`    // the row when it is settled, ‖w‖ = 1 and b
	Err   float64 `json:"err,omitempty"`
	C     Vec     `json:"c,omitempty"` // and its error at the end
	S     float64 `json:"s,omitempty"` // root mean square of ‖c‖ over its critical points
	V     []int   `json:"v,omitempty"` // by input, how often its weight was looked for in vain
}

// crossings is how many of the layer's known hyperplanes one more must be seen
// to cross: a deeper one bends at every one of them.
func (s *State) crossings(l *layer) int {
	switch n := len(l.neurons); {
	case l.index == s.hidden(): // there is no deeper one
		return 0
	case n >= 6:
		return 2
	case n >= 3:
		return 1
	}
	return 0
}

// spotsKept is how many places a guess remembers.
const spotsKept = 16

func (t *traceStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := t.l
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	var tr *tracer
	if len(t.again) > 0 {
		if tr = t.again[i].tracer(l, in, r); len(tr.spots) == 0 {
			return traced{Why: "its places do not lie on one surface"}, nil
		}
	} else {
		var why string
		if tr, why, err = begin(l, in, t.kinks[i], r); err != nil || tr == nil {
			return traced{Why: why}, err
		}
	}
	tr.need, tr.last = s.crossings(l), t.last
	if len(t.again) > 0 && t.again[i].sure {
		tr.need = 0
	}
	if why, err := tr.run(len(t.again) > 0); err != nil || why != "" {
		return traced{Why: why}, err
	}
	var res traced
	if res.Stray = tr.stray(s.lackingBefore(l.index)); res.Stray {
		return res, nil
	}
	if t.last || tr.f.Rank() >= l.deep.reach.Rank() {
		w, why, err := tr.settled(t.last)
		if err != nil || why != "" {
			return traced{Why: why}, err
		}
		if w != nil && (!t.last || !tr.open || s.crossings(l) >= 2 || tr.need == 0) {
			res.W, res.Err = w.row, w.blur
			res.C = append(append(Vec{}, tr.jumps.best...), tr.jumps.err)
			res.S = math.Sqrt(tr.jumps.squares / float64(tr.jumps.seen))
		}
	}
	tr.ev.Compress()
	res.U, res.A, res.E, res.Open, res.Lone = tr.f.U, tr.f.A, tr.ev.M, tr.open, tr.lone
	if slices.Max(tr.vain) > 0 {
		res.V = tr.vain
	}
	n := min(spotsKept, len(tr.spots))
	for j := range n {
		res.P = append(res.P, tr.spots[j*len(tr.spots)/n].y...)
	}
	return res, nil
}

// tracer takes up a guess where it was left.
func (g *guess) tracer(l *layer, in oracle.Oracle, r *rng.Stream) *tracer {
	t := &tracer{in: in, l: l, r: r, f: g.Fragment.Clone(), lone: g.lone, vain: make([]int, g.N-1),
		ev: &signature.Evidence{N: g.N, M: append([]float64(nil), g.ev.M...)}}
	copy(t.vain, g.vain)
	n := l.deep.pre.n
	for i := 0; i < len(g.spots); i += n {
		if pl := t.surface().land(append([]float64(nil), g.spots[i:i+n]...)); pl != nil && t.f.Outside(pl.augmented()) <= spanned {
			t.spots = append(t.spots, pl)
			t.note(pl) // what it crossed before still counts
		} else if i == 0 {
			t.lone = false
		}
	}
	return t
}

func (t *traceStage) apply(s *State, results []json.RawMessage) (stage, error) {
	l := t.l
	for i, data := range results {
		w, err := decode[traced](data)
		if err != nil {
			return nil, err
		}
		var from candidate
		idle, sure := 0, false
		if len(t.again) > 0 {
			from, sure = t.again[i].from, t.again[i].sure
			if len(w.A) <= t.again[i].Rank() { // it did not grow
				idle = t.again[i].idle
			}
			l.deep.drop(t.again[i])
			if w.Why != "" { // what was merged does not belong together
				if g := t.again[i].apart; g != nil {
					l.deep.guesses = append(l.deep.guesses, g)
				}
				continue
			}
		} else {
			from = t.kinks[i]
		}
		if w.Why == "" {
			s.learn(l, &w, from, idle, sure)
		}
	}
	if len(t.again) > 0 {
		t.again = t.again[len(results):]
	} else {
		t.kinks = t.kinks[len(results):]
	}
	if len(t.again) > 0 {
		return t, nil
	}
	if earlier := s.returnEarlier(l); earlier != nil {
		return earlier, nil
	}
	s.forget(l)
	s.tell(l)
	t.last = false
	if t.again = l.deep.grown(); len(t.again) > 0 {
		return t, nil
	}
	t.kinks = l.unseen(t.kinks)
	if len(t.kinks) > 0 && len(l.neurons) < s.width(l.index) {
		return t, nil
	}
	if l.learned > t.before {
		l.barren, l.poorAt = 0, 0
	} else if !t.poor {
		l.barren++
	}
	// What has not grown for a while and was followed as far as it goes is known
	// wherever inputs reach it.
	for _, g := range l.deep.guesses {
		g.idle++
		if g.idle == idleRounds && !g.open {
			t.again = append(t.again, g)
		}
	}
	if len(t.again) > 0 && len(l.neurons) < s.width(l.index) {
		t.last = true
		t.before = l.learned
		return t, nil
	}
	return s.nextDeep(l), nil
}

// learn takes a result into account: a new neuron, more of one, or part of one,
// which did not grow for so many rounds and may be sure.
func (s *State) learn(l *layer, w *traced, from candidate, idle int, sure bool) {
	n := l.deep.pre.width() + 1
	g := &guess{Fragment: signature.Fragment{N: n, U: w.U, A: w.A}, ev: signature.Evidence{N: n, M: w.E}, spots: w.P, open: w.Open, idle: idle, from: from, lone: w.Lone, vain: w.V, sure: sure}
	if w.W != nil && l.known(g) < leastKnown {
		w.W = nil // it would leave the rest of the network vague
	}
	if w.Stray || s.flat(l, g) {
		s.keep(from)
		return
	}
	same, scale, overlap := l.whose(&g.Fragment, mergeTol)
	if same != nil && overlap < g.Rank() && g.Rank() <= same.part.Rank() || w.W == nil {
		switch {
		case same == nil:
			if l.deep.take(g) {
				l.learned++
			}
		case overlap < g.Rank():
			m := same.part.merge(g, scale)
			m.grown = m.Rank() > g.Rank()
			l.deep.guesses = append(l.deep.guesses, m)
		}
		return
	}
	dout := len(w.C) - 1
	u := &neuron{Hyperplane: signature.Hyperplane{W: w.W[:n-1], B: w.W[n-1], C: w.C[:dout:dout], CErr: w.C[dout], WErr: w.Err},
		hits: hitsOf(w.P, make(Vec, len(w.P)/l.deep.pre.n)), strength: w.S, part: g}
	if same == nil {
		if same, _, _ = l.whose(&g.Fragment, twinTol); same != nil && same.WErr <= u.WErr {
			return // less exactly than it is known already
		}
	}
	switch {
	case same == nil && len(l.neurons) < s.width(l.index):
		s.emit(Event{Type: "found", Layer: l.index, Neuron: len(l.neurons)})
		s.emit(Event{Type: "completed", Layer: l.index, Neuron: len(l.neurons)})
		l.neurons = append(l.neurons, u)
		l.learned++
	case same != nil && (g.Rank() > same.part.Rank() || g.Rank() == same.part.Rank() && u.WErr < same.WErr/8):
		if same.sign != 0 {
			u.sign = float64(same.sign * math.Copysign(1, linalg.Dot(same.W, u.W)))
		}
		u.hint = float64(same.hint * math.Copysign(1, linalg.Dot(same.W, u.W)))
		*same = *u
		l.learned++
	}
}

const (
	// mergeTol is how well a fragment agrees with the neuron that it belongs to,
	// and twinTol how well one whose error is greater than it seems: no two neurons
	// of a layer are that much alike.
	mergeTol = 1e-5
	twinTol  = 1e-3
)

// whose returns the known neuron that a fragment belongs to, with the scale
// ⟨neuron⟩ = scale·⟨fragment⟩ and the number of directions that they share.
func (l *layer) whose(f *signature.Fragment, tol float64) (n *neuron, scale float64, overlap int) {
	for _, n := range l.neurons {
		s, overlap, ok := signature.Match(&n.part.Fragment, f, tol)
		if ok && overlap < minMerge {
			s, overlap, ok = signature.Match(&n.part.Fragment, f, matchTol)
			ok = ok && overlap >= l.deep.overlap()
		}
		if ok {
			return n, s, overlap
		}
	}
	return nil, 0, 0
}

// merge returns what two guesses of one neuron know together, ⟨g⟩ = s⟨h⟩.
func (g *guess) merge(h *guess, s float64) *guess {
	big := g
	if h.Rank() > g.Rank() {
		big = h
	}
	if big.apart != nil {
		big = big.apart
	}
	m := &guess{Fragment: *g.Fragment.Clone(), ev: signature.Evidence{N: g.N, M: append([]float64(nil), g.ev.M...)},
		spots: append(append(Vec{}, g.spots...), h.spots...), grown: true, apart: big, from: big.from, sure: g.sure || h.sure}
	m.Fragment.Merge(&h.Fragment, s)
	m.ev.Merge(&h.ev, s)
	m.ev.Compress()
	m.Fragment.Fit(&m.ev)
	return m
}

// take merges a guess with those of the same neuron and reports whether one grew.
func (d *deep) take(g *guess) (grew bool) {
	for i := 0; i < len(d.guesses); i++ {
		h := d.guesses[i]
		s, overlap, ok := signature.Match(&h.Fragment, &g.Fragment, matchTol)
		if !ok || overlap < d.overlap() {
			continue
		}
		d.drop(h)
		if overlap == g.Rank() { // nothing new
			h.spots = append(h.spots, g.spots[:min(len(g.spots), d.pre.n)]...)
			g = h
			i = -1
			continue
		}
		if overlap == h.Rank() {
			i = -1
			continue
		}
		g, grew = h.merge(g, s), true
		i = -1
	}
	d.guesses = append(d.guesses, g)
	return grew
}

const (
	// minMerge is how many directions two guesses must share to be merged: one
	// gives their scale, the others are proof.
	minMerge = 4
	// leastMerge is how many do where they agree to within matchTol.
	leastMerge = 3
	// matchTol is how well two guesses of one neuron agree where they overlap.
	matchTol = 1e-6
)

// overlap is how many directions two guesses must share to be merged. Where the
// prefix passes two or three dimensions a piece of a hyperplane can be so short
// that it shows no more.
func (d *deep) overlap() int { return min(leastMerge, max(2, d.pre.n)) }

func (d *deep) drop(g *guess) {
	for i, h := range d.guesses {
		if h == g {
			d.guesses = append(d.guesses[:i:i], d.guesses[i+1:]...)
			return
		}
	}
}

// grown returns the guesses to go on with.
func (d *deep) grown() []*guess {
	var out []*guess
	for _, g := range d.guesses {
		if g.grown {
			out = append(out, g)
		}
	}
	return out
}

// forget drops the guesses that known neurons explain, and those that cross
// none of them.
func (s *State) forget(l *layer) {
	need := s.crossings(l)
	l.deep.guesses = slices.DeleteFunc(l.deep.guesses, func(g *guess) bool {
		n, _, overlap := l.whose(&g.Fragment, mergeTol)
		return n != nil && overlap == g.Rank() || !g.sure && l.crossed(g) < need
	})
}

// crossed is how many known hyperplanes of the layer have spots of g on both
// sides.
func (l *layer) crossed(g *guess) int { return crossedOf(l.places(g), l.neurons) }

// known is at which part of the places that lines pass through a guess tells the
// pre-activation.
func (l *layer) known(g *guess) float64 {
	if g.Rank() >= l.deep.reach.Rank() {
		return 1
	}
	n, all := 0, 0
	for _, line := range l.deep.lines {
		for _, part := range line.parts {
			all++
			if g.Outside(part.a0) <= spanned {
				n++
			}
		}
	}
	return float64(n) / float64(all)
}

// leastKnown is the least such part of a neuron's row that counts as its row.
const leastKnown = 1.0 / 16

// places returns (h, 1) where a guess was seen.
func (l *layer) places(g *guess) [][]float64 {
	pre := l.deep.pre
	var a [][]float64
	for i := 0; i < len(g.spots); i += pre.n {
		a = append(a, append(pre.values(g.spots[i:i+pre.n]), 1))
	}
	return a
}

// crossedOf is how many hyperplanes have places on both sides.
func crossedOf(places [][]float64, neurons []*neuron) int {
	n := 0
	for _, u := range neurons {
		plus := 0
		for _, h := range places {
			if u.Zh(h) > 0 {
				plus++
			}
		}
		if plus > 0 && plus < len(places) {
			n++
		}
	}
	return n
}

// idleRounds is how many rounds of lines a guess waits for others to merge with.
const idleRounds = 2

// near is how near a hyperplane, relative to (h, 1), a critical point of it is.
const near = 1e-7

// lies reports whether a place lies on a known neuron's hyperplane.
func (l *layer) lies(n *neuron, pl *place) bool {
	a := pl.augmented()
	return math.Abs(n.Zh(a)) <= float64(near*linalg.Norm(a)) && n.part.Outside(a) <= spanned
}

// unseen drops the critical points that known neurons, of this layer or the
// prefix, or guesses predict.
func (l *layer) unseen(kinks []candidate) []candidate {
	var rest []candidate
	for _, k := range kinks {
		p := k.Point(k.T)
		pl := l.deep.pre.at(p)
		if pl.vague || l.deep.pre.switches(p, near) {
			continue
		}
		a := pl.augmented()
		tol := float64(near * linalg.Norm(a))
		known := slices.ContainsFunc(l.neurons, func(n *neuron) bool { return l.lies(n, pl) })
		for _, g := range l.deep.guesses {
			if !known && g.Outside(a) <= spanned {
				row := g.Row()
				known = math.Abs(linalg.Dot(row, a)) <= float64(tol*linalg.Norm(row))
			}
		}
		if !known {
			rest = append(rest, k)
		}
	}
	return rest
}

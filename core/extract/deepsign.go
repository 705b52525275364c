package extract

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/sign"
	"peel/core/signature"
)

// nullingStage signs a deep layer: where the prefix passes fewer dimensions
// than the layer has neurons, no move leaves the others alone, so moves are
// chosen that disturb them least and votes are added up until they are clear.
// Neurons signed in one round are known to be off on one side in the next,
// which makes room for the others.
type nullingStage struct {
	l      *layer
	open   []int // neurons not yet signed
	shaky  []int // neurons signed on too little evidence, to help the others
	again  bool  // all are tested again, each with the signs of the others known
	rounds int
	flips  int // of the tests of all
	blind  []blind
}

func (s *State) newNulling(l *layer) stage {
	t := &nullingStage{l: l, blind: l.blind()}
	if s.mend != nil {
		s.mend.sign(s, l)
	}
	for k, n := range l.neurons {
		if n.sign == 0 {
			t.open = append(t.open, k)
		}
	}
	if len(t.open) == 0 {
		return t.done(s)
	}
	return t
}

func (t *nullingStage) phase() Phase      { return PhaseSign }
func (t *nullingStage) layer() int        { return t.l.index }
func (t *nullingStage) kind() string      { return "nulling" }
func (t *nullingStage) tasks(*State) int  { return len(t.open) }
func (t *nullingStage) cost(*State) int64 { return 5 * maxBallots }

const (
	// minBallots is how many ballots a neuron gets in the first round; later
	// ones have more.
	minBallots = 24
	maxBallots = 96
	// signError is how often a decision may be wrong. Rounds are not added up:
	// many of their places are the same.
	signError = 1e-5
	// openPlaces and openSteps are how many walks look for quiet places, and
	// how long each is.
	openPlaces = 16
	openSteps  = 60
	// nullingRounds is how often undecided signs are tried again.
	nullingRounds = 24
	// leastLLR is what a likely sign needs to be taken for known for a while.
	leastLLR = 1.0
)

// tally is the evidence of the ballots of one neuron.
type tally struct {
	LLR   float64 `json:"llr"`
	Votes int     `json:"votes"`
}

// stand is a place to vote at.
type stand struct {
	at    *place
	v     []float64
	eps   float64
	sigma float64 // of the interference
}

func (t *nullingStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c := t.l.chart
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	k := t.open[i]
	test := sign.Sequential{Error: signError}
	want := min(maxBallots, minBallots*(1+t.rounds/2))
	for _, st := range t.stands(k, 2*want, r) {
		b, err := sign.Cast(in, st.at.y, st.v, st.eps, c.noise)
		if err != nil {
			return nil, err
		}
		test.Add(b, st.sigma)
		if test.Sign() != 0 || test.Ballots == want {
			break
		}
	}
	return tally{LLR: test.LLR(), Votes: test.Ballots}, nil
}

// stands returns places on neuron k's hyperplane, those with the least
// interference first: on random lines, and where walking from the best of these
// makes it less. It costs no query.
func (t *nullingStage) stands(k, want int, r *rng.Stream) []stand {
	l, d := t.l, t.l.deep
	n := l.neurons[k]
	f := wholeFragment(n.W, n.B)
	s := newSurface(d.pre, f, l.chart.size)
	var places []quietPlace
	add := func(pl *place) {
		if pl != nil {
			places = append(places, quietPlace{pl, t.quiet(k, pl)})
		}
	}
	for _, h := range n.hits {
		add(s.land(h.P))
	}
	for _, at := range d.predict(f, libraryLines, r) {
		y := append([]float64(nil), at.line.base...)
		linalg.Axpy(at.t, at.line.dir, y)
		add(s.land(y))
	}
	quietest(places)
	for i := range min(len(places), openPlaces) {
		best := places[i]
		for range openSteps {
			next, _ := s.step(best.at, r.NormalVec(make([]float64, s.pre.n), 1), float64(s.size*math.Ldexp(4, -r.Intn(5))))
			if next == nil {
				continue
			}
			if v := t.quiet(k, next); v < best.sigma {
				best = quietPlace{next, v}
			}
		}
		places = append(places, best)
	}
	quietest(places)
	var out []stand
	for i, p := range places {
		if len(out) == want || math.IsInf(p.sigma, 1) {
			break
		}
		if i > 0 && math.Abs(p.sigma-places[i-1].sigma) <= float64(1e-6*p.sigma) {
			continue // the same region again
		}
		if st, ok := t.stand(k, p.at); ok {
			out = append(out, st)
		}
	}
	return out
}

// quietPlace is a place with the interference to expect there.
type quietPlace struct {
	at    *place
	sigma float64
}

func quietest(s []quietPlace) {
	slices.SortStableFunc(s, func(a, b quietPlace) int { return cmp.Compare(a.sigma, b.sigma) })
}

// wholeFragment is a known row as a fragment.
func wholeFragment(w []float64, b float64) *signature.Fragment {
	f := &signature.Fragment{N: len(w) + 1, U: identity(len(w) + 1)}
	f.A = append(append(f.A, w...), b)
	return f
}

// others returns the gradients in y of the neurons that a move of neuron k can
// disturb at a place, weighted by how strongly the output follows them, and k's
// own, given the place's Jacobian. Neurons that are known to be off there are left
// out. Where a weight acts that is not known, that is a disturbance of its own.
func (t *nullingStage) others(k int, pl *place, gamma []float64) (target []float64, others [][]float64) {
	l, dim := t.l, len(pl.y)
	a := pl.augmented()
	gradient := func(row []float64) []float64 {
		g := make([]float64, dim)
		for j, v := range pl.h {
			if v != 0 {
				linalg.Axpy(row[j], gamma[j*dim:][:dim], g)
			}
		}
		return g
	}
	for q, n := range l.neurons {
		if q == k {
			target = gradient(n.W)
			continue
		}
		var unknown [][]float64
		for _, b := range t.blind {
			if b.neuron == q {
				if row := gradient(b.u); linalg.Norm(row) > 0 {
					unknown = append(unknown, row)
				}
			}
		}
		if n.sign != 0 && len(unknown) == 0 && float64(n.sign*n.Zh(a)) < 0 {
			continue
		}
		weight := n.strength
		if n.sign == 0 { // as likely off as on
			weight *= math.Sqrt2 / 2
		}
		for _, row := range append(unknown, gradient(n.W)) {
			linalg.Scale(weight, row)
			others = append(others, row)
		}
	}
	return target, others
}

// quiet estimates the interference left at a place: with M = Σ λ_q² β_q β_qᵀ + μ²I
// it is least for v ∝ M⁻¹ β_k, where it is (β_kᵀ M⁻¹ β_k)^(−1/2). Where a facet
// is so near that the step drowns in rounding errors, these count too.
func (t *nullingStage) quiet(k int, pl *place) float64 {
	gamma, grads := pl.jacobians()
	target, others := t.others(k, pl, gamma)
	size := linalg.Norm(target)
	if size == 0 || pl.vague {
		return math.Inf(1)
	}
	n := len(target)
	mu := float64(1e-6 * t.l.neurons[k].strength * size)
	m := make([]float64, n*n)
	for i := range n {
		m[i*n+i] = float64(mu * mu)
	}
	for _, row := range others {
		for i, v := range row {
			linalg.Axpy(v, row[:i+1], m[i*n:][:i+1])
		}
	}
	x := linalg.Whiten(m, target)
	if x == nil {
		return math.Inf(1)
	}
	step := float64(size * pl.margin(grads))
	return math.Hypot(1/math.Sqrt(linalg.Dot(x, x)), float64(1e3*t.l.chart.noise.At(pl.y).Of(nil))/step)
}

// stand prepares a vote of neuron k at a place of its hyperplane.
func (t *nullingStage) stand(k int, pl *place) (stand, bool) {
	l, pre := t.l, t.l.deep.pre
	gamma, _ := pl.jacobians()
	target, others := t.others(k, pl, gamma)
	v, _ := pl.span(pre.n, 1e-6)
	rank := len(v) / pre.n
	if rank == 0 || linalg.Norm(target) == 0 {
		return stand{}, false
	}
	for i, row := range others {
		others[i] = linalg.MulVec(v, row)
	}
	target = linalg.MulVec(v, target)
	mu := float64(1e-6 * l.neurons[k].strength * linalg.Norm(target))
	move, left := sign.Nulling(target, others, mu)
	dir := make([]float64, pre.n)
	for m := range rank {
		linalg.Axpy(move[m], v[m*pre.n:][:pre.n], dir)
	}
	// Stay inside the prefix's region and away from the layer's other hyperplanes.
	eps := pl.along(dir).around()
	a := pl.augmented()
	for q, n := range l.neurons {
		if q != k {
			rate := linalg.Dot(pl.gradient(n.W), dir)
			eps = min(eps, math.Abs(n.Zh(a)/rate))
		}
	}
	if !(eps > 0) || math.IsInf(eps, 0) {
		eps = l.chart.size
	}
	return stand{at: pl, v: dir, eps: eps / 2, sigma: left}, true
}

func (t *nullingStage) apply(s *State, results []json.RawMessage) (stage, error) {
	var open []int
	before := t.open[:len(results)]
	likely, most := -1, leastLLR
	flipped := 0
	for i, data := range results {
		v, err := decode[tally](data)
		if err != nil {
			return nil, err
		}
		k := before[i]
		n := t.l.neurons[k]
		was := n.sign
		n.lean = v.LLR
		switch n.sign = sign.Decide(v.LLR, signError); {
		case n.sign == 0:
			open = append(open, k)
			if math.Abs(v.LLR) > most {
				likely, most = k, math.Abs(v.LLR)
			}
			if t.again && float64(was*v.LLR) > 0 {
				n.sign = was // until the next round
			}
		case was != 0 && n.sign != was:
			flipped++
		case was == 0:
			s.emit(Event{Type: "signed", Layer: t.l.index, Neuron: k, Confidence: 1 - math.Exp(-math.Abs(v.LLR))})
		}
	}
	t.rounds++
	rest := t.open[len(results):]
	if t.again {
		return t.retest(s, open, rest, flipped), nil
	}
	// Where nothing is clear, the likeliest is taken for known: that may settle
	// the others, and then it is tested against them.
	if len(open) == len(results) && len(rest) == 0 && t.rounds > 2 && likely >= 0 {
		t.shaky = append(t.shaky, likely)
		t.l.neurons[likely].sign = math.Copysign(1, t.l.neurons[likely].lean)
		open = slices.DeleteFunc(open, func(k int) bool { return k == likely })
	}
	t.open = append(open, rest...)
	if len(t.open) > 0 && t.rounds < nullingRounds {
		return t, nil
	}
	if len(t.shaky) > 0 {
		return t.all(), nil
	}
	return t.done(s), nil
}

// all starts a round that tests every neuron again.
func (t *nullingStage) all() *nullingStage {
	t.again, t.open = true, t.open[:0:0]
	for k := range t.l.neurons {
		t.open = append(t.open, k)
	}
	return t
}

// retest goes on testing until no sign flips any more and each is clear.
func (t *nullingStage) retest(s *State, open, rest []int, flipped int) stage {
	t.flips += flipped
	t.open = append(open, rest...)
	switch {
	case len(rest) > 0: // the round goes on under a budget
		return t
	case t.rounds >= 2*nullingRounds:
	case t.flips > 0:
		t.flips = 0
		return t.all()
	case len(open) > 0:
		return t
	}
	for _, k := range open {
		t.l.neurons[k].sign = 0
	}
	return t.done(s)
}

func (t *nullingStage) done(s *State) stage {
	for _, k := range t.shaky {
		if t.l.neurons[k].sign != 0 {
			s.emit(Event{Type: "signed", Layer: t.l.index, Neuron: k, Confidence: 1 - signError})
		}
	}
	switch last := t.l.index == s.hidden(); {
	case last && len(t.l.neurons) < s.width(t.l.index):
		return &spanStage{l: t.l}
	case last:
		return &lastDeepStage{l: t.l}
	}
	return s.afterSigns(t.l)
}

package extract

import (
	"errors"
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// tracer follows one neuron's hyperplane from a critical point to wherever new
// parts of its row show. Each facet of the prefix it crosses adds one unknown,
// which a few queries measure; every place it comes to is a prediction, which
// the hyperplane of a deeper layer fails, because that bends where nothing
// known does.
type tracer struct {
	in     oracle.Oracle
	l      *layer
	r      *rng.Stream
	f      *signature.Fragment
	ev     *signature.Evidence
	spots  []*place // on the surface, where the critical point was seen
	jumps  jumps
	last   bool      // no effort is to be spared
	open   bool      // a facet was seen that could not be crossed
	home   []float64 // (h, 1) at the first spot
	far    []bool    // by known neuron of the layer: seen on its other side too
	need   int       // how many of them that must be
	trials trials
	forgot bool  // a weight came into doubt
	lone   bool  // all of it follows from the critical point at the first spot
	vain   []int // by input, how many walks to where it shows its weight came to nothing
	done   bool  // none is left that is worth another walk
}

// jumps collects how strongly the output follows the neuron: the jump of the
// slope at a critical point per unit of its pre-activation.
type jumps struct {
	squares float64 // Σ ‖c‖²
	seen    int
	best    []float64 // the clearest c, and its error
	err     float64
}

const (
	// faint is the strength, relative to the strongest, below which a direction
	// is not measured at a place: it is clearer elsewhere.
	faint = 1e-4
	// minRank is the least rank of the prefix worth a measurement at first.
	minRank = 3
	// strayTests is how many predicted places are tested before anything is
	// built on a critical point; strayMisses of them may be invisible.
	strayTests  = 6
	strayMisses = 1
	// patience is how many times in a row a way on may not be found, and
	// refusals how many measured facets in a row may lead nowhere.
	patience = 12
	refusals = 3
	// leaps is how many random lines a grown guess is looked for on.
	leaps = 8
	// fitEach is after how many new parts of a long row all of it is fitted.
	fitEach = 16
	// vainMost is how many walks to where an unknown weight shows may come to nothing
	// before it is given up, until more is known of the row.
	vainMost = 96
	// planSteps is how long a walk looks for a facet.
	planSteps = 24
	// rounding is the error of (h, 1) relative to its norm that the known rows
	// of the prefix may cause.
	rounding = 1e-12
	// gradientError is added to the errors of a gradient: it may have crossed a
	// hyperplane too faint to see. Places count for more.
	gradientError = 1e-10
	// tooBlurred is the error of a functional, relative to the row, above which
	// a lever is too short.
	tooBlurred = 1e-6
)

// begin measures what one critical point shows, or says why it shows nothing.
func begin(l *layer, in oracle.Oracle, k candidate, r *rng.Stream) (*tracer, string, error) {
	c, d := l.chart, l.deep
	p := k.Point(k.T)
	pl := d.pre.at(p)
	v, u := pl.span(d.pre.n, faint)
	rank := len(v) / d.pre.n
	if rank < l.leastRank() {
		return nil, "the prefix passes too few dimensions", nil
	}
	cell, err := in.Restrict(p, v)
	if err != nil {
		return nil, "", err
	}
	dir := linalg.MulVec(v, k.Dir)
	noise := c.noise.At(p)
	noise.Size = linalg.MaxAbs(p) + c.size
	kink := critical.Kink{T: 0, Prev: k.Prev - k.T, Next: k.Next - k.T, Err: k.Err}
	h, err := signature.Jump(cell, make([]float64, rank), dir, kink, c.reach(), false, noise, r)
	if errors.Is(err, signature.ErrCramped) || errors.Is(err, signature.ErrTwoKinks) {
		return nil, err.Error(), nil
	}
	if err != nil {
		return nil, "", err
	}
	n := len(pl.h) + 1
	t := &tracer{in: in, l: l, r: r, f: &signature.Fragment{N: n}, ev: &signature.Evidence{N: n}, spots: []*place{pl}, vain: make([]int, n-1)}
	a := pl.augmented()
	t.f.Add(a, 0)
	slope := linalg.Norm(pl.along(k.Dir).h)
	t.ev.Add(a, 0, float64(k.Err*slope)+float64(rounding*linalg.Norm(a)))
	for m := range rank {
		e := append(append([]float64(nil), u[m*(n-1):][:n-1]...), 0)
		t.f.Add(e, h.W[m])
		t.ev.Add(e, h.W[m], h.WErr+gradientError)
	}
	t.lone = true
	return t, "", nil
}

func (t *tracer) surface() *surface { return newSurface(t.l.deep.pre, t.f, t.l.chart.size) }

// check looks for the critical point at a place of the surface and, if it is
// there, takes it into account.
func (t *tracer) check(s *surface, pl *place) (bool, error) {
	dir := s.normal(pl)
	slope := normalise(dir)
	if !(slope > 0) {
		return false, nil
	}
	window := min(float64(8*signature.Window*t.l.chart.size), pl.along(dir).around()/4)
	line, err := critical.NewLine(t.in, pl.y, dir, t.l.chart.noise)
	if err != nil {
		return false, err
	}
	k, ok, err := line.Locate(0, window)
	if err != nil {
		return false, err
	}
	t.trials.add(pl, ok)
	if !ok {
		return false, nil
	}
	y := append([]float64(nil), pl.y...)
	linalg.Axpy(k.T, dir, y)
	a := append(s.pre.values(y), 1)
	t.ev.Add(a, 0, float64(k.Err*slope)+float64(rounding*linalg.Norm(a)*linalg.Norm(s.row)))
	t.spots = append(t.spots, pl)
	t.jumps.add(&k, slope, window)
	t.note(pl)
	return true, nil
}

// note records on which sides of the layer's known neurons a place lies.
func (t *tracer) note(pl *place) {
	if len(t.l.neurons) == 0 {
		return
	}
	if t.far == nil {
		t.far = make([]bool, len(t.l.neurons))
		t.home = t.spots[0].augmented()
	}
	a := pl.augmented()
	for i, n := range t.l.neurons {
		t.far[i] = t.far[i] || (n.Zh(a) > 0) != (n.Zh(t.home) > 0)
	}
}

// crosses is how many of the layer's known hyperplanes the surface was seen to
// cross straight, which one of a deeper layer never does.
func (t *tracer) crosses() int {
	n := 0
	for _, v := range t.far {
		if v {
			n++
		}
	}
	return n
}

func (j *jumps) add(k *critical.Kink, slope, window float64) {
	c := make([]float64, len(k.Right))
	for i := range c {
		c[i] = (k.Right[i] - k.Left[i]) / slope
	}
	j.squares += linalg.Dot(c, c)
	j.seen++
	if err := float64(k.Jump*k.Err) / float64(2*float64(window*slope)); j.best == nil || err < j.err {
		j.best, j.err = c, err
	}
}

// somewhere walks to a place of the surface, of a few the one that lies beyond
// most hyperplanes known of this layer: there a deeper one has bent.
func (t *tracer) somewhere(s *surface) *place {
	if t.crosses() < t.need {
		if pl := t.across(s); pl != nil {
			return pl
		}
	}
	var best *place
	most := -1
	tries := 1
	if len(t.l.neurons) > 0 {
		tries = 3
	}
	for range tries {
		pl := t.spots[t.r.Intn(len(t.spots))]
		for range 1 + t.r.Intn(6) {
			next, _ := s.step(pl, t.r.NormalVec(make([]float64, s.pre.n), 1), float64(s.size*math.Ldexp(4, -t.r.Intn(4))))
			if next != nil {
				pl = next
			}
		}
		beyond := 0
		a, b := pl.augmented(), t.spots[0].augmented()
		for i, n := range t.l.neurons {
			if t.far != nil && !t.far[i] && (n.Zh(a) > 0) != (n.Zh(b) > 0) {
				beyond++
			}
		}
		if tries == 1 {
			return pl
		}
		if beyond > most {
			best, most = pl, beyond
		}
	}
	return best
}

// plan looks for the best facet to cross next. It costs no query.
func (t *tracer) plan(s *surface) *facet {
	want := t.l.deep.lacks(t.f, t.vain, t.r)
	if t.done = want < 0; want >= 0 && (t.last || t.r.Intn(2) == 0) {
		tries := 1
		if t.last {
			tries = cornerTries
		}
		if e := s.corner(want, t.l.deep.spots[want], tries, t.r); e != nil {
			return e
		}
		t.vain[want] += tries
	}
	pl := t.spots[t.r.Intn(len(t.spots))]
	var best *facet
	for range planSteps {
		next, edge := s.step(pl, s.bearing(pl, want, t.r), float64(16*s.size))
		if next != nil {
			pl = next
		}
		if edge != nil && (best == nil || edge.lever > best.lever) {
			best = edge
		}
	}
	return best
}

// extend measures ⟨ŵ, e⟩ beyond a facet: where the surface goes on there. Along
// u, parallel to the facet, z is known but for a shift by the unknown; the
// kinks found are the candidates, and each must lead to others further out.
func (t *tracer) extend(s *surface, e *facet) (bool, error) {
	u := s.normal(e.from)
	before := linalg.Norm(u)
	mm := linalg.Dot(e.m, e.m)
	for range 2 {
		linalg.Axpy(-linalg.Dot(u, e.m)/mm, e.m, u)
	}
	g := normalise(u)
	if g < float64(0.05*before) {
		return false, nil // the surface is parallel to the facet
	}
	far, _ := e.to.along(e.dir).exit()
	tau := min(far, float64(2*s.size)) / 4
	var y []float64
	var kappa, eta, half float64
	for try := 0; ; try++ {
		if try == 16 {
			return false, nil
		}
		y = append([]float64(nil), e.q...)
		linalg.Axpy(tau, e.dir, y)
		if pl := s.pre.at(y); pl.same(e.to) {
			a := pl.augmented()
			kappa, eta = linalg.Dot(s.row, a), linalg.Dot(e.e, a)
			// An unknown larger than twice all that is known is not looked for.
			half = (math.Abs(kappa) + float64(2*linalg.Norm(s.row)*math.Abs(eta))) / g
			if half < float64(0.9*pl.along(u).around()) {
				break
			}
		}
		tau /= 3
	}
	line, err := critical.NewLine(t.in, y, u, t.l.chart.noise)
	if err != nil {
		return false, err
	}
	kinks, err := line.Sweep(-half, half, t.l.between(s.pre, y, u, half))
	if err != nil {
		return false, err
	}
	for _, k := range kinks[:min(len(kinks), 6)] {
		x := -(kappa + float64(g*k.T)) / eta
		if ok, err := t.follow(s, e, x, tau); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// between returns where the layer's known neurons switch on y + t·u, |t| ≤ half,
// inside one linear region.
func (l *layer) between(p *prefix, y, u []float64, half float64) []float64 {
	end := append([]float64(nil), y...)
	linalg.Axpy(half, u, end)
	a, b := append(p.values(y), 1), append(p.values(end), 1)
	var at []float64
	for _, n := range l.neurons {
		z0, z1 := n.Zh(a), n.Zh(b)
		at = append(at, float64(half*z0)/(z0-z1))
	}
	return at
}

// follow tests a value of ⟨ŵ, e⟩ at places beyond the facet, further and
// further out, each of which makes it sharper. It keeps the value or nothing.
func (t *tracer) follow(s *surface, e *facet, x, tau float64) (bool, error) {
	old := *t
	evidence := *t.ev
	t.ev = &evidence
	t.f = t.f.Clone()
	if !t.f.Add(e.e, x) {
		*t = old
		return false, nil
	}
	hits, misses, before, sigma := 0, 0, t.ev.Rows(), 0.0
	for i := range 6 {
		next := t.surface()
		dir := next.tangent(e.to, e.dir)
		if dir == nil {
			break
		}
		if (linalg.Dot(dir, e.m) < 0) != (linalg.Dot(e.dir, e.m) < 0) {
			linalg.Scale(-1, dir)
		}
		far := float64(tau * math.Ldexp(1, 2*i-1))
		y := append([]float64(nil), e.q...)
		linalg.Axpy(far, dir, y)
		if side := next.tangent(e.to, t.r.NormalVec(make([]float64, len(y)), 1)); side != nil {
			linalg.Axpy(float64(0.3*far), side, y)
		}
		pl := next.land(y)
		if pl == nil || !pl.same(e.to) {
			continue
		}
		ok, err := t.check(next, pl)
		if err != nil {
			return false, err
		}
		if ok {
			hits++
			if t.large() {
				sigma = t.f.FitLast(t.ev, before)
			} else {
				t.f.Fit(t.ev)
			}
		} else if misses++; misses > 1 {
			break
		}
	}
	if hits >= 2 && misses <= 1 {
		if !t.large() {
			_, sigma = t.f.Weakest(t.ev)
		}
		if sigma <= float64(tooBlurred*linalg.Norm(t.f.A)) {
			return true, nil
		}
	}
	*t = old
	return false, nil
}

// large reports whether the row is so long that least squares for all of it
// cost more than queries. Then it is put off until some new parts are known.
func (t *tracer) large() bool { return t.f.N > 64 }

// teleport looks for the surface where it crosses random lines; from there
// walks reach other parts of it. It ends early after more than spare misses.
func (t *tracer) teleport(want, spare int) (hits, misses int, err error) {
	s := t.surface()
	for _, at := range t.l.deep.predict(t.f, want, t.r) {
		y := append([]float64(nil), at.line.base...)
		linalg.Axpy(at.t, at.line.dir, y)
		pl := s.land(y)
		if pl == nil {
			continue
		}
		ok, err := t.check(s, pl)
		if err != nil {
			return hits, misses, err
		}
		if ok {
			hits++
		} else if misses++; misses > spare {
			break
		}
	}
	t.fit()
	return hits, misses, nil
}

// run traces until the row is known, or nothing new can be reached. The result
// is why the critical point is not of this layer, or empty.
func (t *tracer) run(again bool) (string, error) {
	const bends = "it bends where no neuron before it switches"
	s := t.surface()
	misses, seen := 0, 0
	test := func() (bool, error) {
		pl := t.somewhere(s)
		if pl == nil {
			return true, nil
		}
		ok, err := t.check(s, pl)
		seen++
		if !ok {
			misses++
		}
		return misses <= strayMisses+seen/10, err
	}
	for range strayTests {
		if ok, err := test(); !ok || err != nil {
			return bends, err
		}
	}
	t.fit()
	if again {
		hits, misses, err := t.teleport(leaps, leaps)
		if err != nil || 3*misses > hits {
			return bends, err
		}
	}
	lost, refused, added, start := 0, 0, 0, t.f.Rank()
	for t.f.Rank() < t.l.deep.reach.Rank() {
		lose, refuse := patience, refusals
		switch {
		case t.crosses() < t.need: // probably of a deeper layer
			lose, refuse = patience/4, 1
		case t.last && !t.done:
			lose = 16 * patience
		case again || t.large():
			lose = 4 * patience
		}
		if lost >= lose || refused >= refuse {
			break
		}
		s = t.surface()
		e := t.plan(s)
		if e == nil {
			lost++
			continue
		}
		ok, err := t.extend(s, e)
		if err != nil {
			return "", err
		}
		if !ok {
			refused++
			continue
		}
		lost, refused = 0, 0
		clear(t.vain)
		if added++; t.large() && added%fitEach == 0 {
			t.fit()
		}
		s = t.surface()
		if ok, err := test(); !ok || err != nil {
			return bends, err
		}
	}
	t.fit()
	if t.crosses() < t.need {
		return "it crosses no neuron of this layer straight", nil
	}
	t.open = refused > 0
	if !again && refused > 0 && t.f.Rank() < start+2 && t.l.deep.overlap() == leastMerge {
		return "it cannot be followed", nil
	}
	return "", nil
}

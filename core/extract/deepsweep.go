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

// enterDeep begins the search for layer index behind the layers before it.
func (s *State) enterDeep(index int) stage {
	from := s.layers[s.base()].chart
	c := &chart{base: from.base, dirs: from.dirs, dim: from.dim, size: from.size, noise: from.noise}
	l := &layer{index: index, chart: c}
	l.deep = newDeep(s.prefix(index), c, rng.New(s.cfg.Seed, uint64(s.round), 0xdee9))
	l.deep.spots = s.layers[index-2].spots()
	s.layers = append(s.layers, l)
	if s.mend != nil {
		return s.adopt(l)
	}
	return s.nextDeep(l)
}

// spots returns points of the hyperplane of each neuron.
func (l *layer) spots() [][][]float64 {
	var out [][][]float64
	for _, n := range l.neurons {
		var spots [][]float64
		for _, h := range n.hits {
			spots = append(spots, h.P)
		}
		out = append(out, spots)
	}
	return out
}

// base is the layer in whose chart deep layers are looked for: layer 2, whose
// chart has the activations of layer 1 as coordinates, or layer 1 where that is
// wider than its input.
func (s *State) base() int {
	if len(s.layers) > 1 && s.layers[1].deep == nil {
		return 1
	}
	return 0
}

// prefix returns the known layers before index in the chart of deep layers. In
// that of layer 2, layer 1 is the identity followed by ReLU.
func (s *State) prefix(index int) *prefix {
	base := s.base()
	n := s.layers[base].chart.dim
	p := &prefix{n: n, wide: base == 0}
	for i, l := range s.layers[:index-1] {
		var to = newKnown(l)
		if i == 0 && base == 1 {
			to.In, to.W, to.B = n, identity(n), make([]float64, n)
		}
		p.layers = append(p.layers, to)
		p.blind = append(p.blind, l.blind())
		pass := make([]bool, len(l.neurons))
		for k, n := range l.neurons {
			pass[k] = n.pass
		}
		p.pass = append(p.pass, pass)
		p.force = append(p.force, l.force)
	}
	return p
}

// blind lists what is not known of the rows of a layer.
func (l *layer) blind() []blind {
	var out []blind
	for k, n := range l.neurons {
		if n.part == nil {
			continue
		}
		rest := n.part.Clone()
		unit := make([]float64, n.part.N)
		for _, j := range n.resolved {
			unit[j] = 1
			rest.Add(unit, 0)
			unit[j] = 0
		}
		for j := range unit {
			unit[j] = 1
			if rest.Add(unit, 0) {
				u := rest.U[(rest.Rank()-1)*rest.N:][:rest.N]
				out = append(out, blind{neuron: k, u: append([]float64(nil), u...)})
			}
			unit[j] = 0
		}
	}
	return out
}

// deepLines is how many lines one round sweeps.
const deepLines = 8

// stray is how many of them are random; the others run between places where
// many neurons of the prefix are active. In a wide chart more are, and farther
// out: there all of the input space is reached, and a hyperplane can have
// several pieces in it.
const (
	stray     = 2
	strayWide = 4
)

// novel is how many run between inputs where a missing neuron may do what it did at
// none of the ends so far; once a round showed nothing new, all but the random ones
// do. novelStart is how many inputs come before these, and novelVain how many rows
// are tried in vain for one.
const (
	novel      = 2
	novelStart = 64
	novelVain  = 16
)

// barrenDeep is how many rounds in a row may show nothing new, and barrenDeeper
// the same in networks of deepest hidden layers and more: there most critical
// points on a line are of the layers behind, and a survey finds at less cost what
// hardly ever switches.
const (
	barrenDeep   = 8
	barrenDeeper = 5
	deepest      = 5
)

// barrenFull is the same when all neurons are known, but not all weights.
const (
	barrenFull = 2
	barrenWide = 4
)

// lacking returns the inputs whose weights some known neuron lacks.
func (l *layer) lacking() []int {
	var all []int
	lacks := make([]bool, l.deep.pre.width()+1)
	for _, n := range l.neurons {
		for k, out := range n.part.Axes() {
			lacks[k] = lacks[k] || out > 0.1
		}
	}
	for k := range l.deep.pre.width() {
		if lacks[k] && l.deep.seen[k] {
			all = append(all, k)
		}
	}
	return all
}

// nextDeep returns the sweep of more lines, or what follows.
func (s *State) nextDeep(l *layer) stage {
	if s.mend != nil {
		return s.mended(l)
	}
	s.tell(l)
	full := len(l.neurons) >= s.width(l.index) && s.weedDeep(l) == 0
	lacking := l.lacking()
	if full && len(lacking) == 0 {
		if len(l.blurred()) > 0 {
			return s.finish(l)
		}
		return s.afterSearch(l)
	}
	patience, random, far, aimed := barrenFull, stray, 6, novel
	if l.barren > 0 {
		aimed = deepLines - stray
	}
	if s.base() == 0 {
		patience, random, far = barrenWide, strayWide, 9
	}
	if full && l.barren >= patience {
		return s.finish(l)
	}
	if l.barren > l.poorAt {
		l.poorAt = l.barren
		if kinks := l.takeUp(); len(kinks) > 0 {
			return &traceStage{l: l, kinks: kinks, before: l.learned, poor: true}
		}
	}
	longest := barrenDeep
	if s.hidden() >= deepest && s.base() == 1 {
		longest = barrenDeeper
	}
	if l.barren >= longest || l.lines >= lineLimit {
		if !full && !l.deep.closing && len(l.deep.guesses) > 0 {
			l.deep.closing = true
			return &traceStage{l: l, again: slices.Clone(l.deep.guesses), last: true, before: l.learned}
		}
		return s.finish(l)
	}
	l.lines++
	r := rng.New(s.cfg.Seed, uint64(s.round), 0x11e5)
	t := &deepSweepStage{l: l}
	for i := range deepLines {
		d := l.deep.pre.width()
		want := (l.lines*deepLines + i) % d
		if len(lacking) > 0 && (full || i%2 == 0) {
			want = lacking[r.Intn(len(lacking))]
		}
		base := l.deep.active(l.chart, want, r, 300)
		other := l.deep.active(l.chart, (want+d/2)%d, r, 300)
		scale := float64(l.chart.size * math.Ldexp(1, r.Intn(far)-1))
		switch {
		case i >= deepLines-random: // anywhere, near or far out
			r.NormalVec(base, scale)
			r.NormalVec(other, scale)
		case i >= deepLines-random-aimed && s.base() == 1:
			base, other = l.deep.novel(base, r), l.deep.novel(other, r)
		}
		g := signature.Segment{Base: base, Dir: make([]float64, len(base))}
		for i := range base {
			g.Dir[i] = other[i] - base[i]
		}
		length := normalise(g.Dir)
		g.T0, g.T1 = -length/2, float64(1.5*length)
		t.segments = append(t.segments, g)
	}
	return t
}

// novel returns an input as a missing neuron may not have seen one, or the given
// one where there seems to be none.
func (d *deep) novel(instead []float64, r *rng.Stream) []float64 {
	if d.unreached == nil {
		d.unreached = d.pre.unreached()
		for i := range novelStart {
			d.unreached.cut(d.lines[i%len(d.lines)].base)
		}
	}
	if y := d.unreached.next(novelVain, r); y != nil {
		return slices.Clone(y)
	}
	return instead
}

// finish makes a last effort for the weights that known neurons lack, and for
// rows that are blurred.
func (s *State) finish(l *layer) stage {
	l.efforts++
	t := &traceStage{l: l, last: true, before: l.learned}
	for _, n := range l.neurons {
		if n.part.Rank() < l.deep.reach.Rank() {
			t.again = append(t.again, n.part)
		}
	}
	for _, n := range l.blurred() {
		if !slices.Contains(t.again, n.part) {
			t.again = append(t.again, n.part)
		}
	}
	if l.efforts > lastEfforts || len(t.again) == 0 {
		return s.afterSearch(l)
	}
	return t
}

// blurred returns the neurons whose rows are much less exact than most of the
// layer: they would blur the layers behind.
func (l *layer) blurred() []*neuron {
	var errs []float64
	for _, n := range l.neurons {
		errs = append(errs, n.WErr)
	}
	if len(errs) == 0 {
		return nil
	}
	slices.Sort(errs)
	limit := max(float64(blurredTimes*errs[len(errs)/2]), blurredLeast)
	var out []*neuron
	for _, n := range l.neurons {
		if n.WErr > limit {
			out = append(out, n)
		}
	}
	return out
}

const (
	// blurredTimes is how many times the median error of a layer's rows is too
	// much, and blurredLeast an error that is not.
	blurredTimes = 32
	blurredLeast = 1e-9
)

// lastEfforts is how often finish is tried.
const lastEfforts = 3

// deepSweepStage finds critical points between the walls of the prefix.
type deepSweepStage struct {
	l        *layer
	segments []signature.Segment
	kinks    []candidate
	done     int
}

func (t *deepSweepStage) phase() Phase      { return PhaseCritical }
func (t *deepSweepStage) layer() int        { return t.l.index }
func (t *deepSweepStage) kind() string      { return "sweep" }
func (t *deepSweepStage) tasks(*State) int  { return len(t.segments) - t.done }
func (t *deepSweepStage) cost(*State) int64 { return 2000 }

func (t *deepSweepStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	g := t.segments[t.done+i]
	return t.l.chart.sweep(o, g, t.l.crossings(g))
}

// crossings returns where the prefix's and the layer's known neurons switch on
// a segment.
func (l *layer) crossings(g signature.Segment) []float64 {
	var known []float64
	for _, s := range l.deep.pre.walk(g.Base, g.Dir, g.T0, g.T1, 4*libraryStretch) {
		known = append(known, s.t1)
		for _, n := range l.neurons {
			z0, z1 := n.Zh(s.a0), n.Zh(s.a1)
			if (z0 > 0) != (z1 > 0) {
				known = append(known, s.t0+float64(z0/(z0-z1)*(s.t1-s.t0)))
			}
		}
	}
	return known
}

func (t *deepSweepStage) apply(s *State, results []json.RawMessage) (stage, error) {
	for _, data := range results {
		f, err := decode[found](data)
		if err != nil {
			return nil, err
		}
		t.kinks = append(t.kinks, f.candidates(t.segments[t.done], t.done)...)
		t.done++
	}
	if t.done < len(t.segments) {
		return t, nil
	}
	s.emit(Event{Type: "critical", Layer: t.l.index, Count: len(t.kinks)})
	kinks := t.l.putBy(t.l.unseen(t.kinks))
	if len(kinks) == 0 {
		t.l.barren++
		return s.nextDeep(t.l), nil
	}
	return &traceStage{l: t.l, kinks: kinks, before: t.l.learned}, nil
}

// Zh returns the pre-activation of a neuron of a deep layer at (h, 1).
func (n *neuron) Zh(a []float64) float64 {
	return linalg.Dot(n.W, a[:len(n.W)]) + n.B
}

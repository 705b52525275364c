package extract

import (
	"encoding/json"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// enterDeep begins the search for layer index behind the layers before it.
func (s *State) enterDeep(index int) stage {
	two := s.layers[1] // its chart has the activations of layer 1 as coordinates
	c := &chart{base: two.chart.base, dirs: two.chart.dirs, dim: two.chart.dim, size: two.chart.size, noise: two.chart.noise}
	l := &layer{index: index, chart: c}
	l.deep = newDeep(s.prefix(index), c, rng.New(s.cfg.Seed, uint64(s.round), 0xdee9))
	s.layers = append(s.layers, l)
	return s.nextDeep(l)
}

// prefix returns the known layers before index in the chart of layer 2, where
// layer 1 is the identity followed by ReLU.
func (s *State) prefix(index int) *prefix {
	n := s.layers[1].chart.dim
	p := &prefix{n: n}
	for i, l := range s.layers[:index-1] {
		var to = newKnown(l)
		if i == 0 {
			to.In, to.W, to.B = n, identity(n), make([]float64, n)
		}
		p.layers = append(p.layers, to)
	}
	return p
}

// deepLines is how many lines one round sweeps.
const deepLines = 8

// nextDeep returns the sweep of more lines, or what follows.
func (s *State) nextDeep(l *layer) stage {
	var whole []*guess
	for _, g := range l.deep.guesses {
		if g.Rank() >= l.deep.reach.Rank() && g.tried < 2 {
			whole = append(whole, g)
		}
	}
	if len(whole) > 0 {
		return &completeStage{l: l, guesses: whole}
	}
	if len(l.neurons) >= s.width(l.index) || l.barren >= 4 || l.lines >= lineLimit {
		return s.afterSearch(l)
	}
	l.lines++
	r := rng.New(s.cfg.Seed, uint64(s.round), 0x11e5)
	t := &deepSweepStage{l: l}
	stuck := l.deep.stuck()
	if l.lines%2 == 0 && len(stuck) > 0 {
		for i := range 4 * len(stuck) {
			if g, ok := l.deep.aim(l.chart, stuck[i%len(stuck)], r); ok {
				t.segments = append(t.segments, g)
			}
		}
	}
	for i := range deepLines {
		if len(t.segments) > deepLines {
			break
		}
		d := l.deep.pre.width()
		want := (l.lines*deepLines + i) % d
		base := l.deep.active(l.chart, want, r, 300)
		other := l.deep.active(l.chart, (want+d/2)%d, r, 300)
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
	return &fragmentStage{l: t.l, kinks: t.kinks, before: t.l.known()}, nil
}

// known measures progress: what is recovered of the layer's rows.
func (l *layer) known() int {
	n := 1000 * len(l.neurons)
	for _, g := range l.deep.guesses {
		if g.hits >= 2 {
			n += g.Rank()
		}
	}
	return n
}

// Zh returns the pre-activation of a neuron of a deep layer at (h, 1).
func (n *neuron) Zh(a []float64) float64 {
	return linalg.Dot(n.W, a[:len(n.W)]) + n.B
}

package extract

import (
	"encoding/json"
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// enter begins the search for a layer's neurons in a chart.
func (s *State) enter(index int, c *chart) (stage, error) {
	times, noise := c.noise.Zoom() // 1 where that was done before
	c.size, c.noise = float64(c.size*times), noise
	if index < s.cfg.Method.Idealised {
		return s.placeGiven(c, false), nil
	}
	l := &layer{index: index, chart: c}
	s.layers = append(s.layers, l)
	return s.nextLines(l), nil
}

// parts is how many tasks one line is cut into.
const parts = 8

const (
	// barrenLimit is how many rounds of lines in a row may show nothing new
	// before the neurons still missing are taken to be invisible.
	barrenLimit = 4
	// lineLimit is how many rounds of lines a layer gets at most.
	lineLimit = 64
	// cornerRound is how many segments between corners make one round.
	cornerRound = 8
	// cornerCycles is how many times the corners are gone round, at other
	// distances, around each scale of the chart.
	cornerCycles = 3
	// astrayLimit is how many sweeps may be given up before the run is.
	astrayLimit = 16
)

// nextLines returns the sweep of the next lines of a layer, or what follows
// when its neurons are all found or no more can be expected.
func (s *State) nextLines(l *layer) stage {
	if len(l.neurons) >= s.width(l.index) && s.weed(l) == 0 {
		return s.afterSearch(l)
	}
	searching := l.chart.positive && (len(l.corners) > 0 || l.cycles < l.chart.cycles())
	patience := barrenLimit
	if l.index < s.hidden() { // deeper hyperplanes hide those of this layer
		patience *= 4
	}
	if l.barren >= patience && !searching || l.lines >= lineLimit {
		s.weed(l)
		return s.afterSearch(l)
	}
	r := rng.New(s.cfg.Seed, uint64(s.round), 0x11e5)
	t := &sweepStage{l: l}
	if l.chart.positive && len(l.corners) == 0 && l.cycles < l.chart.cycles() {
		l.corners = l.chart.corners(l.cycles, r)
		l.cycles++
	}
	if n := min(cornerRound, len(l.corners)); n > 0 && l.lines > 0 {
		t.segments, l.corners = l.corners[:n], l.corners[n:]
	} else {
		g := l.chart.segment(r)
		t.whole = true
		w := (g.T1 - g.T0) / parts
		for i := range parts {
			cut := g
			cut.T0, cut.T1 = g.T0+float64(float64(i)*w), g.T0+float64(float64(i+1)*w)
			t.segments = append(t.segments, cut)
		}
	}
	l.lines++
	return t
}

// sweepStage finds the critical points on segments.
type sweepStage struct {
	l        *layer
	segments []signature.Segment
	whole    bool // the segments are parts of one line
	kinks    []candidate
	done     int
}

// candidate is a critical point of a neuron not yet known.
type candidate struct {
	signature.Segment
	critical.Kink
	line int
}

func (t *sweepStage) phase() Phase        { return PhaseCritical }
func (t *sweepStage) layer() int          { return t.l.index }
func (t *sweepStage) kind() string        { return "sweep" }
func (t *sweepStage) tasks(*State) int    { return len(t.segments) - t.done }
func (t *sweepStage) cost(s *State) int64 { return int64(40 + 8*s.width(t.l.index)) }

// found is the result of a sweep; the vectors hold one entry a kink.
type found struct {
	T, Prev, Next, Jump, Err Vec
	Astray                   bool `json:",omitempty"` // given up
}

func foundOf(kinks []critical.Kink) found {
	var f found
	for _, k := range kinks {
		f.T, f.Prev, f.Next = append(f.T, k.T), append(f.Prev, k.Prev), append(f.Next, k.Next)
		f.Jump, f.Err = append(f.Jump, k.Jump), append(f.Err, k.Err)
	}
	return f
}

func (f *found) candidates(g signature.Segment, line int) []candidate {
	var out []candidate
	for i := range f.T {
		out = append(out, candidate{Segment: g, line: line,
			Kink: critical.Kink{T: f.T[i], Prev: f.Prev[i], Next: f.Next[i], Jump: f.Jump[i], Err: f.Err[i]}})
	}
	return out
}

func (t *sweepStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	g := t.segments[t.done+i]
	var known []float64
	for _, n := range t.l.neurons {
		at, _ := n.Cross(g.Base, g.Dir)
		known = append(known, at)
	}
	return t.l.chart.sweep(o, g, known)
}

// sweep finds the critical points on a segment of the chart apart from the
// known ones.
func (c *chart) sweep(o oracle.Oracle, g signature.Segment, known []float64) (any, error) {
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	line, err := critical.NewLine(in, g.Base, g.Dir, c.noise.At(g.Point(g.T0)).At(g.Point(g.T1)))
	if err != nil {
		return nil, err
	}
	line.Long = c.noise.Near(max(linalg.MaxAbs(g.Point(g.T0)), linalg.MaxAbs(g.Point(g.T1)))).Coarse() > 1
	kinks, err := line.Sweep(g.T0, g.T1, known)
	if err != nil {
		return nil, err
	}
	f := foundOf(kinks)
	f.Astray = line.Astray
	return f, nil
}

func (t *sweepStage) apply(s *State, results []json.RawMessage) (stage, error) {
	for _, data := range results {
		f, err := decode[found](data)
		if err != nil {
			return nil, err
		}
		if f.Astray {
			s.astray++
		}
		if s.astray >= astrayLimit {
			s.missing = append(s.missing, "the answers bend in more places than those of a ReLU network can: Peel needs its raw outputs, without a sigmoid or softmax and without noise")
			return nil, nil
		}
		g, line := t.segments[t.done], t.done
		if t.whole {
			line = 0
		}
		t.kinks = append(t.kinks, f.candidates(g, line)...)
		t.done++
	}
	if t.done < len(t.segments) {
		return t, nil
	}
	s.emit(Event{Type: "critical", Layer: t.l.index, Count: len(t.kinks)})
	if len(t.kinks) == 0 {
		t.l.barren++
		return s.nextLines(t.l), nil
	}
	return &probeStage{l: t.l, kinks: t.kinks, before: len(t.l.neurons)}, nil
}

// reach is how far from a critical point its gradients may be measured.
func (c *chart) reach() float64 { return float64(c.size * math.Sqrt(float64(c.dim))) }

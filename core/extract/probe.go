package extract

import (
	"encoding/json"
	"errors"
	"math"
	"slices"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// probeStage turns critical points into confirmed signatures.
type probeStage struct {
	l      *layer
	kinks  []candidate // not yet probed, line by line
	before int         // neurons known when the stage began
}

func (t *probeStage) phase() Phase { return PhaseSignature }
func (t *probeStage) layer() int   { return t.l.index }
func (t *probeStage) kind() string { return "probe" }

// tasks is the number of critical points on the next line: there every neuron
// shows once at most, while the next line may show the same ones again.
func (t *probeStage) tasks(*State) int {
	n := 1
	for n < len(t.kinks) && t.kinks[n].line == t.kinks[0].line {
		n++
	}
	return n
}
func (t *probeStage) cost(s *State) int64 {
	return int64(2*t.l.chart.dim + 6 + 4*(confirmHitsDeep+confirmMissesDeep))
}

// A neuron is confirmed by critical points at predicted places. In the last
// hidden layer few are proof; elsewhere many are needed to tell a hyperplane of
// this layer from one of a deeper layer that stays flat inside a large cell.
const (
	confirmHits       = 3
	confirmMisses     = 5
	confirmHitsDeep   = 16
	confirmMissesDeep = 6
	// roamingHits is how many more, all over it, show what a hyperplane crosses.
	roamingHits = 24
	// blurred is the error of a row's entries above which it is sharpened.
	blurred = 1e-11
	// roomier is how many other places are tried for a sharper measurement.
	roomier = 4
	// blurredDeep is the same where deeper layers magnify it.
	blurredDeep = 1e-15
)

// hits is how many critical points confirm a neuron of the layer, and how many
// misses are allowed.
func (s *State) hits(layer int) (want, misses int) {
	if layer < s.hidden() {
		return confirmHitsDeep, confirmMissesDeep
	}
	return confirmHits, confirmMisses
}

// probe is what a critical point turned out to be.
type probe struct {
	Why string `json:"why,omitempty"` // why it is not a signature of this layer
	W   Vec    `json:"w,omitempty"`
	B   Vec    `json:"b,omitempty"`   // and the error of W, where answers are coarse
	C   Vec    `json:"c,omitempty"`   // and its error at the end
	P   Vec    `json:"p,omitempty"`   // hits×dim
	Err Vec    `json:"err,omitempty"` // hits
}

func (p *probe) vectors() []namedVec {
	if p.Why != "" {
		return nil
	}
	return []namedVec{{"w", &p.W}, {"b", &p.B}, {"c", &p.C}, {"p", &p.P}, {"err", &p.Err}}
}

func (t *probeStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c, k := t.l.chart, t.kinks[i]
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	if t.l.index < s.hidden() {
		var aim func() []float64
		if c.positive {
			aim = func() []float64 { return c.point(r) }
		}
		straight, err := signature.Straight(in, k.Segment, k.Kink, 2*c.reach(), c.size, c.inside, aim, c.noise, r)
		if err != nil {
			return nil, err
		}
		if !straight {
			return probe{Why: "it bends, so it belongs to a deeper layer"}, nil
		}
	}
	h, err := signature.Jump(in, k.Base, k.Dir, k.Kink, c.reach(), c.positive, c.noise, r)
	if errors.Is(err, signature.ErrCramped) || errors.Is(err, signature.ErrTwoKinks) {
		return probe{Why: err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	next := c.across(h, k.Point(k.T), r)
	want, misses := s.hits(t.l.index)
	hits, err := signature.Confirm(in, h, next, c.near(k.Point(k.T)), c.noise, want, misses)
	if err != nil {
		return nil, err
	}
	if len(hits) < want {
		return probe{Why: "it is not found again where it predicts"}, nil
	}
	// Measured in a cramped place? Look for a roomier one on the hyperplane.
	for try := 0; try < roomier && h.WErr > blurred; try++ {
		if err := t.again(in, h, next(), r); err != nil {
			return nil, err
		}
	}
	if h.WErr > blurred || s.hidden() > 2 && h.WErr > blurredDeep || s.coarse() { // as many critical points as the row has unknowns
		more, err := signature.Confirm(in, h, next, c.near(k.Point(k.T)), c.noise, c.dim+2, c.dim)
		if err != nil {
			return nil, err
		}
		hits = append(hits, more...)
	}
	_, cos := h.Cross(k.Base, k.Dir)
	hits = append([]signature.Hit{{P: k.Point(k.T), Err: float64(k.Err * cos)}}, hits...)
	signature.Polish(h, hits)
	if c.positive && t.l.index < s.hidden() { // what it crosses tells its layer: critical points all over the hyperplane
		far, err := signature.Confirm(in, h, c.roaming(h, k.Point(k.T), r), c.near(k.Point(k.T)), c.noise, roamingHits, roamingHits)
		if err != nil {
			return nil, err
		}
		hits = append(hits, far...)
	}
	p := probe{W: h.W, B: Vec{h.B}, C: append(h.C, h.CErr)}
	if s.coarse() {
		p.B = append(p.B, h.WErr)
	} else if t.l.index == s.hidden() { // nothing is weeded or fitted there, so one point of the hyperplane is all that is needed
		hits = hits[:1]
	}
	for _, hit := range hits {
		p.P = append(p.P, hit.P...)
		p.Err = append(p.Err, hit.Err)
	}
	return &p, nil
}

// again measures the gradient jump where a segment crosses a confirmed
// hyperplane and keeps it if it is sharper.
func (t *probeStage) again(in oracle.Oracle, h *signature.Hyperplane, g signature.Segment, r *rng.Stream) error {
	c := t.l.chart
	line, err := critical.NewLine(in, g.Base, g.Dir, c.noise)
	if err != nil {
		return err
	}
	at, _ := h.Cross(g.Base, g.Dir)
	reach := float64(c.near(g.Point(at)) / 2)
	k, ok, err := line.Refine(at, max(g.T0, at-reach), min(g.T1, at+reach))
	if err != nil || !ok {
		return err
	}
	m, err := signature.Jump(in, g.Base, g.Dir, k, c.reach(), c.positive, c.noise, r)
	if errors.Is(err, signature.ErrCramped) || errors.Is(err, signature.ErrTwoKinks) {
		return nil
	}
	if err != nil {
		return err
	}
	if m.WErr < h.WErr && m.Same(h, c.reach(), c.noise.Near(c.near(g.Point(at))).Relax(1e-5, float64(64*(m.WErr+h.WErr)))) {
		*h = *m
	}
	return nil
}

func (t *probeStage) apply(s *State, results []json.RawMessage) (stage, error) {
	for _, data := range results {
		p, err := decode[probe](data)
		if err != nil {
			return nil, err
		}
		if p.Why != "" {
			continue
		}
		dout := len(p.C) - 1
		n := &neuron{Hyperplane: signature.Hyperplane{W: p.W, B: p.B[0], C: p.C[:dout:dout], CErr: p.C[dout]}, hits: hitsOf(p.P, p.Err)}
		if len(p.B) > 1 {
			n.WErr = p.B[1]
		}
		if !t.l.knows(n) {
			if k := len(t.l.neurons); k < s.width(t.l.index) {
				s.emit(Event{Type: "found", Layer: t.l.index, Neuron: k})
				s.emit(Event{Type: "completed", Layer: t.l.index, Neuron: k})
			}
			t.l.neurons = append(t.l.neurons, n)
		}
	}
	t.kinks = t.l.unexplained(t.kinks[len(results):])
	if len(t.kinks) > 0 && len(t.l.neurons) < s.width(t.l.index) {
		return t, nil
	}
	if len(t.l.neurons) == t.before {
		t.l.barren++
	} else {
		t.l.barren = 0
	}
	return s.nextLines(t.l), nil
}

// unexplained drops the critical points that known neurons predict.
func (l *layer) unexplained(kinks []candidate) []candidate {
	var rest []candidate
	for _, k := range kinks {
		p := k.Point(k.T)
		noise, norm, length := l.chart.noise.Near(l.chart.near(p)), linalg.Norm(p), linalg.Norm(k.Dir)
		known := slices.ContainsFunc(l.neurons, func(n *neuron) bool {
			t, cos := n.CrossLong(k.Base, k.Dir, length)
			near := noise.Relax(float64(1e-6*(k.Next-k.Prev)), l.chart.blur(n, norm)/cos+float64(16*k.Err))
			return cos > 0 && math.Abs(t-k.T) <= near
		})
		if !known {
			rest = append(rest, k)
		}
	}
	return rest
}

// knows reports whether the layer has this hyperplane already.
func (l *layer) knows(n *neuron) bool {
	size := l.chart.size * math.Sqrt(float64(l.chart.dim))
	noise := l.chart.noise.Near(l.chart.near(n.hits[0].P))
	for _, m := range l.neurons {
		if m.Same(&n.Hyperplane, size, noise.Relax(1e-6, float64(64*(m.WErr+n.WErr)))) {
			return true
		}
	}
	return false
}

// blur is how far off a neuron's pre-activation may be at a point of the chart
// of this norm, for rows that were measured with coarse answers.
func (c *chart) blur(n *neuron, norm float64) float64 {
	return float64(16 * n.WErr * (norm + c.size))
}

func hitsOf(p, err Vec) []signature.Hit {
	hits := make([]signature.Hit, len(err))
	n := len(p) / max(len(err), 1)
	for i := range hits {
		hits[i] = signature.Hit{P: p[i*n:][:n], Err: err[i]}
	}
	return hits
}

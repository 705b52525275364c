package extract

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// rarelyOffStage looks for where neurons switch that were recovered as always
// on: their rows are known but for the bias, so a critical point that nothing
// known explains, at a place where w·h is low, proposes one, and others must lie
// where it predicts.
type rarelyOffStage struct {
	at   []*neuron
	in   []*layer
	done int
	next *refolding // what follows, nil for the whole network
}

func (t *rarelyOffStage) phase() Phase      { return PhaseOutput }
func (t *rarelyOffStage) layer() int        { return t.in[t.done].index }
func (t *rarelyOffStage) kind() string      { return "rarely-off" }
func (t *rarelyOffStage) tasks(*State) int  { return 1 }
func (t *rarelyOffStage) cost(*State) int64 { return 2000 }

const (
	// lows is how many low places of w·h are looked for, in lowSteps steps each, and
	// lowLines how many lines are drawn from each to inputs far from it.
	lows     = 16
	lowSteps = 200
	lowLines = 2
	// lowHits is on how many lines a critical point must lie at the same w·h, to
	// within sameLow of ‖h‖, and lowRank how many dimensions their h must have: along
	// one or two, those of any neuron lie at one level.
	lowHits = 5
	lowRank = 3
	sameLow = 1e-7
)

// afterFold goes from the whole network to its check.
func (s *State) afterFold() stage {
	t := &rarelyOffStage{}
	for _, l := range s.layers {
		for _, n := range l.neurons {
			if n.kept {
				t.at, t.in = append(t.at, n), append(t.in, l)
			}
		}
	}
	if len(t.at) == 0 {
		return s.deeplyFitted()
	}
	return t
}

// recovered returns the first hidden layers of the folded network, in the chart
// of deep layers.
func (s *State) recovered(layers int) *prefix {
	base := s.base()
	p := &prefix{n: s.layers[base].chart.dim}
	for i, l := range s.layers[:layers] {
		to := newKnown(l)
		if i == 0 && base == 1 {
			to.In, to.W, to.B = p.n, identity(p.n), make([]float64, p.n)
		}
		p.layers = append(p.layers, to)
		p.blind, p.force, p.pass = append(p.blind, nil), append(p.force, nil), append(p.pass, make([]bool, to.Out))
	}
	return p
}

// switching is the bias found, none when there are no hits.
type switching struct {
	B    float64 `json:"b"`
	Hits int     `json:"hits"`
}

func (t *rarelyOffStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	n, l := t.at[t.done], t.in[t.done]
	c := s.layers[s.base()].chart
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	before, known := t.around(s, l)
	var seen levels
	for i := range lows * lowLines {
		y := s.lowest(before, n.W, r)
		g := between(y, r.NormalVec(make([]float64, c.dim), float64(c.size*math.Ldexp(1, i%4))))
		line, err := critical.NewLine(in, g.Base, g.Dir, c.noise.At(y))
		if err != nil {
			return nil, err
		}
		kinks, err := line.Sweep(g.T0, g.T1, known(g))
		if err != nil {
			return nil, err
		}
		for _, k := range kinks {
			h := before.values(g.Point(k.T))
			if linalg.Norm(h) == 0 {
				continue
			}
			seen = append(seen, level{z: linalg.Dot(n.W, h), tol: float64(sameLow * linalg.Norm(h)), h: h, line: i})
		}
		if z, hits := seen.common(); hits >= lowHits {
			return switching{B: -z, Hits: hits}, nil
		}
	}
	return switching{}, nil
}

// level is w·h at a critical point on a line.
type level struct {
	z, tol float64
	h      []float64
	line   int
}

type levels []level

// common returns the level at which most lines have a critical point, in enough
// dimensions. Those of other neurons lie at any.
func (a levels) common() (z float64, lines int) {
	slices.SortStableFunc(a, func(p, q level) int { return cmp.Compare(p.z, q.z) })
	for i, p := range a {
		on := map[int]bool{}
		j := i
		for ; j < len(a) && a[j].z-p.z <= p.tol+a[j].tol; j++ {
			on[a[j].line] = true
		}
		if len(on) > lines && a[i:j].rank() >= lowRank {
			z, lines = a[(i+j-1)/2].z, len(on)
		}
	}
	return z, lines
}

// rank is how many dimensions h has at these critical points.
func (a levels) rank() int {
	var m []float64
	for _, p := range a {
		h := append([]float64(nil), p.h...)
		normalise(h)
		m = append(m, h...)
	}
	q := linalg.Factor(linalg.Transpose(m, len(a[0].h)), len(a))
	return q.Rank(float64(1e-3 * q.Diag(0)))
}

// around returns what is known before layer l, and where known neurons switch.
func (t *rarelyOffStage) around(s *State, l *layer) (*prefix, func(g signature.Segment) []float64) {
	if t.next != nil {
		return s.prefix(l.index), t.next.l.crossings
	}
	whole := s.recovered(len(s.layers))
	return s.recovered(l.index - 1), func(g signature.Segment) (known []float64) {
		for _, part := range whole.walk(g.Base, g.Dir, g.T0, g.T1, 8*libraryStretch) {
			known = append(known, part.t1)
		}
		return known
	}
}

// between returns the segment from p to q.
func between(p, q []float64) signature.Segment {
	g := signature.Segment{Base: p, Dir: make([]float64, len(p))}
	for i := range p {
		g.Dir[i] = q[i] - p[i]
	}
	g.T1 = normalise(g.Dir)
	return g
}

// lowest climbs down to where w·h is low for the size of the input.
func (s *State) lowest(p *prefix, w []float64, r *rng.Stream) []float64 {
	size := s.layers[s.base()].chart.size
	y := r.NormalVec(make([]float64, p.n), float64(8*size))
	best := linalg.Dot(w, p.values(y)) / linalg.Norm(y)
	trial := make([]float64, len(y))
	for i := range lowSteps {
		scale := float64(size * math.Ldexp(8, -(i%6)))
		for j := range y {
			trial[j] = y[j] + float64(scale*r.Normal())
		}
		if v := linalg.Dot(w, p.values(trial)) / linalg.Norm(trial); v < best {
			best = v
			copy(y, trial)
		}
	}
	return y
}

func (t *rarelyOffStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	v, err := decode[switching](results[0])
	if err != nil {
		return nil, err
	}
	if v.Hits > 0 {
		n, l := t.at[t.done], t.in[t.done]
		k := slices.Index(l.neurons, n)
		for _, r := range s.readers(l.index - 1) {
			r.put(r.w, float64(r.w[k]*(n.B-v.B)))
		}
		n.B, n.kept, n.folded = v.B, false, false
	}
	if t.done++; t.done < len(t.at) {
		return t, nil
	}
	if t.next != nil {
		return t.next.done(s), nil
	}
	if s.base() == 0 {
		for i, n := range t.at {
			if n.kept {
				s.missing = append(s.missing, fmt.Sprintf("layer %d: one neuron looks active on every input, but it could be off where few inputs come", t.in[i].index))
			}
		}
	}
	return s.deeplyFitted(), nil
}

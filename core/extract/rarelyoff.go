package extract

import (
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
}

func (t *rarelyOffStage) phase() Phase      { return PhaseOutput }
func (t *rarelyOffStage) layer() int        { return t.in[t.done].index }
func (t *rarelyOffStage) kind() string      { return "rarely-off" }
func (t *rarelyOffStage) tasks(*State) int  { return 1 }
func (t *rarelyOffStage) cost(*State) int64 { return 2000 }

const (
	// lows is how many low places of w·h are looked for, in lowSteps steps each.
	lows     = 12
	lowSteps = 200
	// lowHits is how many predicted places must show a bias.
	lowHits = 4
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
	before, whole := s.recovered(l.index-1), s.recovered(len(s.layers))
	at := func(y []float64) float64 { return linalg.Dot(n.W, before.values(y)) }
	var low [][]float64
	for range lows {
		low = append(low, s.lowest(before, n.W, r))
	}
	slices.SortStableFunc(low, func(a, b []float64) int {
		x, y := at(a)/linalg.Norm(a), at(b)/linalg.Norm(b)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	for i, y := range low[:lows/3] {
		g := between(y, r.NormalVec(make([]float64, c.dim), c.size))
		line, err := critical.NewLine(in, g.Base, g.Dir, c.noise.At(y))
		if err != nil {
			return nil, err
		}
		var known []float64
		for _, part := range whole.walk(g.Base, g.Dir, g.T0, g.T1, 8*libraryStretch) {
			known = append(known, part.t1)
		}
		kinks, err := line.Sweep(g.T0, g.T1, known)
		if err != nil {
			return nil, err
		}
		for _, k := range kinks {
			z := at(g.Point(k.T))
			b, hits, err := s.switches(in, at, z, low, i, r)
			if err != nil {
				return nil, err
			}
			if hits >= lowHits {
				return switching{B: b, Hits: hits}, nil
			}
		}
	}
	return switching{}, nil
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

// switches tests whether critical points lie where w·h = z, between low places
// and others. It returns −w·h there and how many there are; more than half of
// those tested must show.
func (s *State) switches(in oracle.Oracle, at func([]float64) float64, z float64, low [][]float64, skip int, r *rng.Stream) (b float64, hits int, err error) {
	c := s.layers[s.base()].chart
	misses := 0
	var seen []float64
	for try := range 4 * lows {
		y := low[try%len(low)]
		if try == skip || at(y) >= z {
			continue
		}
		far := r.NormalVec(make([]float64, c.dim), float64(c.size*math.Ldexp(1, try%4)))
		if at(far) <= z {
			continue
		}
		g := between(y, far)
		lo, hi := 0.0, g.T1
		for range 60 {
			if mid := (lo + hi) / 2; at(g.Point(mid)) < z {
				lo = mid
			} else {
				hi = mid
			}
		}
		line, err := critical.NewLine(in, g.Base, g.Dir, c.noise.At(y))
		if err != nil {
			return 0, 0, err
		}
		k, ok, err := line.Locate(lo, float64(8*signature.Window*(c.size+linalg.MaxAbs(g.Point(lo)))))
		if err != nil {
			return 0, 0, err
		}
		if ok {
			seen = append(seen, -at(g.Point(k.T)))
		} else if misses++; misses > lowHits {
			break
		}
		if len(seen) == 2*lowHits {
			break
		}
	}
	if len(seen) <= misses {
		return 0, 0, nil
	}
	slices.Sort(seen)
	return seen[len(seen)/2], len(seen), nil
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
	if s.base() == 0 {
		for i, n := range t.at {
			if n.kept {
				s.missing = append(s.missing, fmt.Sprintf("layer %d: one neuron looks active on every input, but it could be off where few inputs come", t.in[i].index))
			}
		}
	}
	return s.deeplyFitted(), nil
}

package extract

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/sign"
	"peel/core/signature"
)

// afterSearch goes from the search for a layer's hyperplanes to its signs.
func (s *State) afterSearch(l *layer) stage {
	if n := s.width(l.index) - len(l.neurons); n > 0 {
		s.emit(Event{Type: "missing", Layer: l.index, Count: n, Message: "no critical point of these neurons was seen on any line"})
	}
	if n := len(l.neurons) - s.width(l.index); n > 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: %d hyperplanes more than it has neurons were found, so some belong to a deeper layer", l.index, n))
		return nil
	}
	if len(l.neurons) == 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: no neuron was found", l.index))
		return nil
	}
	if l.deep != nil && len(l.neurons) < s.width(l.index) {
		// Without them the next layer's inputs are not known.
		return nil
	}
	return s.signs(l)
}

// signs chooses how to sign a layer.
func (s *State) signs(l *layer) stage {
	if l.deep != nil {
		return s.newNulling(l)
	}
	if l.index == s.hidden() {
		return &lastHiddenStage{l: l}
	}
	return &freezeStage{l: l, moves: l.moves()}
}

// rows returns the layer's weights in its chart, m×dim.
func (l *layer) rows() []float64 {
	var w []float64
	for _, n := range l.neurons {
		w = append(w, n.W...)
	}
	return w
}

// moves returns for every neuron k the shortest v_k (m×dim) with W v_k = e_k,
// which moves that neuron's pre-activation alone, or nil when the rows are
// dependent.
func (l *layer) moves() []float64 {
	m, n := len(l.neurons), l.chart.dim
	q := linalg.Factor(linalg.Transpose(l.rows(), n), m) // Wᵀ, n×m
	if m > n || q.Rank(float64(1e-10*q.Diag(0))) < m {
		return nil
	}
	v := make([]float64, 0, m*n)
	e := make([]float64, m)
	for k := range m {
		e[k] = 1
		v = append(v, q.MinNorm(e, m)...)
		e[k] = 0
	}
	return v
}

// freezeStage signs each neuron on its own.
type freezeStage struct {
	l     *layer
	moves []float64
	done  int
}

func (t *freezeStage) phase() Phase      { return PhaseSign }
func (t *freezeStage) layer() int        { return t.l.index }
func (t *freezeStage) kind() string      { return "freeze" }
func (t *freezeStage) tasks(*State) int  { return len(t.l.neurons) - t.done }
func (t *freezeStage) cost(*State) int64 { return 3 * freezeTries }

// A sign needs freezeVotes tests that agree and none that disagrees.
const (
	freezeVotes = 2
	freezeTries = 16
)

func (t *freezeStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c, k := t.l.chart, t.done+i
	if t.moves == nil {
		return sign.Vote{}, nil
	}
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	n := t.l.neurons[k]
	v := t.moves[k*c.dim:][:c.dim]
	var plus, minus int
	best := 0.0
	for range freezeTries {
		p := c.onPlane(&n.Hyperplane, n.hits[0].P, r)
		reach := c.size * (0.5 + r.Float64())
		if c.positive {
			if !c.inside(p) {
				continue
			}
			reach = min(reach, room(p, v)/2)
		}
		vote, err := sign.Freeze(in, p, v, reach, 1e-7, c.noise)
		if err != nil {
			return nil, err
		}
		switch vote.Sign {
		case 1:
			plus++
		case -1:
			minus++
		}
		best = max(best, vote.Ratio)
		if plus+minus >= freezeVotes {
			break
		}
	}
	switch {
	case plus >= freezeVotes && minus == 0:
		return sign.Vote{Sign: 1, Ratio: best}, nil
	case minus >= freezeVotes && plus == 0:
		return sign.Vote{Sign: -1, Ratio: best}, nil
	}
	return sign.Vote{}, nil
}

// room is how far p can move along ±v with every coordinate positive.
func room(p, v []float64) float64 {
	m := math.Inf(1)
	for i, d := range v {
		if d != 0 {
			m = min(m, p[i]/math.Abs(d))
		}
	}
	return m
}

func (t *freezeStage) apply(s *State, results []json.RawMessage) (stage, error) {
	for _, data := range results {
		v, err := decode[sign.Vote](data)
		if err != nil {
			return nil, err
		}
		n := t.l.neurons[t.done]
		n.sign = v.Sign
		if v.Sign != 0 {
			s.emit(Event{Type: "signed", Layer: t.l.index, Neuron: t.done, Confidence: 1 - 1/v.Ratio})
		}
		t.done++
	}
	if t.done < len(t.l.neurons) {
		return t, nil
	}
	return s.afterSigns(t.l), nil
}

// lastHiddenStage signs the whole last hidden layer from one gradient.
type lastHiddenStage struct{ l *layer }

func (t *lastHiddenStage) phase() Phase        { return PhaseSign }
func (t *lastHiddenStage) layer() int          { return t.l.index }
func (t *lastHiddenStage) kind() string        { return "last-hidden" }
func (t *lastHiddenStage) tasks(*State) int    { return lastHiddenPoints }
func (t *lastHiddenStage) cost(s *State) int64 { return int64(t.l.chart.dim) + 40 }

// lastHiddenPoints is at how many points the gradient is measured; the signs of
// all that could be solved must agree.
const lastHiddenPoints = 2

// slope is one gradient inside the chart.
type slope struct {
	P  Vec  `json:"p"`
	D  Vec  `json:"d"`
	OK bool `json:"ok"`
}

func (t *lastHiddenStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c := t.l.chart
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	for range 8 {
		p := c.point(r)
		// The cell is known: its walls are the layer's own hyperplanes.
		h := c.size
		for _, n := range t.l.neurons {
			h = min(h, math.Abs(n.Z(p)))
		}
		if c.positive {
			for _, v := range p {
				h = min(h, v)
			}
		}
		j, err := signature.Measure(in, p, nil, h/2, c.positive, c.noise, r)
		if err == nil {
			return slope{P: p, D: j.D, OK: true}, nil
		}
		if !errors.Is(err, signature.ErrCramped) {
			return nil, err
		}
	}
	return slope{}, nil
}

func (t *lastHiddenStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	l := t.l
	var c []float64
	for _, n := range l.neurons {
		c = append(c, n.C...)
	}
	for i := range l.neurons {
		l.neurons[i].sign = 0
	}
	var seen *slope
	sure, torn := make([]float64, len(l.neurons)), make([]bool, len(l.neurons))
	for _, data := range results {
		g, err := decode[slope](data)
		if err != nil {
			return nil, err
		}
		if !g.OK {
			continue
		}
		seen = &g
		var z []float64
		for _, n := range l.neurons {
			z = append(z, n.Z(g.P))
		}
		signs, margin := sign.LastHidden(l.rows(), c, g.D, z, l.chart.dim)
		for k, n := range l.neurons {
			switch {
			case signs[k] == 0:
			case n.sign == 0 && !torn[k]:
				n.sign, sure[k] = signs[k], 1-float64(2*margin[k])
			case n.sign != signs[k]:
				n.sign, torn[k] = 0, true
			}
		}
	}
	for k, n := range l.neurons {
		if n.sign != 0 {
			s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: sure[k]})
		}
	}
	if seen != nil && l.unsigned() > 0 && len(l.neurons) < s.width(l.index) && l.chart.positive {
		s.alwaysOn(l, c, seen)
	}
	return s.afterSigns(l), nil
}

// alwaysOn explains a last hidden layer whose signs do not come out by one more
// neuron that is active on every input.
func (s *State) alwaysOn(l *layer, c []float64, g *slope) {
	var z []float64
	for _, n := range l.neurons {
		z = append(z, n.Z(g.P))
	}
	signs, rest, ok := sign.AlwaysOn(l.rows(), c, g.D, z, l.chart.dim)
	if !ok {
		return
	}
	for k, n := range l.neurons {
		n.sign = signs[k]
		s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1})
	}
	norm := linalg.Norm(rest)
	if linalg.Dot(rest, ones(len(rest))) < 0 {
		norm = -norm
	}
	linalg.Scale(1/norm, rest)
	for i, v := range rest {
		rest[i] = max(0, v) // an entry that is 0 to rounding must not make it switch
	}
	k := len(l.neurons)
	l.neurons = append(l.neurons, &neuron{Hyperplane: signature.Hyperplane{W: rest, C: []float64{norm}, CErr: math.Abs(norm)},
		sign: 1, hits: []signature.Hit{{P: g.P}}})
	for _, kind := range []string{"found", "completed", "signed"} {
		s.emit(Event{Type: kind, Layer: l.index, Neuron: k, Confidence: 1})
	}
	s.warn("layer %d, neuron %d is active on every input: its bias cannot be told from the output's and is taken to be 0", l.index, k+1)
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

// unsigned is how many neurons of the layer have no sign yet.
func (l *layer) unsigned() int {
	open := 0
	for _, n := range l.neurons {
		if n.sign == 0 {
			open++
		}
	}
	return open
}

// afterSigns goes on to the next layer, or to the output layer after the last.
func (s *State) afterSigns(l *layer) stage {
	if open := l.unsigned(); open > 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: %d of %d signs are undecided", l.index, open, len(l.neurons)))
		return nil
	}
	if l.index == s.hidden() {
		return &outputStage{}
	}
	if l.index >= 2 {
		return s.enterDeep(l.index + 1)
	}
	return s.deeper(l)
}

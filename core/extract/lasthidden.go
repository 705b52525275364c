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

// lastHiddenStage signs the whole last hidden layer from one gradient.
type lastHiddenStage struct{ l *layer }

func (t *lastHiddenStage) phase() Phase { return PhaseSign }

func (t *lastHiddenStage) layer() int { return t.l.index }

func (t *lastHiddenStage) kind() string { return "last-hidden" }

func (t *lastHiddenStage) tasks(*State) int { return lastHiddenPoints }

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
		tol := 1e-6
		if len(l.neurons) > len(g.D) {
			tol = 1e-10 // many choices of signs must be told apart
		}
		signs, margin := sign.LastHidden(l.rows(), c, g.D, z, l.chart.dim, s.slack(l, tol))
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
	signs, rest, ok := sign.AlwaysOn(l.rows(), c, g.D, z, l.chart.dim, s.slack(l, 1e-7))
	if !ok {
		return
	}
	for k, n := range l.neurons {
		n.sign, n.folded = signs[k], true
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
		sign: 1, folded: true, hits: []signature.Hit{{P: g.P}}})
	for _, kind := range []string{"found", "completed", "signed"} {
		s.emit(Event{Type: kind, Layer: l.index, Neuron: k, Confidence: 1})
	}
	if s.coarse() {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: one neuron looks active on every input, but answers as coarse as these could hide where it switches", l.index))
	}
	s.warn("layer %d, neuron %d is active on every input: its bias cannot be told from the output's and is taken to be 0", l.index, k+1)
}

// slack is how far off the equations of the layer may be: tol where answers are
// exact, and up to a hundredth where its rows were measured with coarse ones.
func (s *State) slack(l *layer, tol float64) float64 {
	if !s.coarse() {
		return tol
	}
	worst := 0.0
	for _, n := range l.neurons {
		worst = max(worst, n.WErr)
	}
	return max(tol, min(float64(64*worst), 1e-2))
}

func ones(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

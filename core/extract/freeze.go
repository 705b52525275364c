package extract

import (
	"encoding/json"
	"math"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/sign"
)

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

func (t *freezeStage) phase() Phase { return PhaseSign }

func (t *freezeStage) layer() int { return t.l.index }

func (t *freezeStage) kind() string { return "freeze" }

func (t *freezeStage) tasks(*State) int { return len(t.l.neurons) - t.done }

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
		vote, err := sign.Freeze(in, p, v, reach, c.noise.Relax(1e-7, 2e-3), c.noise)
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

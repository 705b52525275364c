package extract

import (
	"encoding/json"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// deeper opens the chart of the layer after l, where l's activations h are the
// coordinates: with S W y + S b = h (S the signs, rows independent),
//
//	y = W⁺(S h − b),
//
// so that every h > 0 is reached by an input of l's chart, and l is the
// identity there.
func (s *State) deeper(l *layer) stage {
	m, n, d0 := len(l.neurons), l.chart.dim, s.cfg.Sizes[0]
	moves := l.moves()
	base := make([]float64, n)
	dirs := make([]float64, m*n)
	for k, u := range l.neurons {
		linalg.Axpy(-u.B, moves[k*n:][:n], base)
		linalg.Axpy(u.sign, moves[k*n:][:n], dirs[k*n:][:n])
	}
	c := &chart{base: base, dirs: dirs, dim: m, size: 1, positive: true}
	if l.chart.dirs != nil {
		var err error
		c.base, c.dirs, err = oracle.Compose(l.chart.base, l.chart.dirs, base, dirs)
		if err != nil {
			panic("extract: a chart does not fit the chart it lies in: " + err.Error())
		}
	}
	if len(c.base) != d0 {
		panic("extract: a chart does not lie in the input space")
	}
	return &chartStage{index: l.index + 1, c: c}
}

// chartStage measures the rounding error of answers in a new chart.
type chartStage struct {
	index int
	c     *chart
}

func (t *chartStage) phase() Phase      { return PhaseCritical }
func (t *chartStage) layer() int        { return t.index }
func (t *chartStage) kind() string      { return "chart" }
func (t *chartStage) tasks(*State) int  { return 1 }
func (t *chartStage) cost(*State) int64 { return 5 * noisePoints }

func (t *chartStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	in, err := t.c.open(o)
	if err != nil {
		return nil, err
	}
	return critical.MeasureNoise(in, func(y []float64) { copy(y, t.c.point(r)) }, r, noisePoints, float64(1e-6*t.c.size))
}

func (t *chartStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	noise, err := decode[critical.Noise](results[0])
	if err != nil {
		return nil, err
	}
	t.c.noise = noise
	return s.enter(t.index, t.c)
}

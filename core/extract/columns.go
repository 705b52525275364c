package extract

import (
	"encoding/json"
	"math"

	"peel/core/fit"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// columnStage measures layer 1 again along every input coordinate, with long
// steps. The chart of layer 1 is only as exact as the gradients that span it;
// where answers are relatively coarse, what it misses is the largest error left.
type columnStage struct{ answers []Vec }

func (*columnStage) phase() Phase        { return PhaseOutput }
func (*columnStage) layer() int          { return 0 }
func (*columnStage) kind() string        { return "columns" }
func (*columnStage) cost(s *State) int64 { return int64(s.cfg.Sizes[0]) }
func (t *columnStage) tasks(s *State) int {
	return 4 + (4*s.width(1)+s.dout()-1)/s.dout() - len(t.answers)
}

// base returns the base point of task i and its steps.
func (t *columnStage) base(s *State, i int) (x, step []float64) {
	r := rng.New(s.cfg.Seed, 0xc01, uint64(i))
	c, d0 := s.layers[0].chart, s.cfg.Sizes[0]
	x = append([]float64(nil), c.base...)
	u := r.NormalVec(make([]float64, c.dim), c.size)
	for j, v := range u {
		linalg.Axpy(v, c.dirs[j*d0:][:d0], x)
	}
	// A step along one of d0 coordinates changes the activations by as much as they are.
	long := float64(c.size * math.Sqrt(float64(d0)))
	step = make([]float64, d0)
	for j := range step {
		step[j] = math.Ldexp(float64(long*(0.5+r.Float64())), -r.Intn(3)) * r.Sign()
	}
	return x, step
}

func (t *columnStage) do(s *State, i int, o oracle.Oracle, _ *rng.Stream) (any, error) {
	x, step := t.base(s, len(t.answers)+i)
	coord := make([]int, len(x))
	for j := range coord {
		coord[j] = j
	}
	y := make(Vec, len(x)*s.dout())
	return y, o.Steps(x, coord, step, y)
}

func (t *columnStage) apply(s *State, results []json.RawMessage) (stage, error) {
	for _, data := range results {
		y, err := decode[Vec](data)
		if err != nil {
			return nil, err
		}
		t.answers = append(t.answers, y)
	}
	if t.tasks(s) > 0 {
		return t, nil
	}
	var d fit.Steps
	for i, y := range t.answers {
		x, step := t.base(s, i)
		d.Base, d.Step, d.F = append(d.Base, x...), append(d.Step, step...), append(d.F, y...)
		noise := s.noise.At(step)
		for j := range step {
			d.Err = append(d.Err, noise.Weigh(y[j*s.dout():][:s.dout()]))
		}
	}
	s.whole = fit.Columns(s.unfold(s.fitted), d)
	return &verifyStage{}, nil
}

package extract

import (
	"encoding/json"

	"peel/core/critical"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// scaleStage learns how large the answers are and how exactly they are given.
type scaleStage struct{}

func (scaleStage) phase() Phase      { return PhaseSubspace }
func (scaleStage) layer() int        { return 0 }
func (scaleStage) kind() string      { return "scale" }
func (scaleStage) tasks(*State) int  { return 1 }
func (scaleStage) cost(*State) int64 { return 5 * noisePoints }

// noisePoints is the number of points at which rounding error is measured.
const noisePoints = 8

func (scaleStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	return critical.MeasureNoise(o, func(x []float64) { r.NormalVec(x, 1) }, r, noisePoints, 1e-5)
}

func (scaleStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	noise, err := decode[critical.Noise](results[0])
	if err != nil {
		return nil, err
	}
	s.size, s.noise = noise.Zoom()
	if s.cfg.Method.Signature != method.Trace {
		return s.published(max(1, s.cfg.Method.Idealised))
	}
	if s.cfg.Method.Idealised > 1 {
		return s.startAlone(), nil
	}
	if s.cfg.Sizes[1] >= s.cfg.Sizes[0] {
		// A layer wider than its input: the chart stays the input space.
		return s.enter(1, &chart{dim: s.cfg.Sizes[0], size: s.size, noise: s.noise})
	}
	return newSketchStage(s), nil
}

package extract

import (
	"encoding/json"
	"fmt"
	"math"

	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// verification compares the recovered network with fresh answers.
type verification struct {
	worst float64 // largest |f − f̂| / max |f|
}

// verifyStage asks the victim at inputs no other stage has seen. It is the last
// word on whether a run is complete; nothing but answers goes into it.
type verifyStage struct{}

func (verifyStage) phase() Phase      { return PhaseVerify }
func (verifyStage) layer() int        { return 0 }
func (verifyStage) kind() string      { return "verify" }
func (verifyStage) tasks(*State) int  { return 1 }
func (verifyStage) cost(*State) int64 { return verifyPoints }

const (
	verifyPoints = 96
	verifyKinds  = 4 // of inputs, each judged by itself
	// verifyTolerance is the largest |f − f̂| / max |f| of a complete run.
	verifyTolerance = 1e-7
)

func (verifyStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	in, out := o.Shape()
	x := make([]float64, verifyPoints*in)
	for i := range verifyPoints {
		p := x[i*in:][:in]
		switch i % verifyKinds {
		case 0:
			r.NormalVec(p, 1)
		case 1:
			for j := range p {
				p[j] = r.Float64()
			}
		case 2:
			r.NormalVec(p, 8)
		case 3: // far out a hyperplane that was taken for another shows
			r.NormalVec(p, 64)
		}
	}
	y := make([]float64, verifyPoints*out)
	if err := o.Query(x, y); err != nil {
		return nil, err
	}
	e := nn.NewEval(s.network())
	f := make([]float64, out)
	var size, diff [verifyKinds]float64
	for i := range verifyPoints {
		e.Forward(x[i*in:][:in], f)
		for k, v := range f {
			size[i%verifyKinds] = max(size[i%verifyKinds], math.Abs(y[i*out+k]))
			diff[i%verifyKinds] = max(diff[i%verifyKinds], math.Abs(y[i*out+k]-v))
		}
	}
	worst := 0.0
	for i := range size {
		worst = max(worst, diff[i]/max(size[i], math.SmallestNonzeroFloat64))
	}
	return Vec{worst}, nil
}

func (verifyStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	v, err := decode[Vec](results[0])
	if err != nil {
		return nil, err
	}
	if !(v[0] <= math.MaxFloat64) { // not a number: the recovered network overflows
		v[0] = math.MaxFloat64
	}
	s.verify = &verification{worst: v[0]}
	if !(v[0] <= verifyTolerance) {
		s.missing = append(s.missing, fmt.Sprintf("the recovered network differs from fresh answers by %.1e of their size", v[0]))
	}
	return nil, nil
}

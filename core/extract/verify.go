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
	worst     float64 // largest |f − f̂| / max |f|
	precision float64 // largest error to expect of an answer, / max |f|
	excess    float64 // largest |f − f̂| / what may be
	wrong     int     // on how many of the inputs of a survey it differs
	asked     int     // and how many these are
}

// failed reports whether the network is wrong somewhere.
func (v *verification) failed() bool { return v.excess > 1 || v.wrong > 0 }

// verifyStage asks the victim at inputs no other stage has seen. It is the last
// word on whether a run is complete; nothing but answers goes into it.
type verifyStage struct{}

func (verifyStage) phase() Phase     { return PhaseVerify }
func (verifyStage) layer() int       { return 0 }
func (verifyStage) kind() string     { return "verify" }
func (verifyStage) tasks(*State) int { return 1 }
func (verifyStage) cost(s *State) int64 {
	return int64(s.verifyEach()*s.verifyKinds() + s.besidePoints())
}

const (
	verifyPoints = 96
	verifyKinds  = 4 // of inputs, each judged by itself
	// verifyFar is how many kinds more there are where the charts are large.
	verifyFar = 2
	// verifyDeep is how many times as many inputs check a network with three and
	// more hidden layers, which may be wrong where inputs hardly ever come.
	verifyDeep = 16
	// verifyTolerance is the largest |f − f̂| / max |f| of a complete run.
	verifyTolerance = 1e-7
	// VerifyErrors is how many errors to expect of an answer it may be instead,
	// where answers are coarser than that.
	VerifyErrors = 16
	// verifyCoarsest is the largest such error, / max |f|, that checks anything.
	verifyCoarsest = 0x1p-9
)

// verifyKinds is how many kinds of inputs there are.
func (s *State) verifyKinds() int {
	if s.size > 1 {
		return verifyKinds + verifyFar
	}
	return verifyKinds
}

// verifyEach is how many inputs there are of each kind.
func (s *State) verifyEach() int {
	if s.hidden() > 2 {
		return verifyDeep * verifyPoints / verifyKinds
	}
	return verifyPoints / verifyKinds
}

func (verifyStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	in, out := o.Shape()
	kinds := s.verifyKinds()
	n := s.verifyEach() * kinds
	x := make([]float64, n*in)
	for i := range n {
		p := x[i*in:][:in]
		switch i % kinds {
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
			if s.hidden() > 2 && i/kinds%2 == 1 { // and there, where few inputs act
				for j := range p {
					if r.Intn(3) > 0 {
						p[j] = 0
					}
				}
			}
		case 4: // as far as answers are as exact as they get
			r.NormalVec(p, s.size)
		case 5:
			r.NormalVec(p, math.Sqrt(s.size))
		}
	}
	y := make([]float64, n*out)
	if err := o.Query(x, y); err != nil {
		return nil, err
	}
	e := nn.NewEval(s.network())
	f := make([]float64, out)
	size, diff, coarse := make([]float64, kinds), make([]float64, kinds), make([]float64, kinds)
	for i := range n {
		kind := i % kinds
		e.Forward(x[i*in:][:in], f)
		coarse[kind] = max(coarse[kind], s.noise.At(x[i*in:][:in]).Of(y[i*out:][:out]))
		for k, v := range f {
			size[kind] = max(size[kind], math.Abs(y[i*out+k]))
			diff[kind] = max(diff[kind], math.Abs(y[i*out+k]-v))
		}
	}
	var worst, precision, excess float64
	for i := range size {
		size[i] = max(size[i], math.SmallestNonzeroFloat64)
		worst, precision = max(worst, diff[i]/size[i]), max(precision, coarse[i]/size[i])
		excess = max(excess, diff[i]/max(float64(verifyTolerance*size[i]), float64(VerifyErrors*coarse[i])))
	}
	if s.besidePoints() > 0 {
		beside, err := s.verifyBeside(o, e, r)
		if err != nil {
			return nil, err
		}
		excess = max(excess, beside)
	}
	return Vec{worst, precision, excess}, nil
}

func (verifyStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	v, err := decode[Vec](results[0])
	if err != nil {
		return nil, err
	}
	if len(v) == 1 { // as journals of exact answers once had it
		v = Vec{v[0], 0, v[0] / verifyTolerance}
	}
	for i := range v {
		if !(v[i] <= math.MaxFloat64) { // not a number: the recovered network overflows
			v[i] = math.MaxFloat64
		}
	}
	s.verify = &verification{worst: v[0], precision: v[1], excess: v[2]}
	if s.tooCoarse() {
		s.missing = append(s.missing, fmt.Sprintf("fresh answers are exact to %.1e of their size only, which is too coarse to check the recovered network with", v[1]))
	} else if v[2] > 1 && s.size > 1 && s.fitted != nil && s.fits < maxFits {
		return refineStage{}, nil
	} else if s.mendable() {
		return &surveyStage{}, nil
	} else if v[2] > 1 {
		s.missing = append(s.missing, s.difference())
	}
	return nil, nil
}

// tooCoarse reports whether fresh answers, once asked, could check nothing.
func (s *State) tooCoarse() bool { return s.coarse() && s.verify.precision > verifyCoarsest }

// difference says how a recovered network fell short.
func (s *State) difference() string {
	v := s.verify
	if v.excess <= 1 {
		return fmt.Sprintf("on %d of %d inputs the recovered network differs from the answers", v.wrong, v.asked)
	}
	why := fmt.Sprintf("the recovered network differs from fresh answers by %.1e of their size", v.worst)
	allowed := max(verifyTolerance, float64(VerifyErrors*v.precision))
	switch {
	case !s.coarse():
		return why
	case v.worst > allowed:
		return why + fmt.Sprintf(", which are exact to about %.1e", v.precision)
	}
	return fmt.Sprintf("near its hyperplanes the recovered network differs from fresh answers by %.1f times what their error allows", v.excess)
}

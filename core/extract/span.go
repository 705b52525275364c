package extract

import (
	"encoding/json"
	"errors"
	"math"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// spanStage tests whether a layer has a neuron that never switches and is on.
// Where the prefix passes more dimensions than known neurons of the layer are
// on, the gradient of f must lie in the span of these, Γᵀw_k, if there is
// no other.
type spanStage struct{ l *layer }

func (t *spanStage) phase() Phase      { return PhaseSign }
func (t *spanStage) layer() int        { return t.l.index }
func (t *spanStage) kind() string      { return "span" }
func (t *spanStage) tasks(*State) int  { return spanPlaces }
func (t *spanStage) cost(*State) int64 { return 64 }

const (
	// spanPlaces is how many places are tested, and spanSteps how long the search
	// for each is.
	spanPlaces = 8
	spanSteps  = 200
	// outsideSpan is the part of a gradient outside the span, and outsideErrors how
	// many of its errors, that count.
	outsideSpan   = 1e-5
	outsideErrors = 1e3
)

// spanTest is the part of a gradient that known neurons do not explain, whether
// there was one to test, and whether that part counts.
type spanTest struct {
	Tested bool    `json:"tested,omitempty"`
	Rest   float64 `json:"rest"`
	Clear  bool    `json:"clear,omitempty"`
}

func (t *spanStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := t.l
	pl, spare := l.spareDimensions(r)
	if spare < 1 {
		return spanTest{}, nil
	}
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	n := l.deep.pre.n
	v, _ := pl.span(n, faint)
	cell, err := in.Restrict(pl.y, v)
	if err != nil {
		return nil, err
	}
	noise := l.chart.noise.At(pl.y)
	noise.Size = linalg.MaxAbs(pl.y) + l.chart.size
	rank := len(v) / n
	at := make([]float64, rank)
	h, err := signature.Room(cell, at, l.chart.reach(), false, noise, r)
	if err == nil {
		var j *signature.Jacobian
		if j, err = signature.Measure(cell, at, nil, h, false, noise, r); err == nil {
			return l.outsideSpan(pl, v, j), nil
		}
	}
	if errors.Is(err, signature.ErrCramped) {
		return spanTest{}, nil
	}
	return nil, err
}

// spareDimensions looks for a place where the prefix passes many dimensions and
// few known neurons of the layer are on, all of whose rows are known there. It
// costs no query.
func (l *layer) spareDimensions(r *rng.Stream) (best *place, spare int) {
	pre := l.deep.pre
	spare = math.MinInt
	line := &l.deep.lines[r.Intn(len(l.deep.lines))]
	y := append([]float64(nil), line.base...)
	trial := make([]float64, len(y))
	for i := range spanSteps {
		scale := float64(l.chart.size * math.Ldexp(1, -(i%4)))
		for j := range y {
			trial[j] = y[j] + float64(scale*r.Normal())
		}
		pl := pre.at(append([]float64(nil), trial...))
		v, _ := pl.span(pre.n, faint)
		x := len(v) / pre.n
		a := pl.augmented()
		known := !pl.vague
		for _, n := range l.neurons {
			known = known && n.part.Outside(a) <= spanned
			if n.sign == 0 || float64(n.sign*n.Zh(a)) > 0 {
				x--
			}
		}
		if known && x >= spare {
			best, spare = pl, x
			copy(y, trial)
		}
	}
	return best, spare
}

// outsideSpan compares the gradient in the directions v with those of the
// neurons that are on.
func (l *layer) outsideSpan(pl *place, v []float64, j *signature.Jacobian) spanTest {
	var on []float64
	a := pl.augmented()
	for _, n := range l.neurons {
		if n.sign == 0 || float64(n.sign*n.Zh(a)) > 0 {
			row := linalg.MulVec(v, pl.gradient(n.W))
			normalise(row)
			on = append(on, row...)
		}
	}
	rank := len(v) / len(pl.y)
	rest, size := 0.0, 0.0
	for o := range j.Value {
		g := append([]float64(nil), j.Row(o)...)
		size += float64(linalg.Norm(g) * linalg.Norm(g))
		if len(on) > 0 {
			q := linalg.Factor(linalg.Transpose(on, rank), len(on)/rank)
			x, _ := q.Solve(g, q.Rank(float64(1e-9*q.Diag(0))))
			for k, c := range x {
				linalg.Axpy(-c, on[k*rank:][:rank], g)
			}
		}
		rest += float64(linalg.Norm(g) * linalg.Norm(g))
	}
	rest, size = math.Sqrt(rest), math.Sqrt(size)
	return spanTest{Tested: size > float64(outsideErrors*j.Err), Rest: rest / max(size, math.SmallestNonzeroFloat64),
		Clear: rest > float64(outsideSpan*size) && rest > float64(outsideErrors*j.Err)}
}

func (t *spanStage) apply(s *State, results []json.RawMessage) (stage, error) {
	tested, outside := 0, 0
	for _, data := range results {
		v, err := decode[spanTest](data)
		if err != nil {
			return nil, err
		}
		if v.Tested {
			tested++
		}
		if v.Clear {
			outside++
		}
	}
	t.l.spanTested = true
	// Where that could not be tested, what is handed on will tell, to more than one output.
	told := t.l.index < s.hidden() || s.dout() > 1
	if 2*outside > tested || tested == 0 && told && s.base() == 1 && s.mend == nil {
		s.handAllOn(t.l)
	} else if t.l.index == s.hidden() {
		return &lastDeepStage{l: t.l}, nil
	}
	return s.afterSigns(t.l), nil
}

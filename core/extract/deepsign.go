package extract

import (
	"encoding/json"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/sign"
	"peel/core/signature"
)

// nullingStage signs a deep layer: where the prefix passes fewer dimensions
// than the layer has neurons, no move leaves the others alone, so moves are
// chosen that disturb them least and votes are added up until they are clear.
// Neurons signed in one round are known to be off on one side in the next,
// which makes room for the others.
type nullingStage struct {
	l      *layer
	open   []int // neurons not yet signed
	rounds int
}

func (s *State) newNulling(l *layer) stage {
	t := &nullingStage{l: l}
	for k := range l.neurons {
		t.open = append(t.open, k)
	}
	return t
}

func (t *nullingStage) phase() Phase      { return PhaseSign }
func (t *nullingStage) layer() int        { return t.l.index }
func (t *nullingStage) kind() string      { return "nulling" }
func (t *nullingStage) tasks(*State) int  { return len(t.open) }
func (t *nullingStage) cost(*State) int64 { return 5 * maxBallots }

const (
	maxBallots = 24
	// signError is how often a decision may be wrong. Rounds are not added up:
	// many of their places are the same.
	signError = 1e-5
	// openPlaces and openSteps are how many places are sought by walking, and
	// how long each walk is.
	openPlaces = 24
	openSteps  = 80
	// nullingRounds is how often undecided signs are tried again.
	nullingRounds = 24
)

// tally is the evidence of the ballots of one neuron.
type tally struct {
	LLR   float64 `json:"llr"`
	Votes int     `json:"votes"`
}

// stand is a place to vote at.
type stand struct {
	p, v  []float64
	eps   float64
	sigma float64 // of the interference
}

func (t *nullingStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c := t.l.chart
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	k := t.open[i]
	test := sign.Sequential{Error: signError}
	for _, st := range t.stands(k, r) {
		b, err := sign.Cast(in, st.p, st.v, st.eps, c.noise)
		if err != nil {
			return nil, err
		}
		test.Add(b, st.sigma)
		if test.Sign() != 0 || test.Ballots == maxBallots {
			break
		}
	}
	return tally{LLR: test.LLR(), Votes: test.Ballots}, nil
}

// stands returns places on neuron k's hyperplane, those with the least
// interference first. It costs no query.
func (t *nullingStage) stands(k int, r *rng.Stream) []stand {
	l, d := t.l, t.l.deep
	n := l.neurons[k]
	row := append(append([]float64(nil), n.W...), n.B)
	f := &signature.Fragment{N: len(row)}
	unit := make([]float64, len(row))
	for j := range row {
		unit[j] = 1
		f.Add(unit, row[j])
		unit[j] = 0
	}
	var out []stand
	for _, at := range d.predict(f, libraryLines, r) {
		y := append([]float64(nil), at.line.base...)
		linalg.Axpy(at.t, at.line.dir, y)
		if st, ok := t.stand(k, y); ok {
			out = append(out, st)
		}
	}
	// And, walking along the hyperplane, places where the prefix passes more
	// dimensions than anywhere on random lines: there moves can avoid the others.
	n0 := min(len(out), openPlaces)
	for i := range n0 {
		if pl := d.open(l.chart, row, out[i*len(out)/n0].p, openSteps, r); pl != nil {
			if st, ok := t.stand(k, pl.y); ok {
				out = append(out, st)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b stand) int {
		switch {
		case a.sigma < b.sigma:
			return -1
		case a.sigma > b.sigma:
			return 1
		}
		return 0
	})
	return out[:min(len(out), 2*maxBallots)]
}

// stand prepares a vote of neuron k at a point of its hyperplane.
func (t *nullingStage) stand(k int, y []float64) (stand, bool) {
	l, d := t.l, t.l.deep
	pl := d.pre.at(y)
	v, _ := pl.span(d.pre.n, 1e-6)
	rank := len(v) / d.pre.n
	if rank == 0 {
		return stand{}, false
	}
	target := linalg.MulVec(v, d.normal(pl, l.neurons[k].W))
	if linalg.Norm(target) == 0 {
		return stand{}, false
	}
	var others [][]float64
	a := pl.augmented()
	for q, n := range l.neurons {
		if q == k || n.sign != 0 && float64(n.sign*n.Zh(a)) < 0 {
			continue
		}
		row := linalg.MulVec(v, d.normal(pl, n.W))
		weight := n.strength
		if n.sign == 0 { // as likely off as on
			weight *= math.Sqrt2 / 2
		}
		linalg.Scale(weight, row)
		others = append(others, row)
	}
	mu := float64(1e-6 * l.neurons[k].strength * linalg.Norm(target))
	move, left := sign.Nulling(target, others, mu)
	dir := make([]float64, d.pre.n)
	for m := range rank {
		linalg.Axpy(move[m], v[m*d.pre.n:][:d.pre.n], dir)
	}
	// Stay inside the prefix's region and away from the layer's other hyperplanes.
	eps := pl.exit(dir)
	back := append([]float64(nil), dir...)
	linalg.Scale(-1, back)
	eps = min(eps, pl.exit(back))
	for q, n := range l.neurons {
		if q != k {
			rate := linalg.Dot(d.normal(pl, n.W), dir)
			eps = min(eps, math.Abs(n.Zh(a)/rate))
		}
	}
	if !(eps > 0) || math.IsInf(eps, 0) {
		eps = l.chart.size
	}
	return stand{p: y, v: dir, eps: eps / 2, sigma: left}, true
}

func (t *nullingStage) apply(s *State, results []json.RawMessage) (stage, error) {
	type vote struct {
		k   int
		llr float64
	}
	var votes []vote
	var open []int
	for i, data := range results {
		v, err := decode[tally](data)
		if err != nil {
			return nil, err
		}
		k := t.open[i]
		votes = append(votes, vote{k, v.LLR})
	}
	for _, v := range votes {
		t.l.neurons[v.k].sign = sign.Decide(v.llr, signError)
		if t.l.neurons[v.k].sign == 0 {
			open = append(open, v.k)
			continue
		}
		s.emit(Event{Type: "signed", Layer: t.l.index, Neuron: v.k, Confidence: 1 - math.Exp(-math.Abs(v.llr))})
	}
	t.open = append(open, t.open[len(results):]...)
	t.rounds++
	if len(t.open) > 0 && t.rounds < nullingRounds {
		return t, nil
	}
	return s.afterSigns(t.l), nil
}

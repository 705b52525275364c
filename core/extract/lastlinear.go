package extract

import (
	"encoding/json"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// lastLinearStage solves the last hidden layer and the output at once, without
// a vote. At every input
//
//	f_o = Σ_k c_ok [z_k > 0] z_k + g_o·(h, 1),   g_o = (0, c_o0) − Σ_{k: sign −} c_ok ŵ_k,
//
// because relu(−z) = relu(z) − z: whatever the signs are, they only add
// something linear in h. On which side of the hyperplane of k an input lies is
// known, so this is linear in all that is not known yet: corrections to the
// jumps c, g, and the part t_k of a row that no critical point shows,
// ŵ_k = ŵ_k⁰ + B_kᵀ t_k. Then g tells the signs. (New here.)
type lastLinearStage struct{ l *layer }

func (t *lastLinearStage) phase() Phase      { return PhaseSign }
func (t *lastLinearStage) layer() int        { return t.l.index }
func (t *lastLinearStage) kind() string      { return "last-linear" }
func (t *lastLinearStage) tasks(*State) int  { return 1 }
func (t *lastLinearStage) cost(*State) int64 { return int64(t.l.linearPoints()) }

// linearPoints is how many answers are asked.
func (l *layer) linearPoints() int {
	open := 0
	for _, n := range l.neurons {
		open += n.part.N - n.part.Rank()
	}
	return 2*(2*len(l.neurons)+l.deep.pre.width()+1+open) + 64
}

const (
	// linearError is the error to expect of the equations, relative to the
	// largest term, and linearRank the size, relative to the largest, below which
	// they decide nothing.
	linearError = 1e-9
	linearRank  = 1e-7
	// linearWidest is the most unknowns.
	linearWidest = 1000
	// linearEnumerated is the most neurons all of whose signs are tried.
	linearEnumerated = 10
	// linearSigma is how many errors an equation may be off.
	linearSigma = 64
)

func (t *lastLinearStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := t.l
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	var out lastDeep
	n := l.linearPoints()
	for i := range n {
		var y []float64
		if i%3 == 0 {
			u := l.neurons[i/3%len(l.neurons)]
			pl := l.deep.pre.at(append([]float64(nil), u.hits[r.Intn(len(u.hits))].P...))
			dir := pl.gradient(u.W)
			normalise(dir)
			linalg.Axpy(float64(r.Sign()*min(l.chart.size, pl.along(dir).around()/2)), dir, pl.y)
			y = pl.y
		} else {
			y = l.deep.somewhere(r)
		}
		out.Y = append(out.Y, y...)
	}
	_, dout := o.Shape()
	out.F = make(Vec, n*dout)
	return out, in.Query(out.Y, out.F)
}

func (t *lastLinearStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	d, err := decode[lastDeep](results[0])
	if err != nil {
		return nil, err
	}
	l := t.l
	sys := newLinear(l, s.dout())
	if sys.wide <= linearWidest && sys.solve(l.sorted(&d, s.dout())) && sys.signs(rng.New(s.cfg.Seed, uint64(s.round), 0x11ea)) {
		s.out = sys.put()
		for k := range l.neurons {
			s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1})
		}
		if s.alone(l) { // the output layer came along
			s.out = nil
			return s.afterSigns(l), nil
		}
		s.fold()
		return s.afterFold(), nil
	}
	return s.newNulling(l), nil
}

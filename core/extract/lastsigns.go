package extract

import (
	"encoding/json"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// lastSignsStage signs the last hidden layer behind a deep prefix without a
// vote, by the system of lastLinearStage: f is linear in what is not known yet,
// and its linear part g, which wrong signs leave behind, tells the signs. Here a
// neuron may be missing that some inputs switch on, so the answers are fitted in
// the sum of absolute values, which a few wrong ones do not bend, and those far
// off are left out. (New here.)
type lastSignsStage struct{ l *layer }

func (t *lastSignsStage) phase() Phase      { return PhaseSign }
func (t *lastSignsStage) layer() int        { return t.l.index }
func (t *lastSignsStage) kind() string      { return "last-signs" }
func (t *lastSignsStage) tasks(*State) int  { return 1 }
func (t *lastSignsStage) cost(*State) int64 { return int64(t.l.signPoints()) }

// signPoints is how many answers are asked: some more than there are unknowns
// for each output, because not all can be used.
func (l *layer) signPoints() int { return 2*l.linearPoints() + 256 }

// toldSigns are the signs that follow, 0 where none does, of the layer without
// the neurons that do not fit.
type toldSigns struct {
	Signs  Vec     `json:"signs,omitempty"`
	Margin float64 `json:"margin"` // how far from a whole number the least clear one was
	Out    []int   `json:"out,omitempty"`
}

// doubted is how many neurons may be left out: those of which least is known,
// which may be none of this layer's.
const doubted = 3

func (t *lastSignsStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := t.l
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	var d lastDeep
	n, first := l.signPoints(), s.firstLayer()
	for i := range n {
		d.Y = append(d.Y, l.signPoint(i, first, r)...)
	}
	_, dout := o.Shape()
	d.F = make(Vec, n*dout)
	if err := in.Query(d.Y, d.F); err != nil {
		return nil, err
	}
	// One random combination of the outputs tells as much as all of them.
	mix := []float64{1}
	if dout > 1 {
		mix = r.NormalVec(make([]float64, dout), 1)
		normalise(mix)
	}
	spots := l.sorted(&d, dout)
	for i := range spots {
		spots[i].f = []float64{linalg.Dot(mix, spots[i].f)}
	}
	var out []int
	for _, set := range l.doubtful() {
		sub := *l
		sub.neurons, out = nil, nil
		var mine []spot
		for _, p := range spots {
			p.side = nil
			mine = append(mine, p)
		}
		for k, n := range l.neurons {
			if slices.Contains(set, k) {
				out = append(out, k)
				continue
			}
			u := *n
			u.C = []float64{linalg.Dot(mix, n.C)}
			sub.neurons = append(sub.neurons, &u)
			for i := range mine {
				mine[i].side = append(mine[i].side, spots[i].side[k])
			}
		}
		sys := newLinear(&sub, 1)
		if sys.wide > linearWidest || !sys.fit(mine) {
			continue
		}
		if signs, margin := sys.told(); signs != nil {
			return toldSigns{Signs: signs, Margin: margin, Out: out}, nil
		}
	}
	return toldSigns{}, nil
}

// doubtful lists sets of neurons to leave out, none first.
func (l *layer) doubtful() [][]int {
	var order []int
	for k, n := range l.neurons {
		if 2*n.part.Rank() < l.deep.reach.Rank()+minRank {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return l.neurons[i].part.Rank() - l.neurons[j].part.Rank() })
	sets := [][]int{nil}
	order = order[:min(doubted, len(order))]
	for set := 1; set < 1<<len(order); set++ {
		var out []int
		for i, k := range order {
			if set>>i&1 == 1 {
				out = append(out, k)
			}
		}
		sets = append(sets, out)
	}
	return sets
}

// signPoint returns the i-th point that is asked: beside a hyperplane, on the
// random lines, or the image of an input x ~ N(0,1).
func (l *layer) signPoint(i int, first *nn.Layer, r *rng.Stream) []float64 {
	switch i % 3 {
	case 0:
		u := l.neurons[i/3%len(l.neurons)]
		pl := l.deep.pre.at(slices.Clone(u.hits[r.Intn(len(u.hits))].P))
		dir := pl.gradient(u.W)
		normalise(dir)
		linalg.Axpy(float64(r.Sign()*min(l.chart.size, pl.along(dir).around()/2)), dir, pl.y)
		return pl.y
	case 1:
		return l.deep.somewhere(r)
	}
	y := make([]float64, l.chart.dim)
	nn.Affine(y, first.W, r.NormalVec(make([]float64, first.In), 1), first.B)
	return y
}

// firstLayer is the recovered layer 1, whose pre-activations are the coordinates
// of the chart of deep layers.
func (s *State) firstLayer() *nn.Layer { return &s.network().Layers[0] }

func (t *lastSignsStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	v, err := decode[toldSigns](results[0])
	if err != nil {
		return nil, err
	}
	if len(v.Signs) == 0 {
		return s.newNulling(t.l), nil
	}
	for i := len(v.Out) - 1; i >= 0; i-- {
		if k := v.Out[i]; k < len(t.l.neurons) {
			s.keep(t.l.neurons[k].part.from)
			t.l.neurons = slices.Delete(t.l.neurons, k, k+1)
		}
	}
	if len(v.Signs) != len(t.l.neurons) {
		return nil, errDamaged
	}
	for k, n := range t.l.neurons {
		if n.sign = v.Signs[k]; n.sign != 0 {
			s.emit(Event{Type: "signed", Layer: t.l.index, Neuron: k, Confidence: 1 - v.Margin})
		}
	}
	return s.afterSigns(t.l), nil
}

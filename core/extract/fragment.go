package extract

import (
	"encoding/json"
	"errors"
	"fmt"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// newKnown returns a layer's recovered rows with their signs.
func newKnown(l *layer) nn.Layer {
	to := nn.NewLayer(len(l.neurons[0].W), len(l.neurons))
	for k, n := range l.neurons {
		linalg.Axpy(n.sign, n.W, to.Row(k))
		to.B[k] = float64(n.sign * n.B)
	}
	return to
}

// fragmentStage measures at each critical point what the prefix lets it see,
// and keeps what predicts critical points elsewhere.
type fragmentStage struct {
	l      *layer
	kinks  []candidate
	before int
}

func (t *fragmentStage) phase() Phase      { return PhaseSignature }
func (t *fragmentStage) layer() int        { return t.l.index }
func (t *fragmentStage) kind() string      { return "fragment" }
func (t *fragmentStage) tasks(*State) int  { return len(t.kinks) }
func (t *fragmentStage) cost(*State) int64 { return int64(2*t.l.chart.dim + 24 + 4*selfTests) }

const (
	// selfTests is at how many predicted places a fragment is looked for;
	// selfHits of them make it credible: a neuron of a deeper layer bends where
	// neurons of this layer switch, and is not there.
	selfTests = 8
	selfHits  = 2
	// faint is the strength, relative to the strongest, below which a direction
	// is not measured at a place: it is clearer elsewhere.
	faint = 1e-4
	// minRank is the least rank of the prefix worth a measurement.
	minRank = 3
	// matchTol is how well two fragments of one neuron agree where they overlap.
	matchTol = 1e-5
)

// fragment is what one critical point shows.
type fragment struct {
	Why   string `json:"why,omitempty"`
	U     Vec    `json:"u,omitempty"`
	A     Vec    `json:"a,omitempty"`
	Tests int    `json:"tests,omitempty"`
	Hits  int    `json:"hits,omitempty"`
}

func (t *fragmentStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c, k, d := t.l.chart, t.kinks[i], t.l.deep
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	p := k.Point(k.T)
	pl := d.pre.at(p)
	v, u := pl.span(d.pre.n, faint)
	rank := len(v) / d.pre.n
	if rank < minRank {
		return fragment{Why: "the prefix passes too few dimensions"}, nil
	}
	cell, err := in.Restrict(p, v)
	if err != nil {
		return nil, err
	}
	dir := linalg.MulVec(v, k.Dir)
	noise := c.noise.At(p)
	noise.Size = linalg.MaxAbs(p) + c.size
	kink := critical.Kink{T: 0, Prev: k.Prev - k.T, Next: k.Next - k.T, Err: k.Err}
	h, err := signature.Jump(cell, make([]float64, rank), dir, kink, c.reach(), false, noise, r)
	if errors.Is(err, signature.ErrCramped) || errors.Is(err, signature.ErrTwoKinks) {
		return fragment{Why: err.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	dim := len(pl.h)
	f := &signature.Fragment{N: dim + 1}
	f.Add(pl.augmented(), 0)
	for m := range rank {
		f.Add(append(append([]float64(nil), u[m*dim:][:dim]...), 0), h.W[m])
	}
	res := fragment{U: f.U, A: f.A}
	for _, g := range d.guesses {
		if _, overlap, ok := signature.Match(&g.Fragment, f, matchTol); ok && g.hits >= 4 && overlap >= 6 {
			return res, nil // no need to look for it elsewhere
		}
	}
	for _, at := range d.predict(f, selfTests, r) {
		ok, err := locate(in, at, c, 1e-5)
		if err != nil {
			return nil, err
		}
		res.Tests++
		if ok {
			res.Hits++
		}
		if res.Hits == selfHits || res.Tests == 4 && res.Hits == 0 {
			break
		}
	}
	if res.Hits < selfHits && res.Tests > 0 {
		return fragment{Why: fmt.Sprintf("it is not found again where it predicts (%d of %d)", res.Hits, res.Tests)}, nil
	}
	if res.Tests == 0 {
		return fragment{Why: "nothing to predict"}, nil
	}
	return res, nil
}

// locate looks for a critical point at a predicted place.
func locate(in oracle.Oracle, at prediction, c *chart, window float64) (bool, error) {
	line, err := critical.NewLine(in, at.line.base, at.line.dir, c.noise)
	if err != nil {
		return false, err
	}
	_, ok, err := line.Locate(at.t, float64(8*window*c.size))
	return ok, err
}

func (t *fragmentStage) apply(s *State, results []json.RawMessage) (stage, error) {
	for _, data := range results {
		f, err := decode[fragment](data)
		if err != nil {
			return nil, err
		}
		if f.Why == "" {
			g := &guess{Fragment: signature.Fragment{N: t.l.deep.pre.width() + 1, U: f.U, A: f.A}, hits: f.Hits}
			if t.l.explains(&g.Fragment) {
				continue
			}
			t.l.deep.take(g)
		}
	}
	t.kinks = t.kinks[len(results):]
	if len(t.kinks) > 0 {
		return t, nil
	}
	if t.l.known() > t.before {
		t.l.barren = 0
	} else {
		t.l.barren++
	}
	return s.nextDeep(t.l), nil
}

// take merges a new fragment with the guess it belongs to, or makes it one.
func (d *deep) take(g *guess) {
	for {
		merged := false
		for i, h := range d.guesses {
			if s, _, ok := signature.Match(&h.Fragment, &g.Fragment, matchTol); ok {
				h.Merge(&g.Fragment, s)
				h.hits += g.hits
				d.guesses = append(d.guesses[:i:i], d.guesses[i+1:]...)
				g, merged = h, true
				break
			}
		}
		if !merged {
			d.guesses = append(d.guesses, g)
			return
		}
	}
}

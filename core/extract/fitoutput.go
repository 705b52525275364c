package extract

import (
	"encoding/json"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// fitStage solves for the output layer after published methods, as they do: by
// least squares over random inputs (Carlini et al., CRYPTO 2020).
type fitStage struct{}

func (fitStage) phase() Phase        { return PhaseOutput }
func (fitStage) layer() int          { return 0 }
func (fitStage) kind() string        { return "fit" }
func (fitStage) tasks(*State) int    { return 1 }
func (fitStage) cost(s *State) int64 { return int64(fitPoints(s.width(s.hidden()))) }

// fitPoints is how many inputs m + 1 unknowns are solved from.
func fitPoints(m int) int { return 8*m + 64 }

func (fitStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	in, dout := o.Shape()
	m := s.width(s.hidden())
	n := fitPoints(m)
	x, out := make([]float64, n*in), samples{F: make(Vec, n*dout)}
	for i := range n {
		r.NormalVec(x[i*in:][:in], float64(s.size*[]float64{1, 4}[i%2]))
	}
	if err := o.Query(x, out.F); err != nil {
		return nil, err
	}
	for i := range n {
		out.H = append(out.H, lastHidden(s.network(), x[i*in:][:in])...)
	}
	return out, nil
}

// lastHidden is h_r(x).
func lastHidden(net *nn.Network, x []float64) []float64 {
	h := x
	for i := range net.Layers[:net.Hidden()] {
		l := &net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		for k := range z {
			z[k] = max(0, z[k])
		}
		h = z
	}
	return h
}

func (fitStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	d, err := decode[samples](results[0])
	if err != nil {
		return nil, err
	}
	m, dout := s.width(s.hidden()), s.width(s.hidden()+1)
	n := len(d.F) / dout
	a := make([]float64, n*(m+1))
	for i := range n {
		copy(a[i*(m+1):], d.H[i*m:][:m])
		a[i*(m+1)+m] = 1
	}
	q := linalg.Factor(a, m+1)
	rank := q.Rank(1e-12) // a neuron that was off at every input keeps the weight 0
	s.out = newOutput(dout, m)
	for o := range dout {
		f := make([]float64, n)
		for i := range f {
			f[i] = d.F[i*dout+o]
		}
		x, _ := q.Solve(f, rank)
		copy(s.out.w[o], x[:m])
		s.out.b[o] = x[m]
	}
	return &verifyStage{}, nil
}

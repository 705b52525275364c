package extract

import (
	"encoding/json"
	"math"
	"slices"

	"peel/core/fit"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// refineStage fits the whole network, in the chart of layer 1, to many answers
// at once. It is for oracles whose answers are coarser than those of float64:
// there rows measured one by one are off by some thousand times the error of
// an answer.
type refineStage struct{}

func (refineStage) phase() Phase     { return PhaseOutput }
func (refineStage) layer() int       { return 0 }
func (refineStage) kind() string     { return "refine" }
func (refineStage) tasks(*State) int { return 1 }
func (refineStage) cost(s *State) int64 {
	return int64((1 + s.fits) * refineAnswers * s.free().Free(s.innerSizes()) / s.dout())
}

const (
	// refineAnswers is how many answers are asked for each free parameter, and
	// as many more each time it has to be done again.
	refineAnswers = 6
	// maxFits is how often it is done before a check that fails is final.
	maxFits = 3
)

func (s *State) dout() int { return s.cfg.Sizes[len(s.cfg.Sizes)-1] }

// inner is the recovered network in the coordinates of layer 1's chart.
func (s *State) inner() *nn.Network {
	if s.fitted != nil {
		return s.fitted
	}
	net := nn.New(s.innerSizes())
	for i, l := range s.layers {
		to := &net.Layers[i]
		for k, n := range l.neurons[:min(len(l.neurons), to.Out)] {
			linalg.Axpy(n.sign, n.W, to.Row(k)[:len(n.W)])
			to.B[k] = float64(n.sign * n.B)
		}
	}
	to := &net.Layers[len(net.Layers)-1]
	for o := range to.Out {
		copy(to.Row(o), s.out.w[o])
		to.B[o] = s.out.b[o]
	}
	return net
}

func (s *State) innerSizes() []int {
	return append([]int{s.layers[0].chart.dim}, s.cfg.Sizes[1:]...)
}

// free chooses what is fitted.
func (s *State) free() fit.Choice {
	return fit.Choose(s.innerSizes(), func(layer, k int) float64 {
		if k >= len(s.layers[layer].neurons) { // not found
			return 0
		}
		return s.layers[layer].neurons[k].WErr
	})
}

func (t refineStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c := s.layers[0].chart
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	net := s.inner()
	var d fit.Data
	n := int(t.cost(s))
	for i := range n {
		d.X = append(d.X, s.telling(i, r)...)
	}
	d.F = make([]float64, n*s.dout())
	if err := in.Query(d.X, d.F); err != nil {
		return nil, err
	}
	for i := range n {
		d.Err = append(d.Err, s.noise.At(d.X[i*c.dim:][:c.dim]).Weigh(d.F[i*s.dout():][:s.dout()]))
	}
	for i, l := range s.layers {
		for k, n := range l.neurons {
			for _, hit := range n.hits {
				if hit.Err == 0 { // of a neuron that is always on
					continue
				}
				d.Kinks = append(d.Kinks, fit.Kink{X: s.layers[0].coordinates(l.chart, hit.P), Layer: i, Neuron: k, Err: hit.Err})
			}
		}
	}
	net, misfit := fit.Network(net, s.free(), d)
	return parameters(net, misfit), nil
}

// telling returns the i-th of a list of points, in the chart of layer 1, whose
// answers tell much of some parameter.
func (s *State) telling(i int, r *rng.Stream) []float64 {
	c := s.layers[0].chart
	switch i % 4 {
	case 0, 1:
		layer := i / 4 % len(s.layers)
		return s.near(layer, r.Intn(len(s.layers[layer].neurons)), i%4 == 0, r)
	case 2: // near the origin, for the biases
		return r.NormalVec(make([]float64, c.dim), math.Ldexp(1, r.Intn(7)-3))
	}
	// Every size: far out an answer says most of the weights.
	return r.NormalVec(make([]float64, c.dim), math.Ldexp(1, r.Intn(7+math.Ilogb(c.size))-3))
}

// near returns a point near the hyperplane of neuron k, in the chart of layer 1:
// just beside it, or farther off, towards the origin or away from it. Points
// drawn at random can all lie on one side.
func (s *State) near(layer, k int, beside bool, r *rng.Stream) []float64 {
	l := s.layers[layer]
	if l.chart.size > 1 && r.Intn(2) == 0 {
		if y, ok := l.besideOrigin(k, r); ok {
			return s.layers[0].coordinates(l.chart, y)
		}
	}
	if beside {
		return s.layers[0].coordinates(l.chart, l.beside(k, r.Sign(), r))
	}
	n := l.neurons[k]
	y := l.chart.onPlane(&n.Hyperplane, n.hits[0].P, r)
	linalg.Scale(math.Ldexp(0.5+float64(r.Float64()/2), r.Intn(5)-1), y)
	return s.layers[0].coordinates(l.chart, y)
}

// besideOrigin returns a point near the hyperplane of neuron k, on either side,
// where it passes the origin in a chart that reaches much farther.
func (l *layer) besideOrigin(k int, r *rng.Stream) (y []float64, ok bool) {
	c, n := l.chart, l.neurons[k]
	for range 8 {
		y = c.onPlane(&n.Hyperplane, n.hits[0].P, r)
		size := math.Ldexp(0.5+float64(r.Float64()/2), r.Intn(8)-4)
		linalg.Scale(min(1, size/linalg.MaxAbs(y)), y)
		linalg.Axpy(float64(size*r.Normal()/4)-n.Z(y), n.W, y)
		if c.inside(y) {
			return y, true
		}
	}
	return nil, false
}

// coordinates returns the point y of a chart that lies in the chart of l in the
// coordinates of that.
func (l *layer) coordinates(c *chart, y []float64) []float64 {
	if c == l.chart {
		return y
	}
	x := append([]float64(nil), c.base...)
	for j, v := range y {
		linalg.Axpy(v, c.dirs[j*len(x):][:len(x)], x)
	}
	if l.chart.dirs == nil {
		return x
	}
	return linalg.MulVec(l.chart.dirs, x) // its directions are orthonormal and its base is 0
}

// parameters lists a network's weights and biases, and one number more.
func parameters(net *nn.Network, more float64) Vec {
	var v Vec
	for i := range net.Layers {
		v = append(append(v, net.Layers[i].W...), net.Layers[i].B...)
	}
	return append(v, more)
}

func (refineStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	v, err := decode[Vec](results[0])
	if err != nil {
		return nil, err
	}
	net := s.inner()
	for i := range net.Layers {
		l := &net.Layers[i]
		v = v[copy(l.W, v):]
		v = v[copy(l.B, v):]
	}
	s.fitted = net
	s.fits++
	if s.layers[0].chart.dirs != nil && s.noise.Coarse() > 1 {
		return &columnStage{}, nil
	}
	return &verifyStage{}, nil
}

// coarse reports whether the oracle's answers are coarser than those of float64.
func (s *State) coarse() bool { return s.size > 1 || s.noise.Coarse() > 1 }

// shallow reports whether every layer was found in a chart where it is flat.
func (s *State) shallow() bool {
	return !slices.ContainsFunc(s.layers, func(l *layer) bool { return l.deep != nil })
}

// unfold writes a network in the coordinates of layer 1's chart in those of the
// input.
func (s *State) unfold(inner *nn.Network) *nn.Network {
	net := nn.New(s.cfg.Sizes)
	c := s.layers[0].chart
	for i := range net.Layers {
		to, from := &net.Layers[i], &inner.Layers[i]
		copy(to.B, from.B)
		if i > 0 || c.dirs == nil {
			copy(to.W, from.W)
			continue
		}
		for k := range to.Out {
			for j, w := range from.Row(k) {
				linalg.Axpy(w, c.dirs[j*to.In:][:to.In], to.Row(k))
			}
		}
	}
	return net
}

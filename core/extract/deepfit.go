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

// deepFitStage fits the last layers of a deep network to many answers at once.
// Errors grow from layer to layer, and a weight that rests on one critical point
// is as wrong as that. Answers see what a layer does wherever inputs come, and
// are exact; where none shows a weight it stays what its own critical points say
// (the rows of fit.Data).
type deepFitStage struct{}

func (deepFitStage) phase() Phase     { return PhaseOutput }
func (deepFitStage) layer() int       { return 0 }
func (deepFitStage) kind() string     { return "fit" }
func (deepFitStage) tasks(*State) int { return 1 }
func (deepFitStage) cost(s *State) int64 {
	return int64(refineAnswers * s.freeDeep().Free(s.deepSizes()) / s.dout())
}

// deepSizes are those of the network in the chart of deep layers.
func (s *State) deepSizes() []int {
	return append([]int{s.cfg.Sizes[1]}, s.cfg.Sizes[1:]...)
}

// freeDeep chooses what is fitted: the layers behind the others first.
func (s *State) freeDeep() fit.Choice {
	c := fit.Choose(s.deepSizes(), func(layer, k int) float64 {
		if k >= len(s.layers[layer].neurons) || s.layers[layer].deep == nil {
			return 0
		}
		return float64(layer)
	})
	for i, l := range s.layers {
		if l.deep == nil {
			c[i] = nil
		}
	}
	return c
}

const (
	// fitError is the error of an answer, relative to it, that the layers which are
	// not fitted cause.
	fitError = 1e-11
	// fitRounds is how often it is fitted, each time closer.
	fitRounds = 4
	// fitMisfit is the most median error, in units of what is expected, of a network
	// that is right but for its precision.
	fitMisfit = 1e3
	// fitKnown is the error at a known input above which the network is wrong there by
	// more than its precision.
	fitKnown = 1e-5
	// loose is how firmly a weight is held of which there is no evidence.
	loose = 1e-6
)

func (t deepFitStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c := s.layers[1].chart
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	net := s.inDeepChart(s.network())
	var d fit.Data
	n, first := int(t.cost(s)), s.firstLayer()
	for i := range n {
		d.X = append(d.X, s.fitPoint(i, first, r)...)
	}
	d.F = make([]float64, n*s.dout())
	if err := in.Query(d.X, d.F); err != nil {
		return nil, err
	}
	// What is known by now costs nothing, and shows what random inputs do not: as far
	// as the network is right there but for its precision.
	known := &patcher{net: net}
	known.y, known.f = s.pairs(s.wrongs)
	for i, y := range known.y {
		if known.miss(i) <= fitKnown {
			d.X, d.F = append(d.X, y...), append(d.F, known.f[i]...)
		}
	}
	noise := s.layers[len(s.layers)-1].chart.noise
	for i := range len(d.X) / c.dim {
		x, f := d.X[i*c.dim:][:c.dim], d.F[i*s.dout():][:s.dout()]
		d.Err = append(d.Err, noise.At(x).Of(f)+float64(fitError*max(linalg.MaxAbs(f), patchFar*linalg.Norm(x))))
	}
	free := s.freeDeep()
	for i := range s.layers {
		for k, mine := range free[i] {
			if mine {
				d.Rows = append(d.Rows, fit.Row{Layer: i, Neuron: k, M: s.evidence(i, k)})
			}
		}
	}
	// Answers count by how far off they still are, so that those which the network
	// explains least do not outweigh what critical points say.
	exact := slices.Clone(d.Err)
	misfit := fit.Misfit(net, d)
	for range fitRounds {
		for i, v := range exact {
			d.Err[i] = float64(v * max(1, misfit))
		}
		next, mid := fit.Network(net, free, d)
		net = next
		was := misfit
		if misfit = float64(mid * max(1, misfit)); misfit > was/2 {
			break
		}
	}
	if misfit > fitMisfit {
		return Vec{}, nil
	}
	return parameters(net, misfit), nil
}

// evidence returns what the critical points of neuron k of layer i (from 0) say
// of its row in the recovered network, as equations divided by their errors.
func (s *State) evidence(i, k int) []float64 {
	in := s.deepSizes()[i]
	var m []float64
	if i >= len(s.layers) || k >= len(s.layers[i].neurons) {
		return nil
	}
	n, before, now := s.layers[i].neurons[k], s.unfolded[i-1].real(), s.layers[i-1].neurons
	known := len(now)
	for known > 0 && now[known-1].came {
		known--
	}
	if n.part == nil || n.kept || n.came || len(before) > in || len(before) != known || k >= len(s.unfolded[i].real()) {
		return s.firmly(i, k)
	}
	was := s.unfolded[i].neurons[k].W
	scale := linalg.Norm(n.part.Row()[:n.part.N-1])
	w := n.part.N
	for j := 0; j < len(n.part.ev.M); j += w + 1 {
		e := n.part.ev.M[j:][:w+1]
		row := make([]float64, in+2)
		for p := range before {
			row[p] = float64(n.sign * float64(scale*e[p]))
		}
		row[in] = float64(n.sign * float64(scale*e[w-1]))
		row[in+1] = e[w]
		for p := len(before); p < w-1; p++ { // what was handed on
			row[in+1] -= float64(scale * float64(e[p]*was[p]))
		}
		m = append(m, row...)
	}
	for p := known; p < len(now); p++ {
		row := make([]float64, in+2)
		row[p], row[in+1] = 1/loose, float64(n.sign*n.W[p])/loose
		m = append(m, row...)
	}
	return m
}

// firmly holds every weight of a row of which there is no evidence of its own.
func (s *State) firmly(i, k int) []float64 {
	in := s.deepSizes()[i]
	n := s.layers[i].neurons[k]
	var m []float64
	for j := range in + 1 {
		row := make([]float64, in+2)
		row[j] = 1 / loose
		switch {
		case j == in:
			row[in+1] = float64(n.sign*n.B) / loose
		case j < len(n.W):
			row[in+1] = float64(n.sign*n.W[j]) / loose
		}
		m = append(m, row...)
	}
	return m
}

// fitPoint returns the i-th point that is asked, in the chart of deep layers:
// near a critical point, on the random lines, or the image of an input.
func (s *State) fitPoint(i int, first *nn.Layer, r *rng.Stream) []float64 {
	c := s.layers[1].chart
	switch last := s.layers[len(s.layers)-1]; i % 4 {
	case 0:
		l := s.layers[2+r.Intn(len(s.layers)-2)]
		n := l.neurons[r.Intn(len(l.neurons))]
		if len(n.hits) == 0 {
			break
		}
		y := slices.Clone(n.hits[r.Intn(len(n.hits))].P)
		linalg.Axpy(math.Ldexp(c.size, -r.Intn(8)), r.NormalVec(make([]float64, c.dim), 1), y)
		return y
	case 1:
		return last.deep.somewhere(r)
	}
	x, y := make([]float64, first.In), make([]float64, c.dim)
	if r.NormalVec(x, 1); i%4 == 3 {
		for j := range x {
			x[j] = r.Float64()
		}
	}
	nn.Affine(y, first.W, x, first.B)
	return y
}

func (deepFitStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	v, err := decode[Vec](results[0])
	if err != nil {
		return nil, err
	}
	switch len(v) {
	case 0: // something else is wrong: it would only be spread over the rows
		return s.beforeCheck(), nil
	case nn.ParamsOf(s.deepSizes()) + 1:
	default:
		return nil, errDamaged
	}
	s.layers = slices.Clone(s.layers)
	for i, l := range s.layers {
		out, in := s.cfg.Sizes[i+1], s.deepSizes()[i]
		w, b := v[:out*in], v[out*in:][:out]
		v = v[out*in+out:]
		if l.deep == nil {
			continue
		}
		l = l.copied()
		for k, n := range l.neurons {
			n.W = n.W[:min(len(n.W), in)]
			for j := range n.W {
				n.W[j] = float64(n.sign * w[k*in+j])
			}
			n.B = float64(n.sign * b[k])
		}
		s.layers[i] = l
	}
	last := s.cfg.Sizes[len(s.cfg.Sizes)-2]
	out := newOutput(s.dout(), last)
	for o := range out.w {
		copy(out.w[o], v[o*last:][:last])
	}
	copy(out.b, v[s.dout()*last:])
	s.out = out
	return s.beforeCheck(), nil
}

// deeplyFitted goes from a recovered network to its check, fitted first where
// that is possible.
func (s *State) deeplyFitted() stage {
	if s.base() != 1 || s.hidden() < 3 || s.coarse() || s.unfolded == nil || s.hasExtra() {
		return s.beforeCheck()
	}
	return deepFitStage{}
}

// hasExtra reports whether a layer has more neurons than the victim's.
func (s *State) hasExtra() bool {
	for _, l := range s.layers {
		if len(l.neurons) > s.width(l.index) {
			return true
		}
	}
	return false
}

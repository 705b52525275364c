package extract

import (
	"encoding/json"
	"math"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// output is the recovered linear layer.
type output struct {
	w [][]float64 // by output
	b []float64
}

func newOutput(dout, m int) *output {
	out := &output{b: make([]float64, dout)}
	for range dout {
		out.w = append(out.w, make([]float64, m))
	}
	return out
}

// outputStage solves f = C·h_r + c_0 for the output layer by least squares.
type outputStage struct{}

func (outputStage) phase() Phase        { return PhaseOutput }
func (outputStage) layer() int          { return 0 }
func (outputStage) kind() string        { return "output" }
func (outputStage) tasks(*State) int    { return 1 }
func (outputStage) cost(s *State) int64 { return int64(3*s.width(s.hidden()) + 16) }

// samples are inputs in the last chart, their activations and answers.
type samples struct {
	H Vec `json:"h"` // n×m
	F Vec `json:"f"` // n×dout
	E Vec `json:"e"` // n: the error to expect of an answer
}

func (outputStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := s.layers[len(s.layers)-1]
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	var points []float64
	var out samples
	add := func(y []float64) {
		points = append(points, y...)
		out.H = append(out.H, l.activations(y)...)
	}
	for k := range l.neurons {
		for range 2 { // rows that are active rarely would leave random samples rank deficient
			add(l.activePoint(k, r))
		}
	}
	for range len(l.neurons) + 8 {
		add(l.chart.point(r))
	}
	_, dout := o.Shape()
	out.F = make(Vec, len(points)/l.chart.dim*dout)
	if err := in.Query(points, out.F); err != nil {
		return nil, err
	}
	for i := range len(points) / l.chart.dim {
		out.E = append(out.E, l.chart.noise.At(points[i*l.chart.dim:][:l.chart.dim]).Of(out.F[i*dout:][:dout]))
	}
	return out, nil
}

// activePoint returns a point just inside the active side of neuron k, anywhere
// along its hyperplane.
func (l *layer) activePoint(k int, r *rng.Stream) []float64 {
	return l.beside(k, l.neurons[k].sign, r)
}

// beside returns a point just beside the hyperplane of neuron k, on the side
// where the row as it was found is positive (side = 1) or negative (−1).
func (l *layer) beside(k int, side float64, r *rng.Stream) []float64 {
	c, n := l.chart, l.neurons[k]
	p := c.onPlane(&n.Hyperplane, n.hits[0].P, r)
	step := c.size
	if c.positive {
		step = min(step, room(p, n.W)/2)
	}
	linalg.Axpy(float64(side*step), n.W, p)
	return p
}

// activations returns h of the layer's found neurons at a point of its chart.
func (l *layer) activations(y []float64) []float64 {
	h := make([]float64, len(l.neurons))
	for k, n := range l.neurons {
		h[k] = max(0, float64(n.sign*n.Z(y)))
	}
	return h
}

func (outputStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	d, err := decode[samples](results[0])
	if err != nil {
		return nil, err
	}
	neurons := s.layers[len(s.layers)-1].neurons
	m, dout := len(neurons), s.cfg.Sizes[len(s.cfg.Sizes)-1]
	n := len(d.H) / m
	// The unknowns are corrections to the jumps across the layer's hyperplanes,
	// which are its output weights already, and the bias. Every equation is
	// divided by its error: n answers, then m times "the jump was right".
	a := make([]float64, (n+m)*(m+1))
	for i := range n {
		if d.E[i] == 0 {
			continue
		}
		row := a[i*(m+1):][:m+1]
		copy(row, d.H[i*m:][:m])
		row[m] = 1
		linalg.Scale(1/d.E[i], row)
	}
	for k, u := range neurons {
		a[(n+k)*(m+1)+k] = 1 / u.CErr
	}
	q := linalg.Factor(a, m+1)
	s.out = newOutput(dout, m)
	f := make([]float64, n+m)
	for o := range dout {
		prior := make([]float64, m)
		for k, u := range neurons {
			prior[k] = u.C[o]
		}
		for i := range n {
			if d.E[i] == 0 {
				continue
			}
			f[i] = (d.F[i*dout+o] - linalg.Dot(prior, d.H[i*m:][:m])) / d.E[i]
		}
		x, _ := q.Solve(f, m+1)
		if size := linalg.Norm(x); !(size <= math.MaxFloat64) {
			s.out = nil
			s.missing = append(s.missing, "output layer: its weights could not be told from the answers")
			return nil, nil
		}
		for k := range prior {
			s.out.w[o][k] = prior[k] + x[k]
		}
		s.out.b[o] = x[m]
	}
	if s.coarse() && s.shallow() {
		return refineStage{}, nil
	}
	return &verifyStage{}, nil
}

// network assembles what is recovered in the shape of the victim. Neurons that
// were not found are zero rows at the end of their layer.
func (s *State) network() *nn.Network {
	if s.whole != nil {
		return s.whole
	}
	if s.fitted != nil {
		return s.unfold(s.fitted)
	}
	net := nn.New(s.cfg.Sizes)
	for i, l := range s.layers {
		to := &net.Layers[i]
		for k, n := range l.real()[:min(len(l.real()), to.Out)] {
			sign := n.sign
			if sign == 0 {
				sign = 1
			}
			row := to.Row(k)
			if i == 0 && l.chart.dirs != nil {
				for j, w := range n.W {
					linalg.Axpy(float64(sign*w), l.chart.dirs[j*to.In:][:to.In], row)
				}
			} else {
				w := n.W
				if i > 0 {
					w = w[:len(s.layers[i-1].real())]
				}
				linalg.Axpy(sign, w, row[:len(w)])
			}
			to.B[k] = float64(sign * n.B)
		}
	}
	if s.out != nil {
		to := &net.Layers[len(net.Layers)-1]
		for o := range to.Out {
			copy(to.Row(o), s.out.w[o])
			to.B[o] = s.out.b[o]
		}
	}
	return net
}

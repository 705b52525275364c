package extract

import (
	"encoding/json"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// deepOutputStage solves the output layer behind a deep prefix,
//
//	f_o = Σ_k c_ok h_k + Σ_(k,j) c_ok s_k δ_kj h_j + c_o0,
//
// by least squares for corrections to the jumps c, for c_o0 and for δ, the
// errors of weights that pass straight through the last hidden layer. Inputs
// that it hands on are among the h_k. Inputs
// where a neuron acts that was not found leave large residuals and are dropped.
type deepOutputStage struct{}

func (deepOutputStage) phase() Phase     { return PhaseOutput }
func (deepOutputStage) layer() int       { return 0 }
func (deepOutputStage) kind() string     { return "output" }
func (deepOutputStage) tasks(*State) int { return 1 }

func (deepOutputStage) cost(s *State) int64 {
	return int64(len(s.layers[s.hidden()-1].outputPoints(nil)))
}

// outputPoints returns where the output is asked: beside every hyperplane, on
// the active side, and on random lines all over the chart. With a nil stream it
// returns points of the right number only.
func (l *layer) outputPoints(r *rng.Stream) [][]float64 {
	n := 4*len(l.real()) + 8*(len(l.neurons)+len(l.through)+1)
	points := make([][]float64, 0, n)
	if r == nil {
		return points[:n]
	}
	for _, u := range l.real() {
		for range 4 {
			points = append(points, l.besideDeep(u, r))
		}
	}
	for len(points) < n {
		points = append(points, l.deep.somewhere(r))
	}
	return points
}

// besideDeep returns a point next to a critical point of a neuron, on its active
// side.
func (l *layer) besideDeep(n *neuron, r *rng.Stream) []float64 {
	pl := l.deep.pre.at(append([]float64(nil), n.hits[r.Intn(len(n.hits))].P...))
	dir := pl.gradient(n.W)
	normalise(dir)
	linalg.Axpy(float64(n.sign*min(l.chart.size, pl.along(dir).around()/2)), dir, pl.y)
	return pl.y
}

func (deepOutputStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := s.layers[len(s.layers)-1]
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	var out lastDeep
	for _, y := range l.outputPoints(r) {
		out.Y = append(out.Y, y...)
	}
	_, dout := o.Shape()
	out.F = make(Vec, len(out.Y)/l.chart.dim*dout)
	return out, in.Query(out.Y, out.F)
}

func (deepOutputStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	d, err := decode[lastDeep](results[0])
	if err != nil {
		return nil, err
	}
	l := s.layers[len(s.layers)-1]
	m, dout, dim := len(l.neurons), s.cfg.Sizes[len(s.cfg.Sizes)-1], l.chart.dim
	through := l.through
	if l.handsAll { // it is part of what the inputs bring
		through = nil
	}
	var open []int // inputs some weight of which is still not known
	for _, n := range l.neurons {
		open = append(open, n.unseen()...)
	}
	var points []outputPoint
	for i := range len(d.Y) / dim {
		y := d.Y[i*dim:][:dim]
		pl := l.deep.pre.at(y)
		if pl.vague || slices.ContainsFunc(open, func(j int) bool { return pl.h[j] != 0 }) {
			continue
		}
		f := d.F[i*dout:][:dout]
		err := float64(1e-11*linalg.MaxAbs(f)) + l.chart.noise.At(y).Of(f)
		h, pass := make([]float64, m), make([]bool, m)
		for k, n := range l.neurons {
			h[k], pass[k] = float64(n.sign*n.Zh(pl.augmented())), n.pass
		}
		activate(h, pl.h, l.force, pass)
		points = append(points, outputPoint{h: h, in: pl.h, f: f, err: err})
	}
	if len(points) == 0 {
		s.missing = append(s.missing, "output layer: no answers where everything before it is known")
		return nil, nil
	}
	s.out = newOutput(dout, m)
	var outputs []int
	for o := range dout {
		outputs = append(outputs, o)
	}
	told := true
	if len(through) > 0 { // δ is the same for all outputs
		told = s.solveOutputs(l, points, outputs, through)
	} else {
		for o := range outputs {
			told = told && s.solveOutputs(l, points, outputs[o:o+1], nil)
		}
	}
	if !told {
		s.out = nil
		s.missing = append(s.missing, "output layer: its weights could not be told from the answers")
		return nil, nil
	}
	s.unfolded = nil
	for _, l := range s.layers {
		s.unfolded = append(s.unfolded, l.copied())
	}
	s.fold()
	return s.afterFold(), nil
}

// outputPoint is an answer f with its error, the activations h that the output
// reads there, and the inputs of the last hidden layer.
type outputPoint struct {
	h, in, f []float64
	err      float64
}

// solveOutputs solves for the weights of some outputs, and for δ if any, and
// reports whether the answers tell them.
func (s *State) solveOutputs(l *layer, points []outputPoint, outputs []int, through []passing) bool {
	m := len(l.neurons)
	block := m + 1
	wide := len(outputs)*block + len(through)
	var a, rhs []float64
	for _, p := range points {
		for i, o := range outputs {
			row := make([]float64, wide)
			copy(row[i*block:], p.h)
			row[i*block+m] = 1
			rest := p.f[o]
			for k, n := range l.real() {
				rest -= float64(n.C[o] * p.h[k])
			}
			for j, t := range through {
				n := l.neurons[t.neuron]
				row[len(outputs)*block+j] = float64(n.C[o] * n.sign * p.in[t.input])
			}
			linalg.Scale(1/p.err, row)
			a, rhs = append(a, row...), append(rhs, rest/p.err)
		}
	}
	// The jumps are known already: that is what decides where answers do not.
	for i, o := range outputs {
		for k, n := range l.real() {
			row := make([]float64, wide)
			row[i*block+k] = 1 / (n.CErr + float64(1e-6*math.Abs(n.C[o])))
			a, rhs = append(a, row...), append(rhs, 0)
		}
	}
	x := trimmed(a, rhs, wide, len(points)*len(outputs))
	if size := linalg.Norm(x); len(rhs) < wide || !(size <= math.MaxFloat64) {
		return false
	}
	for i, o := range outputs {
		copy(s.out.w[o], x[i*block:][:m])
		for k, n := range l.real() {
			s.out.w[o][k] += n.C[o]
		}
		s.out.b[o] = x[i*block+m]
	}
	for j, t := range through {
		l.neurons[t.neuron].W[t.input] += x[len(outputs)*block+j]
	}
	return true
}

// trimmed solves min ‖A x − b‖ and again without the first n equations that
// stand out, three times.
func trimmed(a, rhs []float64, wide, n int) []float64 {
	x := solveRank(a, rhs, wide)
	for range 3 {
		rest := make([]float64, n)
		for i := range rest {
			rest[i] = math.Abs(rhs[i] - linalg.Dot(a[i*wide:][:wide], x))
		}
		sorted := slices.Sorted(slices.Values(rest))
		limit := float64(20 * sorted[n/2])
		var b, f []float64
		for i := range rhs {
			if i >= n || rest[i] <= limit {
				b, f = append(b, a[i*wide:][:wide]...), append(f, rhs[i])
			}
		}
		x = solveRank(b, f, wide)
	}
	return x
}

// solveRank leaves out what the equations do not determine.
func solveRank(a, rhs []float64, wide int) []float64 {
	q := linalg.Factor(a, wide)
	rank := min(wide, len(rhs))
	for rank > 0 && q.Diag(rank-1) <= float64(1e-12*q.Diag(0)) {
		rank--
	}
	x, _ := q.Solve(rhs, rank)
	return x
}

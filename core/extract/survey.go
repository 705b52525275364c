package extract

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// surveyStage asks at many inputs, to find those on which a recovered deep
// network is wrong: a neuron that hardly ever switches is on there, or a weight
// acts that was not seen. Somewhere between such an input and one that is right
// lies a critical point that the network does not predict.
type surveyStage struct {
	aimed bool // only at inputs aimed for neurons that are still missing
	done  int
	asked int     // inputs
	off   int     // of them on which it is beyond the tolerance
	wrong int     // and far beyond its usual error
	sum   float64 // of |f − f̂| / max |f|
	kinks []candidate
	bad   Vec // wrong inputs and their answers, for patch
}

const (
	// surveyTasks is into how many tasks a survey is cut, of which surveyBatch are
	// done at a time, and surveyMost at how many inputs each of them asks at most.
	surveyTasks = 24
	surveyBatch = surveyReach
	surveyMost  = 2048
	// surveyPlenty is how many wrong inputs tell enough: the rest is not asked.
	surveyPlenty = 1024
	// surveyAimed is at how many aimed inputs one asks for each layer that lacks
	// neurons.
	surveyAimed = 1024
	// surveyAims is from how many wrong inputs a task looks for a critical point.
	surveyAims = 4
	// surveyBad is around how many of them others are looked for.
	surveyBad = 8
	// surveyReach is one in how many tasks looks for inputs that others do not reach,
	// and for surveyReachAims critical points: surveyReached is one in how many of its
	// inputs, surveySeen how many of the others it has them differ from, and surveyVain
	// how many rows are tried in vain for one.
	surveyReach     = 6
	surveyReachAims = 16
	surveyReached   = 16
	surveySeen      = 512
	surveyVain      = 64
	// surveySteps is how often the segment to a right input is halved.
	surveySteps = 12
	// surveyBack is how many times longer the part of it is in which one looks next for
	// where the network goes wrong.
	surveyBack = 16
	// outlier is how many times the median error a wrong input's is.
	outlier = 8
	// predicted is how near a hyperplane, relative to the activations, a critical
	// point belongs to it.
	predicted = 1e-6
)

func (*surveyStage) phase() Phase        { return PhaseVerify }
func (*surveyStage) layer() int          { return 0 }
func (*surveyStage) kind() string        { return "survey" }
func (*surveyStage) cost(s *State) int64 { return int64(s.surveyEach() + surveyAims*1000) }

func (t *surveyStage) tasks(s *State) int {
	if t.aimed {
		return len(s.lacking()) - t.done
	}
	return min(surveyBatch-t.done%surveyBatch, surveyTasks-t.done)
}

// enough reports whether a batch showed so many wrong inputs that the rest need not be
// asked.
func (t *surveyStage) enough(s *State) bool {
	return !t.aimed && t.done%surveyBatch == 0 && len(t.bad) >= surveyPlenty*(s.layers[1].chart.dim+s.dout())
}

// surveyEach is at how many inputs a task of a survey asks.
func (s *State) surveyEach() int { return min(surveyMost, nn.ParamsOf(s.cfg.Sizes)) }

// surveyed is what a task of a survey found.
type surveyed struct {
	Asked int     `json:"asked"`
	Off   int     `json:"off"`
	Wrong int     `json:"wrong"`
	Mean  float64 `json:"mean"` // of |f − f̂| / max |f|
	Worst float64 `json:"worst"`
	Y     Vec     `json:"y"`             // where the lines with the critical points begin
	D     Vec     `json:"d"`             // and their directions
	K     Vec     `json:"k"`             // and on each T0, T1 and the critical point
	Bad   Vec     `json:"bad,omitempty"` // wrong inputs, each with its answer
}

// inDeepChart returns the recovered network in the coordinates of the deep
// layers' chart, the pre-activations of layer 1.
func (s *State) inDeepChart(net *nn.Network) *nn.Network {
	sizes := slices.Clone(s.cfg.Sizes)
	sizes[0] = sizes[1]
	to := nn.New(sizes)
	copy(to.Layers[0].W, identity(sizes[0]))
	copy(to.Layers[1:], net.Layers[1:])
	return to
}

func (st *surveyStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c := s.layers[1].chart
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	_, dout := o.Shape()
	net := s.network()
	deepNet := s.inDeepChart(net)
	var y []float64
	if st.aimed {
		y = s.surveyAimed(st.done+i, &net.Layers[0], r)
	} else {
		y = s.surveyPoints(st.done+i, s.surveyEach(), net, deepNet, r)
	}
	each := len(y) / c.dim
	f := make([]float64, each*dout)
	if err := in.Query(y, f); err != nil {
		return nil, err
	}
	t := &survey{s: s, in: in, net: deepNet, eval: nn.NewEval(deepNet), dout: dout, dim: c.dim}
	size := linalg.MaxAbs(f)
	miss := make([]float64, each)
	for j := range miss {
		miss[j] = t.miss(y[j*c.dim:][:c.dim], f[j*dout:][:dout])
	}
	sorted := slices.Sorted(slices.Values(miss))
	t.limit = max(float64(verifyTolerance*size), float64(outlier*sorted[each/2]))
	out := surveyed{Asked: each}
	if size > 0 {
		for _, v := range sorted {
			out.Mean += float64(v / size / float64(each))
		}
		out.Worst = sorted[each-1] / size
	}
	var wrong, right []int
	for j, v := range miss {
		if v > float64(verifyTolerance*size) {
			out.Off++
		}
		if v > t.limit {
			wrong = append(wrong, j)
		} else {
			right = append(right, j)
		}
	}
	out.Wrong = len(wrong)
	slices.SortStableFunc(wrong, func(p, q int) int { return cmp.Compare(miss[q], miss[p]) })
	aims := surveyAims
	if st.aimed || reaches(st.done+i) {
		aims = surveyReachAims
	}
	for _, j := range wrong[:min(aims, len(wrong))] {
		bad := y[j*c.dim:][:c.dim]
		near := slices.MinFunc(right, func(p, q int) int {
			return cmp.Compare(distance(y[p*c.dim:][:c.dim], bad), distance(y[q*c.dim:][:c.dim], bad))
		})
		k, err := t.between(c, o, y[near*c.dim:][:c.dim], bad)
		if err != nil {
			return nil, err
		}
		if k != nil {
			out.Y, out.D = append(out.Y, k.Base...), append(out.D, k.Dir...)
			out.K = append(out.K, k.T0, k.T1, k.T, k.Prev, k.Next, k.Jump, k.Err)
		}
	}
	for _, j := range wrong[:min(surveyBad, len(wrong))] {
		out.Bad = append(append(out.Bad, y[j*c.dim:][:c.dim]...), f[j*dout:][:dout]...)
		more, err := around(in, y[j*c.dim:][:c.dim], func(y, f []float64) bool { return t.miss(y, f) > t.limit }, r)
		if err != nil {
			return nil, err
		}
		out.Bad = append(out.Bad, more...)
	}
	return out, nil
}

// surveyPoints returns where task i asks, in the chart of deep layers: where the
// network rests on assumptions, and at random inputs.
func (s *State) surveyPoints(i, each int, net, deepNet *nn.Network, r *rng.Stream) []float64 {
	first, dim := &net.Layers[0], net.Layers[0].Out
	spread := newSurveySpread(first)
	computed := min(untriedPool*each, untriedRoom/dim)
	pool := make([]float64, computed*dim)
	for j := range computed {
		spread.point(j, pool[j*dim:][:dim], r)
	}
	var y []float64
	for _, j := range s.newUntried(deepNet).choose(pool, each/2) {
		y = append(y, pool[j*dim:][:dim]...)
	}
	x := make([]float64, first.In)
	reach := 0
	if reaches(i) {
		reach = each / surveyReached
	}
	for j := len(y) / dim; j < each-reach; j++ {
		switch i % surveyReach {
		case 2:
			for k := range x {
				x[k] = r.Float64()
			}
		case 3: // far out act neurons that are silent near the origin
			r.NormalVec(x, math.Ldexp(8, 3*(j%2)))
		case 4:
			r.NormalVec(x, 64)
		case 5:
			r.NormalVec(x, 64)
			for k := range x {
				if r.Intn(3) > 0 {
					x[k] = 0
				}
			}
		default:
			r.NormalVec(x, 1)
		}
		y = append(y, make([]float64, dim)...)
		nn.Affine(y[j*dim:], first.W, x, first.B)
	}
	if reach > 0 {
		y = append(y, s.surveyUnreached(i/surveyReach, y, r)...)
	}
	for len(y) < each*dim {
		y = append(y, spread.point(0, make([]float64, dim), r)...)
	}
	return y
}

// reaches reports whether task i of a survey looks for inputs that others do not
// reach.
func reaches(i int) bool { return i%surveyReach == 1 }

// surveyUnreached returns inputs on which a neuron may be on that is off at all of y.
func (s *State) surveyUnreached(i int, y []float64, r *rng.Stream) []float64 {
	where := s.unreachedOf()
	return aimedBeyond(where[i%len(where)], y, s.surveyEach()/surveyReached, r)
}

// surveyAimed returns random inputs and then those that are aimed for neurons which
// the i-th of the layers that lack some may have.
func (s *State) surveyAimed(i int, first *nn.Layer, r *rng.Stream) []float64 {
	p, spread := s.lacking()[i], newSurveySpread(first)
	y := make([]float64, surveySeen*p.n)
	for j := range surveySeen {
		spread.point(j, y[j*p.n:][:p.n], r)
	}
	return append(y, aimedBeyond(p, y, surveyAimed, r)...)
}

// aimedBeyond returns at most so many inputs on which a neuron behind the prefix may
// be on that is off at all of y.
func aimedBeyond(p *prefix, y []float64, most int, r *rng.Stream) []float64 {
	u := p.unreached()
	for j := range min(surveySeen, len(y)/p.n) {
		u.cut(y[j*p.n:][:p.n])
	}
	var out []float64
	for range most {
		next := u.next(surveyVain, r)
		if next == nil {
			break
		}
		out = append(out, next...)
	}
	return out
}

func distance(a, b []float64) float64 {
	d := 0.0
	for i, v := range a {
		d += float64((v - b[i]) * (v - b[i]))
	}
	return d
}

// survey compares the recovered network with answers.
type survey struct {
	s         *State
	in        oracle.Oracle
	net       *nn.Network
	eval      *nn.Eval
	limit     float64 // the error above which it is wrong
	dout, dim int
}

// miss is the largest |f − f̂| at y.
func (t *survey) miss(y, f []float64) float64 {
	got := make([]float64, t.dout)
	t.eval.Forward(y, got)
	worst := 0.0
	for o, v := range got {
		worst = max(worst, math.Abs(f[o]-v))
	}
	return worst
}

// between returns the first critical point between an input that is right and
// one that is wrong that the network does not predict, nil when there is none.
func (t *survey) between(c *chart, o oracle.Oracle, right, wrong []float64) (*candidate, error) {
	g := signature.Segment{Base: slices.Clone(right), Dir: make([]float64, t.dim)}
	for i := range right {
		g.Dir[i] = wrong[i] - right[i]
	}
	lo, hi := 0.0, normalise(g.Dir)
	f := make([]float64, t.dout)
	for range surveySteps {
		mid := (lo + hi) / 2
		p := g.Point(mid)
		if err := t.in.Query(p, f); err != nil {
			return nil, err
		}
		if t.miss(p, f) > t.limit {
			hi = mid
		} else {
			lo = mid
		}
	}
	// The network goes wrong before it is wrong by that much: hardly ever far before.
	end := float64(2*hi) - lo
	for back := hi - lo; end > 0; back *= surveyBack {
		g.T0, g.T1 = max(0, hi-back), end
		var known []float64
		for _, part := range t.s.recovered(t.s.hidden()).walk(g.Base, g.Dir, g.T0, g.T1, 16*libraryStretch) {
			known = append(known, part.t1)
		}
		data, err := c.sweep(o, g, known)
		if err != nil {
			return nil, err
		}
		f := data.(found)
		for _, k := range f.candidates(g, 0) {
			if !predicts(t.net, k.Point(k.T)) {
				return &k, nil
			}
		}
		end = g.T0
	}
	return nil, nil
}

// predicts reports whether a neuron of the network switches at y.
func predicts(net *nn.Network, y []float64) bool {
	h := y
	for i := range len(net.Layers) - 1 {
		l := &net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		for k, v := range z {
			size := float64(linalg.Norm(l.Row(k))*linalg.Norm(h)) + math.Abs(l.B[k])
			if size > 0 && math.Abs(v) <= float64(predicted*size) {
				return true
			}
			z[k] = max(0, v)
		}
		h = z
	}
	return false
}

func (t *surveyStage) apply(s *State, results []json.RawMessage) (stage, error) {
	for _, data := range results {
		v, err := decode[surveyed](data)
		if err != nil {
			return nil, err
		}
		if len(v.Bad)%(s.layers[1].chart.dim+s.dout()) != 0 {
			return nil, errDamaged
		}
		t.asked += v.Asked
		t.off += v.Off
		t.wrong += v.Wrong
		t.sum += float64(float64(v.Asked) * v.Mean)
		t.bad = append(t.bad, v.Bad...)
		n := s.layers[1].chart.dim
		for j := range len(v.K) / 7 {
			k := v.K[j*7:][:7]
			t.kinks = append(t.kinks, candidate{line: t.done,
				Segment: signature.Segment{Base: v.Y[j*n:][:n], Dir: v.D[j*n:][:n], T0: k[0], T1: k[1]},
				Kink:    critical.Kink{T: k[2], Prev: k[3], Next: k[4], Jump: k[5], Err: k[6]}})
		}
		t.done++
	}
	if t.tasks(s) > 0 && !t.enough(s) {
		return t, nil
	}
	if t.aimed {
		return s.aimedAt(t), nil
	}
	return s.mendFrom(t), nil
}

package extract

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// lastDeepStage checks the signs of the last hidden layer behind a prefix that
// loses dimensions, and decides those left open. Its jumps c_k are constant
// over all space, so for the right signs
//
//	f = c_0 + Σ_k c_k max(s_k z_k, 0) + Σ_j v_j h_j
//
// at every input, in any linear region; v_j h_j is what the weights that do not
// show pass through. Wrong signs leave a residual, and are flipped until there
// is none. (The last-hidden idea of Canales-Martínez et al. 2024, stacked over
// linear regions.)
type lastDeepStage struct{ l *layer }

func (t *lastDeepStage) phase() Phase      { return PhaseSign }
func (t *lastDeepStage) layer() int        { return t.l.index }
func (t *lastDeepStage) kind() string      { return "last-hidden" }
func (t *lastDeepStage) tasks(*State) int  { return 1 }
func (t *lastDeepStage) cost(*State) int64 { return int64(t.l.lastDeepPoints()) }

// lastDeepPoints is how many answers are asked.
func (l *layer) lastDeepPoints() int { return 16*len(l.neurons) + 64 }

// lastDeep are answers at points of the chart.
type lastDeep struct {
	Y Vec `json:"y"` // n×dim
	F Vec `json:"f"` // n×dout
}

func (t *lastDeepStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := t.l
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	var out lastDeep
	n := l.lastDeepPoints()
	for range n {
		out.Y = append(out.Y, l.deep.somewhere(r)...)
	}
	_, dout := o.Shape()
	out.F = make(Vec, n*dout)
	return out, in.Query(out.Y, out.F)
}

func (t *lastDeepStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	d, err := decode[lastDeep](results[0])
	if err != nil {
		return nil, err
	}
	l := t.l
	fit := newSignFit(l, &d, s.cfg.Sizes[len(s.cfg.Sizes)-1], rng.New(s.cfg.Seed, uint64(s.round), 0x51de))
	signs := make([]float64, len(l.neurons))
	for k, n := range l.neurons {
		if signs[k] = n.sign; n.sign == 0 {
			signs[k] = 1
		}
	}
	rest := fit.repair(signs)
	if rest > explained {
		return s.afterSigns(l), nil
	}
	for k, n := range l.neurons {
		if n.sign != signs[k] {
			n.sign = signs[k]
			s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1 - rest})
		}
	}
	return s.afterSigns(l), nil
}

// explained is the residual, relative to the answers, of signs that are right.
const explained = 1e-5

// signFit tries signs of a last hidden layer against answers.
type signFit struct {
	z     []float64 // n×m, pre-activations
	side  []float64 // n×m, ±1 where a weight that does not show decides the sign
	h     []float64 // n×extra, inputs whose weights do not show
	f, c  []float64 // n×dout, m×dout
	m     int
	extra int
	dout  int
	size  []float64 // n, the scale of an answer
}

func newSignFit(l *layer, d *lastDeep, dout int, r *rng.Stream) *signFit {
	m := len(l.neurons)
	t := &signFit{m: m, dout: dout}
	sides := map[passing]float64{}
	var inputs []int
	for k, n := range l.neurons {
		t.c = append(t.c, n.C...)
		known := l.sides(k, r)
		for _, j := range n.unseen() {
			sides[passing{k, j}] = known[j]
			if !slices.Contains(inputs, j) {
				inputs = append(inputs, j)
			}
		}
	}
	t.extra = len(inputs)
	dim := l.chart.dim
points:
	for i := range len(d.Y) / dim {
		pl := l.deep.pre.at(d.Y[i*dim:][:dim])
		if pl.vague {
			continue
		}
		a := pl.augmented()
		z, side := make([]float64, m), make([]float64, m)
		for k, n := range l.neurons {
			z[k] = n.Zh(a)
			for _, j := range inputs {
				s, ok := sides[passing{k, j}]
				if !ok || a[j] == 0 {
					continue
				}
				if s == 0 || side[k] != 0 && s != side[k] {
					continue points
				}
				side[k] = s
			}
		}
		t.z, t.side = append(t.z, z...), append(t.side, side...)
		for _, j := range inputs {
			t.h = append(t.h, a[j])
		}
		f := d.F[i*dout:][:dout]
		t.f = append(t.f, f...)
		size := linalg.MaxAbs(f)
		for k, v := range z {
			size = max(size, math.Abs(float64(v*linalg.MaxAbs(l.neurons[k].C))))
		}
		t.size = append(t.size, size)
	}
	return t
}

// residual is the root mean square of what signs do not explain, relative to
// the answers. The worst sixth is left out: neurons that were not found act there.
func (t *signFit) residual(signs []float64) float64 {
	wide := t.extra + 1
	if len(t.size) < 2*wide+t.m {
		return math.Inf(1)
	}
	rest := make([]float64, len(t.size))
	for o := range t.dout {
		f := make([]float64, len(t.size))
		for i, size := range t.size {
			f[i] = t.f[i*t.dout+o]
			for k, s := range signs {
				z := float64(s * t.z[i*t.m+k])
				side := float64(s * t.side[i*t.m+k])
				if side > 0 || side == 0 && z > 0 {
					f[i] -= float64(t.c[k*t.dout+o] * z)
				}
			}
			f[i] /= size
		}
		keep := make([]int, len(t.size))
		for i := range keep {
			keep[i] = i
		}
		for try := range 2 {
			var a, rhs []float64
			for _, i := range keep {
				row := append(append([]float64(nil), t.h[i*t.extra:][:t.extra]...), 1)
				linalg.Scale(1/t.size[i], row)
				a, rhs = append(a, row...), append(rhs, f[i])
			}
			q := linalg.Factor(a, wide)
			rank := 0
			for rank < wide && q.Diag(rank) > float64(1e-9*q.Diag(0)) {
				rank++
			}
			x, _ := q.Solve(rhs, rank)
			miss := make([]float64, len(f))
			for n, i := range keep {
				miss[i] = math.Abs(rhs[n] - linalg.Dot(a[n*wide:][:wide], x))
			}
			if try == 0 {
				slices.SortStableFunc(keep, func(i, j int) int { return cmp.Compare(miss[i], miss[j]) })
				keep = keep[:len(keep)-len(keep)/6]
				continue
			}
			for _, i := range keep {
				rest[i] += float64(miss[i] * miss[i])
			}
		}
	}
	sum := 0.0
	for _, v := range rest {
		sum += v
	}
	return math.Sqrt(sum / float64(len(rest)*t.dout))
}

// repair flips signs, one or two at a time, for as long as that explains more,
// and returns the residual left.
func (t *signFit) repair(signs []float64) float64 {
	best := t.residual(signs)
	flip := func(k ...int) {
		for _, k := range k {
			signs[k] = -signs[k]
		}
	}
	for best > explained {
		var move []int
		least := best
		try := func(k ...int) {
			flip(k...)
			if v := t.residual(signs); v < least {
				least, move = v, append([]int(nil), k...)
			}
			flip(k...)
		}
		for k := range signs {
			try(k)
		}
		if least > explained {
			for k := range signs {
				for j := range k {
					try(j, k)
				}
			}
		}
		if move == nil {
			return best
		}
		flip(move...)
		best = least
	}
	return best
}

package published

import (
	"encoding/json"
	"math"

	"peel/core/linalg"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// freezeStep signs the neurons of a contracting layer one by one: from an input
// where all of them are 0, each is moved alone, far to either side. On its
// inactive side the output stays. (C.)
//
// The inputs come from inverting the known layers, under the constraint that
// what a ReLU passes is not negative. Where the layers contract too little there
// is no such input, and the method fails.
type freezeStep struct {
	a     *method.Attack
	f     *front
	all   []nn.Layer // 1 … k
	first *linalg.QR // of A_1ᵀ
	start []float64  // the input where all neurons are 0
}

const (
	// freezeMove is how far a pre-activation is moved, the rows having norm 1.
	freezeMove = 10
	// freezeOff is how far off pre-activations may be (C, from their program).
	freezeOff = 1e-5
)

func newFreeze(a *method.Attack) method.Step {
	t := &freezeStep{a: a, f: newFront(a, 64)}
	t.all = append(append(t.all, t.f.layers...), t.f.rows)
	t.first = linalg.Factor(linalg.Transpose(t.all[0].W, t.all[0].In), t.all[0].Out)
	if d := a.Inputs(); len(a.Rows) > d {
		inapplicable(a, "it expands, from %d to %d neurons, so that none can be moved alone", d, len(a.Rows))
		return nil
	}
	if t.start = t.input(-1, 0); t.start == nil {
		inapplicable(a, "no input was found where all its neurons are 0: the layers before contract too little")
		return nil
	}
	return t
}

// input inverts the known layers: an input where neuron k is v and the others
// are 0, or nil.
func (t *freezeStep) input(k int, v float64) []float64 {
	want := make([]float64, t.f.rows.Out)
	if k >= 0 {
		want[k] = v
	}
	h := append([]float64(nil), want...)
	for i := len(t.all) - 1; i >= 0; i-- {
		l := &t.all[i]
		linalg.Axpy(-1, l.B, h)
		if i > 0 {
			h = nonNegative(l.W, l.In, h)
			continue
		}
		h = t.first.MinNorm(h, t.first.Rank(float64(1e-12*t.first.Diag(0))))
	}
	p := t.f.at(h)
	for q := range want {
		if !(math.Abs(p.row(q)-want[q]) <= freezeOff) {
			return nil
		}
	}
	return h
}

func (t *freezeStep) Phase() method.Phase { return method.PhaseSign }
func (t *freezeStep) Kind() string        { return "freeze" }
func (t *freezeStep) Tasks() int          { return len(t.a.Rows) + 1 }
func (t *freezeStep) Cost() int64         { return 2 }

// Do asks about the start in task 0, then about both moves of one neuron each.
// The answer is empty where a move was not found.
func (t *freezeStep) Do(i int, o oracle.Oracle, _ *rng.Stream) (any, error) {
	if i == 0 {
		return answers(o, t.start)
	}
	plus, minus := t.input(i-1, freezeMove), t.input(i-1, -freezeMove)
	if plus == nil || minus == nil {
		return []float64{}, nil
	}
	return answers(o, append(plus, minus...))
}

func (t *freezeStep) Apply(results []json.RawMessage) (method.Step, error) {
	y, err := decodeAll[[]float64](results)
	if err != nil || len(y) == 0 {
		return nil, err
	}
	var open reasons
	for k := range t.a.Rows {
		switch {
		case k+1 >= len(y):
			open.add(k, "the queries ran out")
		case len(y[k+1]) == 0:
			open.add(k, "no input was found that moves it alone")
		default:
			s := t.decide(y[0], y[k+1])
			if s == 0 {
				open.add(k, "the output follows it on neither side")
				continue
			}
			settle(t.a, k, s)
		}
	}
	open.tell(t.a)
	return nil, nil
}

// decide compares the answers to both moves of a neuron with that to none: the
// side that changes them more is active. It returns 0 where neither does.
func (t *freezeStep) decide(start, moved []float64) float64 {
	out := len(start)
	noise := float64(16 * max(t.a.Noise.Of(start), t.a.Noise.Of(moved)))
	linalg.Axpy(-1, start, moved[:out])
	linalg.Axpy(-1, start, moved[out:])
	plus, minus := linalg.Norm(moved[:out]), linalg.Norm(moved[out:])
	if max(plus, minus) <= noise {
		return 0
	}
	return math.Copysign(1, plus-minus)
}

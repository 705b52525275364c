package published

import (
	"encoding/json"
	"math"

	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// coefficientStep measures how strongly the output follows each neuron of the
// last hidden layer: from there to the output nothing switches, so that the
// coefficient is the same everywhere, and a second difference across the
// neuron's hyperplane is it, whatever the sign. (CM.)
type coefficientStep struct {
	a *method.Attack
	f *front
}

const (
	// lastMove is how far from the hyperplane the outer two of three points are,
	// in the pre-activation. (CM's program, --eps 8.)
	lastMove = 1e-8
	// lastTries is how many places are tried for a neuron.
	lastTries = 3
	// nearBit is how far from 0 or 1 an indicator may come out.
	nearBit = 0.3
)

func newLastHidden(a *method.Attack) method.Step {
	if !a.Last() {
		inapplicable(a, "last-hidden needs the last hidden layer, where output coefficients are the same everywhere")
		return nil
	}
	return &coefficientStep{a, newFront(a, 64)}
}

func (t *coefficientStep) Phase() method.Phase { return method.PhaseSign }
func (t *coefficientStep) Kind() string        { return "coefficients" }
func (t *coefficientStep) Tasks() int          { return len(t.a.Rows) }
func (t *coefficientStep) Cost() int64         { return 3 }

// Do returns the coefficients of one neuron (dout), or nothing where no place to
// measure was found.
func (t *coefficientStep) Do(k int, o oracle.Oracle, r *rng.Stream) (any, error) {
	for range lastTries {
		p := t.f.corner(k, -lastMove, lastMove/1000, r)
		if p == nil {
			break
		}
		g := p.gradient(k)
		step := t.f.newton(lastMove, g)
		mid, end := t.f.shift(p, step, g), t.f.shift(p, 2*step, g)
		if !p.same(end) {
			continue
		}
		y, err := answers(o, append(append(append([]float64(nil), p.x...), mid.x...), end.x...))
		if err != nil {
			return nil, err
		}
		out := len(y) / 3
		c := make([]float64, out)
		for i := range c {
			c[i] = (y[i] - float64(2*y[out+i]) + y[2*out+i]) / lastMove
		}
		return c, nil
	}
	return []float64{}, nil
}

func (t *coefficientStep) Apply(results []json.RawMessage) (method.Step, error) {
	c, err := decodeAll[[]float64](results)
	if err != nil {
		return nil, err
	}
	if len(c) < len(t.a.Rows) {
		inapplicable(t.a, "the queries ran out")
		return nil, nil
	}
	next := &lastHiddenStep{a: t.a, f: t.f}
	var open reasons
	for k := range c {
		if len(c[k]) == 0 || linalg.MaxAbs(c[k]) == 0 {
			open.add(k, "its output coefficient could not be measured")
			continue
		}
		next.which, next.c = append(next.which, k), append(next.c, c[k])
	}
	open.tell(t.a)
	if len(next.which) == 0 {
		return nil, nil
	}
	return next, nil
}

// lastHiddenStep asks about random inputs. With e_k = 1 for sign + and 0 for −,
// each answer is linear in e and the output biases:
//
//	f_o(x) = b_o + Σ_k c_ko (e_k relu(z_k) + (1 − e_k) relu(−z_k)).
type lastHiddenStep struct {
	a     *method.Attack
	f     *front
	which []int       // rows that have coefficients
	c     [][]float64 // of these, dout each
}

// lastChunk is how many queries a task asks.
const lastChunk = 32

func (t *lastHiddenStep) Phase() method.Phase { return method.PhaseSign }
func (t *lastHiddenStep) Kind() string        { return "last-hidden" }
func (t *lastHiddenStep) Tasks() int          { return chunks(t.points(), lastChunk) }
func (t *lastHiddenStep) Cost() int64         { return lastChunk }

// points is the number of unknowns.
func (t *lastHiddenStep) points() int { return len(t.which) + len(t.c[0]) }

// input is the random input i, uniform in [−1, 1]^d0.
func (t *lastHiddenStep) input(i int) []float64 {
	return uniform(t.f.inputs(), stream(t.a, "input", i))
}

func (t *lastHiddenStep) Do(i int, o oracle.Oracle, _ *rng.Stream) (any, error) {
	var x []float64
	for q := i * lastChunk; q < min((i+1)*lastChunk, t.points()); q++ {
		x = append(x, t.input(q)...)
	}
	return answers(o, x)
}

func (t *lastHiddenStep) Apply(results []json.RawMessage) (method.Step, error) {
	y, err := all(t.a, t, results)
	if y != nil {
		t.solve(y)
	}
	return nil, err
}

func (t *lastHiddenStep) solve(y []float64) {
	m, out := len(t.which), len(t.c[0])
	n := m + out
	var a, rhs []float64
	for i := range t.points() {
		p := t.f.at(t.input(i))
		for o := range out {
			row, rest := make([]float64, n), y[i*out+o]
			for q, k := range t.which {
				z := p.row(k)
				row[q] = float64(t.c[q][o] * z) // relu(z) − relu(−z) = z
				rest -= float64(t.c[q][o] * max(0, -z))
			}
			row[m+o] = 1
			a, rhs = append(a, row...), append(rhs, rest)
		}
	}
	q := linalg.Factor(a, n)
	if q.Rank(float64(1e-12*q.Diag(0))) < n {
		inapplicable(t.a, "the equations for them are dependent")
		return
	}
	e, _ := q.Solve(rhs, n)
	var open reasons
	for i, k := range t.which {
		switch {
		case math.Abs(e[i]) < nearBit:
			settle(t.a, k, -1)
		case math.Abs(e[i]-1) < nearBit:
			settle(t.a, k, 1)
		default:
			open.add(k, "its indicator came out far from both 0 and 1")
		}
	}
	open.tell(t.a)
}

package published

import (
	"encoding/json"
	"math"

	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// askStep asks about random inputs, the answers to which every combination of
// signs of the last hidden layer has to explain: with the right one, and no
// other, they are linear in that layer's activations. (C, as their
// program does it there.)
type askStep struct {
	a *method.Attack
	f *front
}

const (
	// mostNeurons bounds the 2^n combinations.
	mostNeurons = 20
	// askPoints is the number of inputs (F's version of the program). The first
	// few, morePoints more than there are unknowns, refute most combinations.
	askPoints  = 100
	morePoints = 8
	// askReach is how far the inputs lie from their offsets, at most, in standard
	// deviations (C, from F's version of the program).
	askReach = 1000
	// fits is the largest residual, relative to the answers, of a combination that
	// explains them, and apart how many times larger any other must be.
	fits  = 1e-2
	apart = 10
	// searchChunk is how many combinations a task tries.
	searchChunk = 4096
)

func newExhaustive(a *method.Attack) method.Step {
	switch n := len(a.Rows); {
	case n > mostNeurons:
		inapplicable(a, "the 2^%d combinations of them are too many to try, which is done for at most %d neurons", n, mostNeurons)
	case !a.Last():
		inapplicable(a, "every combination is tried against the answers themselves, which only the last hidden layer allows")
	default:
		return &askStep{a, newFront(a, 64)}
	}
	return nil
}

func (t *askStep) Phase() method.Phase { return method.PhaseSign }
func (t *askStep) Kind() string        { return "inputs" }
func (t *askStep) Tasks() int          { return 1 }
func (t *askStep) Cost() int64         { return askPoints }

// inputs are points of random lines.
func (t *askStep) inputs() []float64 {
	n := t.f.inputs()
	x := make([]float64, askPoints*n)
	for i := range askPoints {
		r := stream(t.a, "line", i)
		p := r.NormalVec(x[i*n:][:n], 1)
		reach := float64(askReach * (float64(2*r.Float64()) - 1))
		linalg.Axpy(reach, r.NormalVec(make([]float64, n), 1), p)
	}
	return x
}

func (t *askStep) Do(_ int, o oracle.Oracle, _ *rng.Stream) (any, error) {
	return answers(o, t.inputs())
}

func (t *askStep) Apply(results []json.RawMessage) (method.Step, error) {
	y, err := decodeAll[[]float64](results)
	if err != nil {
		return nil, err
	}
	if len(y) == 0 {
		inapplicable(t.a, "the queries ran out")
		return nil, nil
	}
	next := &searchStep{a: t.a, y: y[0]}
	x, n := t.inputs(), t.f.inputs()
	for i := range askPoints {
		p := t.f.at(x[i*n:][:n])
		for k := range t.a.Rows {
			next.z = append(next.z, p.row(k))
		}
	}
	return next, nil
}

// searchStep tries combinations of signs: bit k of a combination is 1 for sign +
// of row k. It asks nothing.
type searchStep struct {
	a *method.Attack
	z []float64 // pre-activations, points×rows
	y []float64 // answers, points×dout
}

func (t *searchStep) Phase() method.Phase { return method.PhaseSign }
func (t *searchStep) Kind() string        { return "exhaustive" }
func (t *searchStep) Tasks() int          { return chunks(1<<len(t.a.Rows), searchChunk) }
func (t *searchStep) Cost() int64         { return 0 }

// fit is a combination and how far the answers are from it.
type fit struct {
	Signs    uint64  `json:"signs"`
	Residual float64 `json:"residual"` // relative
}

func (t *searchStep) Do(i int, _ oracle.Oracle, _ *rng.Stream) (any, error) {
	best := fit{Residual: math.MaxFloat64}
	for s := i * searchChunk; s < min((i+1)*searchChunk, 1<<len(t.a.Rows)); s++ {
		r := t.residual(uint64(s), len(t.a.Rows)+1+morePoints)
		if r <= fits {
			r = t.residual(uint64(s), askPoints)
		}
		if r < best.Residual {
			best = fit{uint64(s), r}
		}
	}
	return best, nil
}

// residual solves for the output layer that explains the answers best, given
// the signs, at the first so many points, and returns how much is left, relative
// to the answers.
func (t *searchStep) residual(signs uint64, points int) float64 {
	m := len(t.a.Rows)
	out := len(t.y) / askPoints
	a := make([]float64, 0, points*(m+1))
	for i := range points {
		for k, z := range t.z[i*m:][:m] {
			if signs>>k&1 == 0 {
				z = -z
			}
			a = append(a, max(0, z))
		}
		a = append(a, 1)
	}
	q := linalg.Factor(a, m+1)
	rank := q.Rank(float64(1e-12 * q.Diag(0)))
	var left, all float64
	y := make([]float64, points)
	for o := range out {
		for i := range y {
			y[i] = t.y[i*out+o]
		}
		_, rest := q.Solve(y, rank)
		left, all = math.Hypot(left, rest), math.Hypot(all, linalg.Norm(y))
	}
	if all == 0 {
		return 0
	}
	return left / all
}

func (t *searchStep) Apply(results []json.RawMessage) (method.Step, error) {
	found, err := decodeAll[fit](results)
	if err != nil {
		return nil, err
	}
	if len(found) < t.Tasks() {
		inapplicable(t.a, "the queries ran out")
		return nil, nil
	}
	best := found[0]
	for _, f := range found[1:] {
		if f.Residual < best.Residual {
			best = f
		}
	}
	if best.Residual > fits {
		inapplicable(t.a, "no combination of them explains the answers")
		return nil, nil
	}
	floor := max(float64(apart*best.Residual), float64(16*t.a.Noise.Rel))
	var open reasons
	for k := range t.a.Rows {
		if t.residual(best.Signs^1<<k, askPoints) <= floor {
			open.add(k, "both signs explain the answers")
			continue
		}
		settle(t.a, k, float64(2*float64(best.Signs>>k&1))-1)
	}
	open.tell(t.a)
	return nil, nil
}

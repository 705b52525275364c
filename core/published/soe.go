package published

import (
	"encoding/json"
	"math"

	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// soeStep signs a whole layer at one point. Inside a linear region, an input
// that moves by w moves the pre-activations by A_k Γ w and the answer by
// c·A_k Γ w, where c_q is 0 for every neuron that is off. With as many moves as
// neurons, c is the solution of a linear system: d_k + 1 queries. (CM, SOE.)
//
// It needs A_k Γ to have rank d_k: the layers before must let all neurons move
// independently.
type soeStep struct {
	a *method.Attack
	f *front
	x *stand
	m []float64 // A_k Γ, rows×d0
}

const (
	// soeMove bounds the entries of a move.
	soeMove = 1e-6
	// soePoints is how many random points are tried in layers from the third on.
	// CM's program tries for ever.
	soePoints = 64
	// soeChunk is how many queries a task asks.
	soeChunk = 32
	// clearly is how far above the errors the largest coefficient must be for
	// the zero ones to mean anything.
	clearly = 100
)

func newSOE(a *method.Attack) method.Step {
	t := &soeStep{a: a, f: newFront(a, 64)}
	rows := len(a.Rows)
	if room := controlled(a.Sizes[:a.Layer]); rows > room {
		inapplicable(a, "its %d neurons are more than the %d directions that the layers before let move there", rows, room)
		return nil
	}
	if !t.start() {
		inapplicable(a, "no input was found where its neurons can be moved independently")
		return nil
	}
	return t
}

// controlled is in how many directions the input of a layer can be expected to
// move, given the widths d0 … d_{k−1} before it: all of layer 1 can be made
// active, of deeper layers half. (CM, from their program.)
func controlled(widths []int) int {
	room := widths[0]
	for i, d := range widths[1:] {
		if i > 0 {
			d /= 2
		}
		room = min(room, d)
	}
	return room
}

// start chooses the point: in layer 1 any, in layer 2 one where layer 1 is
// active, deeper a random one where the rank suffices.
func (t *soeStep) start() bool {
	n := t.f.inputs()
	x := make([]float64, n)
	switch len(t.f.layers) {
	case 0:
		for i := range x {
			x[i] = 1
		}
		return t.at(x)
	case 1:
		l := &t.f.layers[0]
		on := min(l.In, l.Out)
		want := make([]float64, on)
		for q := range want {
			want[q] = 1 - l.B[q]
		}
		qr := linalg.Factor(linalg.Transpose(l.W[:on*n], n), on)
		return t.at(qr.MinNorm(want, qr.Rank(float64(1e-12*qr.Diag(0)))))
	}
	for try := range soePoints {
		r := stream(t.a, "point", try)
		for i := range x {
			x[i] = r.Float64()
		}
		if t.at(append([]float64(nil), x...)) {
			return true
		}
	}
	return false
}

// at takes a point and reports whether the rank suffices there.
func (t *soeStep) at(x []float64) bool {
	t.x = t.f.at(x)
	t.m = t.x.local()
	rows := len(t.a.Rows)
	q := linalg.Factor(linalg.Transpose(t.m, len(x)), rows)
	return rows <= len(x) && q.Diag(0) > 0 && q.Rank(float64(1e-12*q.Diag(0))) == rows
}

func (t *soeStep) Phase() method.Phase { return method.PhaseSign }
func (t *soeStep) Kind() string        { return "soe" }
func (t *soeStep) Tasks() int          { return chunks(len(t.a.Rows)+1, soeChunk) }
func (t *soeStep) Cost() int64         { return soeChunk }

// move is query i less the point: 0 for the first.
func (t *soeStep) move(i int) []float64 {
	w := make([]float64, len(t.x.x))
	if i > 0 {
		r := stream(t.a, "move", i)
		for j := range w {
			w[j] = float64(soeMove * (float64(2*r.Float64()) - 1))
		}
	}
	return w
}

func (t *soeStep) Do(i int, o oracle.Oracle, _ *rng.Stream) (any, error) {
	var x []float64
	for q := i * soeChunk; q < min((i+1)*soeChunk, len(t.a.Rows)+1); q++ {
		w := t.move(q)
		linalg.Axpy(1, t.x.x, w)
		x = append(x, w...)
	}
	return answers(o, x)
}

func (t *soeStep) Apply(results []json.RawMessage) (method.Step, error) {
	y, err := all(t.a, t, results)
	if y != nil {
		t.solve(y)
	}
	return nil, err
}

func (t *soeStep) solve(y []float64) {
	a, rows := t.a, len(t.a.Rows)
	out := len(y) / (rows + 1)
	var e []float64 // moves of the pre-activations, one a row
	for i := range rows {
		w := t.move(i + 1)
		linalg.Axpy(1, t.x.x, w)
		linalg.Axpy(-1, t.x.x, w) // what it is after rounding
		e = append(e, linalg.MulVec(t.m, w)...)
	}
	q := linalg.Factor(e, rows)
	size := make([]float64, rows) // |c|, the largest over the outputs
	for o := range out {
		d := make([]float64, rows)
		for i := range d {
			d[i] = y[(i+1)*out+o] - y[o]
		}
		c, _ := q.Solve(d, rows)
		for k, v := range c {
			size[k] = max(size[k], math.Abs(v))
		}
	}
	floor := float64(16*a.Noise.At(t.x.x).Of(y[:out])) / q.Diag(rows-1)
	if !(linalg.MaxAbs(size) > float64(clearly*floor)) {
		inapplicable(a, "at the chosen input the output follows none of its neurons clearly")
		return
	}
	for k, c := range size {
		side := 1.0 // of the row at the point
		if t.x.row(k) < 0 {
			side = -1
		}
		if c <= floor { // off
			side = -side
		}
		settle(a, k, side)
	}
}

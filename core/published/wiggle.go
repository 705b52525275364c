package published

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// wiggleStep signs neurons by votes: at a point where neuron k is 0, move by ±δ,
// δ being the row as far as the layers before let h_{k−1} move that way. Only
// on the active side does the neuron add to what the others do, so the side of
// the larger |Δf| votes. (CM, neuron wiggle; F, the same
// with fewer votes.)
//
// CM count 3 queries a vote. Their program and F's ask up to 14 more to see that
// both sides are straight, and so does this.
type wiggleStep struct {
	a     *method.Attack
	f     *front
	eps   steps
	votes int
	which []int  // rows to vote on
	tally []poll // of all rows, so far
	again bool   // this is the second analysis
}

// steps are the lengths and tolerances of a format. Those for 64 bits are CM's,
// the others F's.
type steps struct {
	corner   float64 // how near to 0 a critical point is
	in       float64 // of the differences that show where h_{k−1} can move
	layer    float64 // ‖δ‖
	zero     float64 // entries of the projected row below this are 0
	line     float64 // of the slopes that are compared, as a part of δ
	straight float64 // slopes and values within this are equal
	same     float64 // changes that differ by less do not vote
}

var stepsOf = map[arith]steps{
	64: {corner: 1e-6, in: 1e-6, layer: 1e-8, zero: 1e-12, line: 1e-4, straight: 1e-8, same: 1e-13},
	32: {corner: 6e-3, in: 1e-2, layer: 1e-4, zero: 1e-6, line: 1e-1, straight: 1e-2, same: 1e-9},
	16: {corner: 6e-3, in: 2e-2, layer: 2e-2, zero: 1e-3, line: 6e-1, straight: 6e-2, same: 1e-4},
}

const (
	// wiggleVotes is s where the method does not say (CM).
	wiggleVotes = 200
	// mostSame is how many points in a row may show no difference before F give
	// a neuron up as one with a wrong row.
	mostSame = 15
	// mostMissed is how many points in a row may not be found, or not be movable,
	// and mostBent how many a vote may have other neurons switch beside them. The
	// authors' programs go on for ever.
	mostMissed = 4
	mostBent   = 16
	// leastSure is the share of neurons that CM analyse a second time.
	leastSure = 10 // one in ten
)

func newWiggle(a *method.Attack) method.Step {
	ar := arithOf(a.Method.Bits)
	t := &wiggleStep{a: a, f: newFront(a, ar), eps: stepsOf[ar], votes: a.Method.Samples, tally: make([]poll, len(a.Rows))}
	if t.votes == 0 {
		t.votes = wiggleVotes
	}
	for k := range a.Rows {
		t.which = append(t.which, k)
	}
	return t
}

func (t *wiggleStep) Phase() method.Phase { return method.PhaseSign }
func (t *wiggleStep) Kind() string        { return "wiggle" }
func (t *wiggleStep) Tasks() int          { return len(t.which) }
func (t *wiggleStep) Cost() int64         { return int64(17 * t.votes) }

// poll is the count of one neuron's votes.
type poll struct {
	Plus  int `json:"plus"`
	Minus int `json:"minus"`
	// Lost is why no more votes came, or empty.
	Lost string `json:"lost,omitempty"`
}

func (t *wiggleStep) Do(i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	k := t.which[i]
	var p poll
	same, bent, missed := 0, 0, 0 // in a row, but for bent
	for cast := 0; cast < t.votes; {
		at := t.f.corner(k, 0, t.eps.corner, r)
		if at == nil {
			if missed++; missed > mostMissed {
				p.Lost = "no input was found where it is 0"
				return p, nil
			}
			continue
		}
		move := t.wiggle(at, k)
		if move == nil {
			if missed++; missed > mostMissed {
				p.Lost = "the layers before do not let it be moved"
				return p, nil
			}
			continue
		}
		missed = 0
		l := wiggleLine{f: t.f, o: o, at: at.x, move: move}
		straight, err := l.straight(t.eps)
		if err != nil {
			return nil, err
		}
		if !straight {
			if bent++; bent > mostBent*t.votes {
				p.Lost = "other neurons switch beside every point where it is 0"
				return p, nil
			}
			continue
		}
		minus, plus, err := l.changes()
		if err != nil {
			return nil, err
		}
		if t.f.ar == 16 {
			minus, plus = t.f.ar.round(minus), t.f.ar.round(plus)
		}
		if math.Abs(minus-plus) < t.eps.same {
			if same++; same > mostSame {
				p.Lost = "both sides answer alike"
				return p, nil
			}
			continue
		}
		same = 0
		cast++
		switch {
		case plus > minus:
			p.Plus++
		case minus > plus:
			p.Minus++
		}
	}
	return p, nil
}

// wiggle is the move of the input for row k at a place, or nil where h_{k−1}
// cannot be moved along the row: the preimage of the row's projection.
//
// In layer 1, the programs of CM and F move only inputs that are positive,
// because they apply the ReLU to the input as well; here all inputs move, as the
// papers say.
func (t *wiggleStep) wiggle(at *stand, k int) []float64 {
	ar, row := t.f.ar, t.f.rows.Row(k)
	if len(t.f.layers) == 0 {
		return t.scaled(row, t.eps.layer)
	}
	d, moving := t.differences(at)
	n, m := t.f.inputs(), len(moving)
	if m == 0 {
		return nil
	}
	w := make([]float64, m)
	for i, q := range moving {
		w[i] = row[q]
	}
	q := linalg.Factor(d, m)
	cut := float64(0x1p-52*float64(max(n, t.f.rows.In))) * q.Diag(0)
	rank := min(q.Rank(cut), at.active())
	if rank == 0 {
		return nil
	}
	if rank < m {
		// The rows of q's triangle span where h_{k−1} can move.
		span := linalg.Factor(linalg.Transpose(q.Triangle()[:rank*m], m), rank).Basis(rank)
		projected := make([]float64, m)
		for i := range rank {
			b := ar.vec(span[i*m:][:m])
			ar.axpy(ar.dot(w, b), b, projected)
		}
		w = projected
	}
	for i, v := range w {
		if math.Abs(v) <= t.eps.zero {
			w[i] = 0
		}
	}
	delta := t.scaled(w, t.eps.layer)
	if delta == nil {
		return nil
	}
	if ar != 64 { // the preimage is solved for in float64, and rounded
		q = linalg.Factor(ar.vec(d), m)
		rank = min(rank, q.Rank(float64(ar.ulp()*float64(max(n, t.f.rows.In)))*q.Diag(0)))
	}
	move := q.MinNorm(delta, rank)
	for i, v := range move {
		move[i] = ar.round(t.eps.in * ar.round(v))
	}
	return move
}

// differences is how h_{k−1} answers to a step of every input, with what
// switches on the way (d0×m), for those m of its entries that answer at all.
func (t *wiggleStep) differences(at *stand) (d []float64, moving []int) {
	n := t.f.inputs()
	g, z := at.jacobian(), at.zs[len(at.zs)-1]
	var columns []float64 // m×d0
	for q, v := range z {
		c := make([]float64, n)
		for j := range c {
			c[j] = max(0, v+float64(t.eps.in*g[q*n+j])) - at.h[q]
		}
		if linalg.MaxAbs(c) > 0 {
			columns, moving = append(columns, c...), append(moving, q)
		}
	}
	return linalg.Transpose(columns, n), moving
}

// scaled is v with this norm, or nil where v is 0.
func (t *wiggleStep) scaled(v []float64, norm float64) []float64 {
	size := t.f.ar.round(linalg.Norm(v))
	if size == 0 {
		return nil
	}
	c := t.f.ar.round(norm / size)
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = t.f.ar.round(c * x)
	}
	return out
}

// wiggleLine is the line x + t·move, asked at points of the attacker's format.
type wiggleLine struct {
	f        *front
	o        oracle.Oracle
	at, move []float64
}

// ask returns the answers at some t, one after another.
func (l *wiggleLine) ask(ts ...float64) ([]float64, error) {
	n := len(l.at)
	_, out := l.o.Shape()
	x, y := make([]float64, len(ts)*n), make([]float64, len(ts)*out)
	for i, t := range ts {
		for j, v := range l.move {
			x[i*n+j] = l.f.ar.round(l.at[j] + l.f.ar.round(float64(t*v)))
		}
	}
	return y, l.o.Query(x, y)
}

// straight reports whether the first output is linear on both sides of 0, by 14
// queries: three values and four slopes a side. It stops at the first that
// does not fit. (CM, isLinear of their program.)
func (l *wiggleLine) straight(e steps) (bool, error) {
	for _, low := range []float64{0, -1} {
		high, mid := low+1, low+0.5
		y, err := l.first(low, high, mid)
		if err != nil || math.Abs(y[2]-float64((y[0]+y[1])/2)) > e.straight {
			return false, err
		}
		near, err := l.first(low+e.line, high-e.line)
		if err != nil {
			return false, err
		}
		fromLow, fromHigh := (near[0]-y[0])/e.line, (y[1]-near[1])/e.line
		if math.Abs(fromLow-fromHigh) > e.straight {
			return false, nil
		}
		middle, err := l.first(mid-e.line, mid+e.line)
		if err != nil {
			return false, err
		}
		if math.Abs((y[2]-middle[0])/e.line-fromLow) > e.straight || math.Abs((middle[1]-y[2])/e.line-fromHigh) > e.straight {
			return false, nil
		}
	}
	return true, nil
}

// first is ask for the first output alone.
func (l *wiggleLine) first(ts ...float64) ([]float64, error) {
	y, err := l.ask(ts...)
	out := len(y) / len(ts)
	for i := range ts {
		y[i] = y[i*out]
	}
	return y[:len(ts)], err
}

// changes asks 3 queries for ‖f(x − move) − f(x)‖ and ‖f(x + move) − f(x)‖.
func (l *wiggleLine) changes() (minus, plus float64, err error) {
	y, err := l.ask(-1, 1, 0)
	if err != nil {
		return 0, 0, err
	}
	out := len(y) / 3
	linalg.Axpy(-1, y[2*out:], y[:out])
	linalg.Axpy(-1, y[2*out:], y[out:2*out])
	return linalg.Norm(y[:out]), linalg.Norm(y[out : 2*out]), nil
}

func (t *wiggleStep) Apply(results []json.RawMessage) (method.Step, error) {
	polls, err := decodeAll[poll](results)
	if err != nil {
		return nil, err
	}
	next := *t
	next.tally = slices.Clone(t.tally)
	for i, p := range polls {
		k := t.which[i]
		sum := &next.tally[k]
		sum.Plus += p.Plus
		sum.Minus += p.Minus
		if !t.again {
			sum.Lost = p.Lost
		}
		next.count(k)
	}
	if !t.again && t.a.Method.Samples == 0 && len(results) == len(t.which) {
		if s := next.second(); s != nil {
			return s, nil
		}
	}
	next.explain()
	return nil, nil
}

// count gives row k the sign that most votes say, and none where they tie. A
// neuron that stopped voting has none: F take its row for a wrong one.
func (t *wiggleStep) count(k int) {
	p, row := t.tally[k], &t.a.Rows[k]
	row.Sign, row.Confidence, row.Hard = 0, 0, true
	if p.Lost == "" && p.Plus != p.Minus {
		row.Sign = math.Copysign(1, float64(p.Plus-p.Minus))
		row.Confidence = float64(max(p.Plus, p.Minus)) / float64(p.Plus+p.Minus)
		row.Hard = hard(row.Confidence)
	}
}

// explain says why neurons have no sign.
func (t *wiggleStep) explain() {
	var open reasons
	for k, row := range t.a.Rows {
		why := "the queries ran out"
		switch p := t.tally[k]; {
		case row.Sign != 0:
			continue
		case p.Lost != "":
			why = p.Lost
		case p.Plus+p.Minus > 0:
			why = "its votes tie"
		}
		open.add(k, why)
	}
	open.tell(t.a)
}

// second votes once more on the least sure tenth of the neurons, at fresh
// points, and adds the votes up. (CM: neurons of low confidence are
// analysed again. F do not: they find that more votes do not help.)
func (t *wiggleStep) second() method.Step {
	var open []int
	for k := range t.a.Rows {
		if t.tally[k].Lost == "" && t.a.Rows[k].Confidence < 1 {
			open = append(open, k)
		}
	}
	slices.SortStableFunc(open, func(i, j int) int { return cmp.Compare(t.a.Rows[i].Confidence, t.a.Rows[j].Confidence) })
	open = open[:min(len(open), (len(t.a.Rows)+leastSure-1)/leastSure)]
	if len(open) == 0 {
		return nil
	}
	slices.Sort(open)
	next := *t
	next.which, next.again = open, true
	return &next
}

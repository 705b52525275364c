package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
)

// telling works out, from what is known of the next layer's rows, what a layer
// handed on. Its signs s_k were taken for granted; t_k = 1 says that one is wrong.
// Since relu(−s z) = relu(s z) − s z, the activations it has in truth are linear
// in what the next layer's rows were traced in,
//
//	h' = T a,  a = (h, what was handed on, 1),
//
// and so is a neuron that is always on, w·h_in. A row known by functionals
// ⟨ŵ, u_i⟩ = x_i has ŵ = Tᵀ ŵ', so that U Tᵀ ŵ' = x: what of x lies outside U times
// the known part of Tᵀ must be α U w, with the same w for all rows. (New here.)
type telling struct {
	l       *layer    // that handed something on
	found   []*neuron // its neurons
	missing int       // how many neurons it has besides
	rows    []*guess  // of the next layer
	width   int       // of a
	column  []int     // by input of l, where a has it, −1 for nowhere
	forced  []int     // inputs some weight of which passes straight through
	free    []int     // the others that were handed on
	unseen  []int     // those of them that act on nothing known of the rows
	// z is, by neuron, its pre-activation as a row over a, nil where its sign is known.
	z     [][]float64
	wrong []bool // t, by neuron
	on    int    // how many neurons may be always on
}

const (
	// toldWell is the part of a row, relative to it, that counts as nothing.
	toldWell = 1e-6
	// toldRank is the relative size below which a direction does not count.
	toldRank = 1e-5
	// leastSpare is how many numbers must vanish by themselves when all is right.
	leastSpare = 4
)

func newTelling(l *layer, rows []*guess, width int) *telling {
	t := &telling{l: l, found: l.real(), rows: rows, width: len(l.neurons) + 1}
	t.missing = width - len(t.found)
	t.wrong = make([]bool, len(t.found))
	for j := range t.found[0].W {
		t.column = append(t.column, l.column(j))
	}
	for _, n := range t.found {
		var z []float64
		switch c := slices.IndexFunc(l.neurons, func(p *neuron) bool { return p.of == n }); {
		case c >= 0:
			z = t.unit(c)
		case l.handsAll:
			z = t.inputs(n.W)
			z[t.width-1] = n.B
		}
		t.z = append(t.z, z)
	}
	for j, c := range t.column {
		switch {
		case c < 0:
		case slices.ContainsFunc(l.force, func(g force) bool { return g.input == j }):
			t.forced = append(t.forced, j)
		case slices.ContainsFunc(t.rows, func(g *guess) bool { return linalg.Norm(linalg.MulVec(g.U, t.unit(c))) > toldWell }):
			t.free = append(t.free, j)
		default:
			t.unseen = append(t.unseen, j)
		}
	}
	return t
}

func (t *telling) unit(c int) []float64 {
	u := make([]float64, t.width)
	u[c] = 1
	return u
}

// inputs is w·h_in as a row over what was handed on.
func (t *telling) inputs(w []float64) []float64 {
	row := make([]float64, t.width)
	for j, v := range w {
		if c := t.column[j]; c >= 0 {
			row[c] += v
		}
	}
	return row
}

// fixed returns U times the part of Tᵀ that does not depend on w, and a unit
// vector for each weight that passes straight through.
func (t *telling) fixed(g *guess) (f []float64, wide int) {
	var cols [][]float64
	for k, n := range t.found {
		e := t.unit(k)
		if t.wrong[k] {
			linalg.Axpy(-n.sign, t.z[k], e)
		}
		cols = append(cols, linalg.MulVec(g.U, e))
	}
	cols = append(cols, linalg.MulVec(g.U, t.unit(t.width-1)))
	for _, j := range t.forced {
		cols = append(cols, linalg.MulVec(g.U, t.unit(t.column[j])))
	}
	wide = len(cols)
	f = make([]float64, g.Rank()*wide)
	for c, col := range cols {
		for i, v := range col {
			f[i*wide+c] = v
		}
	}
	return f, wide
}

// rest returns what of a row's functionals, relative to their size, and of those
// of the inputs lies outside the fixed part: c, and G with a column for each.
func (t *telling) rest(g *guess) (c, in []float64, equations int) {
	f, wide := t.fixed(g)
	q := linalg.Factor(f, wide)
	r := q.Rank(float64(toldRank * q.Diag(0)))
	basis := q.Basis(r)
	k := g.Rank()
	without := func(v []float64) []float64 {
		for b := range r {
			row := basis[b*k:][:k]
			linalg.Axpy(-linalg.Dot(row, v), row, v)
		}
		return v
	}
	c = without(append([]float64(nil), g.A...))
	linalg.Scale(1/linalg.Norm(g.A), c)
	in = make([]float64, k*len(t.free))
	for b, j := range t.free {
		for i, v := range without(linalg.MulVec(g.U, t.unit(t.column[j]))) {
			in[i*len(t.free)+b] = v
		}
	}
	return c, in, k - r
}

// remainder is what of one row lies outside the fixed part.
type remainder struct {
	c, in     []float64 // the former of unit norm
	size      float64   // of it before that
	equations int
}

// beyond is what contradicts the signs as they are: of a layer without a neuron
// that is always on, or of one with at most so many of those, whose weights of the
// free inputs span the rows of w.
func (t *telling) beyond(most int) (off float64, w []float64) {
	var left []remainder
	spare := 0
	for _, g := range t.rows {
		c, in, equations := t.rest(g)
		size := linalg.Norm(c)
		off = max(off, size)
		if size <= toldWell {
			spare += equations
			continue
		}
		linalg.Scale(1/size, c)
		left = append(left, remainder{c: c, in: in, size: size, equations: equations})
	}
	if off <= toldWell || most == 0 || len(t.free) < 2 {
		return off, nil
	}
	var x float64
	if most == 1 {
		x, w = t.single(left, spare)
	} else {
		x, w = t.several(left, spare, most)
	}
	if w == nil {
		return off, nil
	}
	return min(off, x), w
}

// split splits G (k×d) into what is orthogonal to c and c·G.
func (r *remainder) split(d int) (beside, along []float64) {
	along = make([]float64, d)
	for i, v := range r.c {
		linalg.Axpy(v, r.in[i*d:][:d], along)
	}
	beside = slices.Clone(r.in)
	for i, v := range r.c {
		linalg.Axpy(-v, along, beside[i*d:][:d])
	}
	return beside, along
}

// single finds the w with c ∥ G w for every row, which may be known in part: what of
// G w is orthogonal to c vanishes.
func (t *telling) single(left []remainder, spare int) (off float64, w []float64) {
	d := len(t.free)
	var all, along []float64
	for _, r := range left {
		in, cg := r.split(d)
		all, along = append(all, in...), append(along, cg...)
		spare += r.equations - 1
	}
	if len(all) < d*d || spare-(d-1) < leastSpare {
		return 0, nil
	}
	svd := linalg.Decompose(all, d)
	if svd.S[d-2] <= float64(toldRank*svd.S[0]) { // more than one would do
		return 0, nil
	}
	w = make([]float64, d)
	for b := range d {
		w[b] = svd.V[b*svd.K+d-1]
	}
	for i := 0; i < len(along); i += d {
		if math.Abs(linalg.Dot(along[i:][:d], w)) <= toldRank { // it explains nothing of this row
			return 0, nil
		}
	}
	return svd.S[d-1] / svd.S[0], w
}

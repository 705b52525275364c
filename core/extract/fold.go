package extract

import (
	"math"

	"peel/core/linalg"
)

// overruled is how far beyond the known part of a row a weight is set that only
// has to keep its neuron on one side; a bias that has to keep it on likewise.
const overruled = 64

// fold puts what the layers handed on back into the victim's shape, the last
// layer first, and gives the weights that only have to keep a neuron off a size
// that does.
func (s *State) fold() {
	if s.folded {
		return
	}
	s.folded = true
	for i := len(s.layers) - 1; i >= 1; i-- {
		l := s.layers[i]
		s.foldLayer(l, s.readers(i))
		for _, f := range l.force {
			if n := l.neurons[f.neuron]; !f.on {
				n.W[f.input] = float64(-n.sign * overruled)
			}
		}
	}
}

// reader is a row of the next layer: its weights of a layer's neurons, those
// handed on included.
type reader struct {
	w     []float64
	knows func(j int) bool // whether a weight was measured
	// put replaces the weights and adds to the bias.
	put func(w []float64, b float64)
}

// readers returns the rows that read layer i, counted from 0.
func (s *State) readers(i int) []reader {
	var out []reader
	if i+1 < len(s.layers) {
		for _, n := range s.layers[i+1].real() {
			out = append(out, reader{w: n.W, knows: n.dim, put: func(w []float64, b float64) { n.W, n.B = w, n.B+b }})
		}
	} else if i+1 == s.hidden() && s.out != nil {
		for o, w := range s.out.w {
			out = append(out, reader{w: w, knows: func(int) bool { return true }, put: func(w []float64, b float64) { s.out.w[o] = w; s.out.b[o] += b }})
		}
	}
	return out
}

func (s *State) foldLayer(l *layer, readers []reader) {
	found := l.real()
	passed := l.neurons[len(found):]
	if len(passed) == 0 {
		return
	}
	f := folding{s: s, l: l, found: found, readers: readers, bias: make([]float64, len(readers))}
	for c, p := range passed {
		if p.of != nil {
			f.decide(p.of, len(found)+c)
		}
	}
	if l.handsAll {
		f.constant()
	} else {
		f.share(nil, nil)
	}
	for m, r := range readers {
		w := append([]float64(nil), r.w[:len(found)]...)
		for q := range f.on {
			w = append(w, f.alpha[m][q])
		}
		r.put(w, f.bias[m])
	}
	l.neurons = append(found[:len(found):len(found)], f.on...)
}

// folding is the work on one layer.
type folding struct {
	s       *State
	l       *layer
	found   []*neuron
	readers []reader
	bias    []float64   // by reader, what its bias changes by
	on      []*neuron   // recovered though they never switch
	alpha   [][]float64 // by reader, its weights of those
}

// column returns where the readers have input j of the layer, −1 if nowhere.
func (f *folding) column(j int) int {
	for c, p := range f.l.neurons[len(f.found):] {
		if p.of == nil && p.W[j] == 1 {
			return len(f.found) + c
		}
	}
	return -1
}

// decide tells the sign of a neuron whose z was handed on as column col: the
// readers have A relu(s z) + B z, with B = 0 if s is right and B = −s A if not.
func (f *folding) decide(n *neuron, col int) {
	k := 0
	for f.found[k] != n {
		k++
	}
	ab, aa, bb := 0.0, 0.0, 0.0
	for _, r := range f.readers {
		if !r.knows(col) {
			continue
		}
		b := r.w[col]
		bb += float64(b * b)
		if r.knows(k) {
			ab -= float64(n.sign * r.w[k] * b)
			aa += float64(r.w[k] * r.w[k])
		}
	}
	switch t := ab / aa; {
	case aa > 0 && math.Abs(t) < clearTerm:
	case aa > 0 && math.Abs(t-1) < clearTerm:
		n.sign = -n.sign
	case !(aa > 0) && len(f.readers) > 0 && bb < clearTerm*clearTerm: // it is off wherever it was seen
	default:
		return
	}
	f.settled(k)
}

// settled takes the sign of a neuron for known.
func (f *folding) settled(k int) {
	if n := f.found[k]; n.assumed {
		n.assumed = false
		f.s.emit(Event{Type: "signed", Layer: f.l.index, Neuron: k, Confidence: 1})
	}
}

// clearTerm is how far from 0 or 1 a number may be that must be one of them.
const clearTerm = 1e-2

// constant tells apart what a layer that handed on all its inputs has in its
// readers: with A_mk the weight of neuron k and M_mj that of input j,
//
//	M = α wᵀ − Σ_k s_k t_k A_k w_kᵀ,   t_k ∈ {0, 1},
//
// where w are neurons that are always on and t_k = 1 for those whose sign s_k is
// wrong. Inputs x in which no known neuron moves show α alone: M x = α wᵀx. What
// is orthogonal to α then is linear in the t_k.
func (f *folding) constant() {
	l, n := f.l, len(f.found)
	rows, cols := f.usable()
	if len(rows) == 0 || len(cols) <= n {
		f.s.warn("layer %d: what passes straight through it could not be told", l.index)
		f.share(nil, nil)
		return
	}
	a, m := f.weights(rows, cols)
	w := f.rows(cols)
	still := still(w, len(cols))
	top := linalg.Decompose(linalg.Mul(m, len(cols), still, len(cols)-n), len(cols)-n)
	rank := 0
	for rank < top.K && top.S[rank] > float64(clearRank*math.Sqrt(float64(len(rows)))) {
		rank++
	}
	if rank == len(rows) && rank <= f.s.width(l.index)-n {
		f.bounded(rows, cols)
		return
	}
	if rank > f.s.width(l.index)-n {
		f.s.warn("layer %d: what passes straight through it has rank %d, and %d neurons are missing", l.index, rank, f.s.width(l.index)-n)
		f.share(nil, nil)
		return
	}
	f.flip(top, rank, a, m, w, len(cols))
	f.divide(rows, cols, rank)
}

// divide takes what the layer hands on, with the right signs, for α wᵀ.
func (f *folding) divide(rows, cols []int, rank int) {
	if rank == 0 {
		f.share(nil, nil)
		return
	}
	_, m := f.weights(rows, cols)
	svd := linalg.Decompose(m, len(cols))
	v := make([]float64, rank*len(cols))
	for q := range rank {
		for j := range cols {
			v[q*len(cols)+j] = svd.V[j*svd.K+q]
		}
	}
	f.share(f.s.mix(f.l, v, cols), cols)
}

// clearRank is the part of a row, relative to it, that counts as something.
const clearRank = 1e-6

// usable returns the readers that know all their weights of the layer, and the
// inputs that no unknown weight of the layer's own passes on.
func (f *folding) usable() (rows, cols []int) {
	unknown := map[int]bool{}
	for _, g := range f.l.force {
		unknown[g.input] = true
	}
	for j := range f.found[0].W {
		if !unknown[j] {
			cols = append(cols, j)
		}
	}
	for m, r := range f.readers {
		ok := true
		for k := range f.found {
			ok = ok && r.knows(k)
		}
		for _, j := range cols {
			ok = ok && r.knows(f.column(j))
		}
		if ok {
			rows = append(rows, m)
		}
	}
	return rows, cols
}

// weights returns A and M for some readers and inputs, M less what follows from
// signs known to be wrong.
func (f *folding) weights(rows, cols []int) (a, m []float64) {
	for _, r := range rows {
		a = append(a, f.readers[r].w[:len(f.found)]...)
		for _, j := range cols {
			m = append(m, f.readers[r].w[f.column(j)])
		}
	}
	return a, m
}

// rows returns the layer's weights of some inputs.
func (f *folding) rows(cols []int) []float64 {
	var w []float64
	for _, n := range f.found {
		for _, j := range cols {
			w = append(w, n.W[j])
		}
	}
	return w
}

// still returns a basis (d×k) of the directions in which none of the rows
// (n×d, n < d) moves.
func still(w []float64, d int) []float64 {
	n := len(w) / d
	q := linalg.Factor(linalg.Transpose(w, d), n)
	q.Basis(n)
	// The complement of the row space: the identity less its projection.
	p := identity(d)
	basis := q.Basis(n) // n×d
	for i := range d {
		for b := range n {
			linalg.Axpy(-basis[b*d+i], basis[b*d:][:d], p[i*d:][:d])
		}
	}
	svd := linalg.Decompose(p, d)
	k := d - n
	out := make([]float64, d*k)
	for i := range d {
		copy(out[i*k:][:k], svd.U[i*svd.K:][:k])
	}
	return out
}

// flip turns the signs that the readers show to be wrong, and takes their part
// out of what is handed on.
func (f *folding) flip(top linalg.SVD, rank int, a, m, w []float64, d int) {
	n := len(f.found)
	// Without α: Q A and Q M, Q = I − α αᵀ.
	for q := range rank {
		u := make([]float64, len(a)/n)
		for i := range u {
			u[i] = top.U[i*top.K+q]
		}
		without(u, a, n)
		without(u, m, d)
	}
	// Q M = Σ_k t_k (−s_k Q A_k w_kᵀ) by least squares, every entry an equation.
	eq := make([]float64, 0, len(m)*n)
	for i := range len(a) / n {
		for j := range d {
			for k, u := range f.found {
				eq = append(eq, float64(-u.sign*float64(a[i*n+k]*w[k*d+j])))
			}
		}
	}
	q := linalg.Factor(eq, n)
	x, _ := q.Solve(m, q.Rank(float64(1e-9*q.Diag(0))))
	for k, u := range f.found {
		switch t := x[k]; {
		case math.Abs(t) < clearTerm:
		case math.Abs(t-1) < clearTerm:
			f.turn(k)
		default:
			if u.assumed {
				continue
			}
			f.s.warn("layer %d: the sign of neuron %d does not follow from what the next layer shows (%.2f)", f.l.index, k+1, t)
			continue
		}
		f.settled(k)
	}
}

// without removes its part along the unit vector u from every column of a (m×n).
func without(u, a []float64, n int) {
	for k := range n {
		dot := 0.0
		for i, v := range u {
			dot += float64(v * a[i*n+k])
		}
		for i, v := range u {
			a[i*n+k] -= float64(dot * v)
		}
	}
}

// turn gives neuron k the other sign: relu(s z) = relu(−s z) + s z, whose linear
// part goes to what is handed on.
func (f *folding) turn(k int) {
	u := f.found[k]
	for m, r := range f.readers {
		for j, v := range u.W {
			if c := f.column(j); c >= 0 {
				r.w[c] += float64(u.sign * r.w[k] * v)
			}
		}
		f.bias[m] += float64(u.sign * r.w[k] * u.B)
	}
	u.sign = -u.sign
	for i := range f.l.force {
		if g := &f.l.force[i]; g.neuron == k {
			g.on = !g.on
		}
	}
}

// share gives every reader its weights of the neurons that are always on, whose
// rows v are known for the inputs in cols, and the weights that pass through
// the layer to the neurons they belong to:
//
//	M_mj = Σ_q α_mq v_qj + Σ_k A_mk s_k δ_kj.
func (f *folding) share(v []float64, cols []int) {
	rank := 0
	if len(cols) > 0 {
		rank = len(v) / len(cols)
	}
	d := len(f.found[0].W)
	f.alpha = make([][]float64, len(f.readers))
	for m, r := range f.readers {
		f.alpha[m] = make([]float64, rank)
		var a, rhs []float64
		for c, j := range cols {
			if col := f.column(j); r.knows(col) {
				for q := range rank {
					a = append(a, v[q*len(cols)+c])
				}
				rhs = append(rhs, r.w[col])
			}
		}
		if rank > 0 && len(rhs) >= rank {
			x, _ := linalg.Factor(a, rank).Solve(rhs, rank)
			copy(f.alpha[m], x)
		}
	}
	for q := range rank {
		row := make([]float64, d)
		for c, j := range cols {
			row[j] = v[q*len(cols)+c]
		}
		u := &neuron{sign: 1, folded: true, kept: true}
		if u.W = row; f.l.deep != nil {
			u.part = &guess{Fragment: *wholeFragment(row, 0)}
		}
		f.on = append(f.on, u)
	}
	for j := range d {
		f.passed(j)
	}
	for q, u := range f.on {
		u.B = f.s.keepOn(f.l, u.W)
		for m := range f.readers {
			f.bias[m] -= float64(f.alpha[m][q] * u.B)
		}
		f.s.emit(Event{Type: "found", Layer: f.l.index, Neuron: len(f.found) + q})
		f.s.emit(Event{Type: "completed", Layer: f.l.index, Neuron: len(f.found) + q})
		f.s.emit(Event{Type: "signed", Layer: f.l.index, Neuron: len(f.found) + q, Confidence: 1})
	}
}

// passed solves for the weights of input j that pass through known neurons, and
// for those of the neurons that are always on, where they were not known.
func (f *folding) passed(j int) {
	var of []int
	seen := false
	for _, g := range f.l.force {
		if seen = seen || g.input == j; g.input == j && g.on {
			of = append(of, g.neuron)
		}
	}
	col := f.column(j)
	if !seen || col < 0 || len(of)+len(f.on) == 0 {
		return
	}
	wide := len(f.on) + len(of)
	var a, rhs []float64
	for m, r := range f.readers {
		ok := r.knows(col)
		row := append([]float64(nil), f.alpha[m]...)
		for _, k := range of {
			ok = ok && r.knows(k)
			row = append(row, float64(r.w[k]*f.found[k].sign))
		}
		if ok {
			a, rhs = append(a, row...), append(rhs, r.w[col])
		}
	}
	if len(rhs) < wide {
		f.s.warn("layer %d: what passes straight through it could not be told", f.l.index)
		return
	}
	q := linalg.Factor(a, wide)
	rank := wide
	for rank > 0 && q.Diag(rank-1) <= float64(1e-9*q.Diag(0)) {
		rank--
	}
	x, _ := q.Solve(rhs, rank)
	for i, u := range f.on {
		u.W[j] = x[i]
	}
	for i, k := range of {
		f.found[k].W[j] += x[len(f.on)+i]
	}
}

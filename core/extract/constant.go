package extract

import (
	"math"

	"peel/core/linalg"
)

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

package extract

import "peel/core/linalg"

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
// for those of the neurons that are always on, where they were not known. Where the
// readers show fewer combinations of them than there are, the shortest solution is
// taken: any does the same.
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
	if len(rhs) == 0 {
		f.s.warn("layer %d: what passes straight through it could not be told", f.l.index)
		return
	}
	svd := linalg.Decompose(a, wide)
	x, _ := svd.Solve(rhs, passedRank)
	for i, u := range f.on {
		u.W[j] = x[i]
		u.passed = append(u.passed, j)
	}
	for i, k := range of {
		n := f.found[k]
		n.W[j] += x[len(f.on)+i]
		n.passed = append(n.passed, j)
	}
}

// passedRank is the size, relative to the largest, of a combination that does not
// show.
const passedRank = 1e-9

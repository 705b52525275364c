package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
)

// through solves for the weights of the forced inputs: w_j of neurons that are
// always on, whose weights of the free inputs are the rows of w, and δ_kj of those
// that are on wherever the input is. A row's weight of input j is
// Σ α w_j + Σ_k A_k s_k δ_kj. The inputs for which too few rows tell are the rest.
func (t *telling) through(l *layer, w []float64) (on [][]float64, rest []int) {
	if len(w) > 0 {
		on = make([][]float64, len(w)/len(t.free))
		rest = slices.Clone(t.unseen)
	}
	for q := range on {
		on[q] = make([]float64, len(t.found[0].W))
		for b, j := range t.free {
			on[q][j] = w[q*len(t.free)+b]
		}
	}
	n := len(t.found)
	for q, j := range t.forced {
		var of []int
		for _, g := range l.force {
			if g.input == j && g.on {
				of = append(of, g.neuron)
			}
		}
		wide := len(of) + len(on)
		if wide == 0 {
			continue
		}
		var a, rhs []float64
		for _, g := range t.rows {
			x, known := t.weights(g, w)
			row := make([]float64, 0, wide)
			all := known(n + 1 + q)
			for _, k := range of {
				row, all = append(row, float64(x[k]*l.neurons[k].sign)), all && known(k)
			}
			for c := len(x) - len(on); c < len(x); c++ {
				row, all = append(row, x[c]), all && known(c)
			}
			if all {
				a, rhs = append(a, row...), append(rhs, x[n+1+q])
			}
		}
		if len(rhs) < wide {
			rest = append(rest, j)
			continue
		}
		f := linalg.Factor(a, wide)
		if f.Rank(float64(toldRank*f.Diag(0))) < wide {
			rest = append(rest, j)
			continue
		}
		x, _ := f.Solve(rhs, wide)
		for i, k := range of {
			l.neurons[k].W[j] += x[i]
		}
		for q := range on {
			on[q][j] = x[len(of)+q]
		}
	}
	return on, rest
}

// weights solves for a row in what is known: the neurons found, the bias, the
// forced inputs, and the neurons with weights w.
func (t *telling) weights(g *guess, w []float64) (x []float64, known func(c int) bool) {
	f, wide := t.fixed(g)
	for ; len(w) > 0; w = w[len(t.free):] {
		e := make([]float64, t.width)
		for b, j := range t.free {
			e[t.column[j]] = w[b]
		}
		col := linalg.MulVec(g.U, e)
		full := make([]float64, 0, len(col)*(wide+1))
		for i, v := range col {
			full = append(append(full, f[i*wide:][:wide]...), v)
		}
		f, wide = full, wide+1
	}
	svd := linalg.Decompose(f, wide)
	x, rank := svd.Solve(g.A, toldRank)
	return x, func(c int) bool {
		in := 0.0
		for q := range rank {
			in += float64(svd.V[c*svd.K+q] * svd.V[c*svd.K+q])
		}
		return math.Abs(1-in) < toldWell
	}
}

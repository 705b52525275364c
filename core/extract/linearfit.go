package extract

import (
	"math"

	"peel/core/sign"
)

// linearLeast is the part of the equations that must hold in the end.
const linearLeast = 0.6

// fit solves the equations of the layer in the sum of absolute values, by
// reweighted least squares, then by least squares those that hold. It reports
// whether enough of them do.
func (t *linear) fit(spots []spot) bool {
	a, rhs, length, n := t.system(spots)
	if n == 0 {
		return false
	}
	_, miss := leastAbsolute(a, rhs, t.wide, n, 1, linearRank)
	weight := make([]float64, n)
	held := 0
	for i, v := range miss {
		if v <= linearSigma {
			weight[i] = 1
			held++
		}
	}
	if float64(held) < float64(linearLeast*float64(n)) || held < t.wide {
		return false
	}
	w := solveWeighted(a, rhs, t.wide, weight, linearRank)
	t.take(w.q, w.rank, w.x, w.a, length)
	return true
}

// told returns the signs that the linear part of the answers tells. Only inputs
// count of which nothing is open, and only neurons that these show.
func (t *linear) told() (signs []float64, margin float64) {
	var a, r []float64
	plus := make([]float64, t.m)
	none := t.balance(t.x, plus, 1)
	size := 0.0
	column := make([]float64, t.m)
	var rows [][]float64
	for k := range t.m {
		rows = append(rows, t.row(k, t.x, 1))
	}
	for o := range t.dout {
		for i := range t.d {
			if !t.clean(o, i) {
				continue
			}
			for k := range t.m {
				v := float64(t.jump(o, k) * rows[k][i])
				a = append(a, v)
				size = max(size, math.Abs(v))
				column[k] += float64(v * v)
			}
			r = append(r, none[o*t.d+i])
		}
	}
	var shown []int
	for k := range t.m {
		if math.Sqrt(column[k]) > float64(leastShown*size) {
			shown = append(shown, k)
		}
	}
	if len(shown) == 0 {
		return nil, 0
	}
	var b []float64
	for i := range r {
		for _, k := range shown {
			b = append(b, a[i*t.m+k])
		}
	}
	for tol := linearError; tol <= coarsestSign; tol *= 8 {
		e, margin, ok := sign.Bits(b, r, len(shown), tol)
		if !ok {
			continue
		}
		signs = make([]float64, t.m)
		for i, k := range shown {
			signs[k] = float64(2*e[i]) - 1
		}
		return signs, margin
	}
	return nil, 0
}

const (
	// leastShown is the size of a neuron's part of the linear part, relative to the
	// largest, below which it is not told.
	leastShown = 1e-5
	// coarsestSign is the largest error, relative to the largest part, at which
	// signs are told.
	coarsestSign = 1e-5
)

// clean reports whether the equations decide weight i of every row and of the
// linear part of output o.
func (t *linear) clean(o, i int) bool {
	for j := 0; j < len(t.null); j += t.wide {
		v := t.null[j:][:t.wide]
		if math.Abs(v[t.block(o)+t.m+i]) > linearRank {
			return false
		}
		for k := range t.m {
			for b := range len(t.free[k]) / (t.d + 1) {
				if math.Abs(float64(v[t.first[k]+b]*t.free[k][b*(t.d+1)+i])) > linearRank {
					return false
				}
			}
		}
	}
	return true
}

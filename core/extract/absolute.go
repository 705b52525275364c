package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
)

// absoluteRounds is how often equations are weighed anew.
const absoluteRounds = 24

// leastAbsolute minimises Σ |a_i·x − b_i| over the first n equations, with the
// squares of the rest, by reweighted least squares: a few wrong equations do not
// bend x. Errors below floor count as none. It also returns those errors.
func leastAbsolute(a, b []float64, wide, n int, floor, rank float64) (x, miss []float64) {
	weight, miss := make([]float64, n), make([]float64, n)
	for i := range weight {
		weight[i] = 1
	}
	for range absoluteRounds {
		x = solveWeighted(a, b, wide, weight, rank).x
		for i := range miss {
			miss[i] = math.Abs(b[i] - linalg.Dot(a[i*wide:][:wide], x))
			weight[i] = 1 / math.Sqrt(max(floor, miss[i]))
		}
	}
	return x, miss
}

// weighed are equations a, the first of which were multiplied by weights, and
// their solution x by least squares.
type weighed struct {
	a    []float64
	q    *linalg.QR
	rank int
	x    []float64
}

// solveWeighted solves weighted equations, as far as they decide x: by pivots above rank
// times the largest.
func solveWeighted(a, b []float64, wide int, weight []float64, rank float64) weighed {
	w := weighed{a: slices.Clone(a)}
	f := slices.Clone(b)
	for i, v := range weight {
		linalg.Scale(v, w.a[i*wide:][:wide])
		f[i] *= v
	}
	w.q = linalg.Factor(w.a, wide)
	w.rank = w.q.Rank(float64(rank * w.q.Diag(0)))
	w.x, _ = w.q.Solve(f, w.rank)
	return w
}

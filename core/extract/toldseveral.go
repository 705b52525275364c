package extract

import (
	"slices"

	"peel/core/linalg"
)

// several finds the span W (most×d) of the weights of neurons that are always on,
//
//	c ∈ G W  for every row,
//
// which may be known in part. What of G W is orthogonal to c has rank most − 1 then, so
// that all its minors of that many rows vanish: they are linear in the minors of W, its
// Plücker coordinates. Only the span can be told: any basis of it that is positive
// wherever inputs reach makes the same function. (New here.)
func (t *telling) several(left []remainder, spare, most int) (off float64, w []float64) {
	d := len(t.free)
	sets := subsets(d, most)
	if d <= most || len(sets) > mostMinors {
		return 0, nil
	}
	var m []float64
	for _, r := range left {
		m = append(m, r.minors(d, most, sets)...)
	}
	if len(m) < len(sets)*len(sets) {
		return 0, nil
	}
	q := linalg.Factor(m, len(sets))
	p, size := q.Smallest()
	off = size / q.Diag(0)
	if w = spanOf(p, d, most, sets); w == nil {
		return 0, nil
	}
	if off > toldWell {
		return off, w
	}
	for _, r := range left {
		miss, rank := r.outside(w, d)
		off = max(off, miss)
		spare += r.equations - rank
	}
	if spare-most*(d-most) < leastSpare {
		return 0, nil
	}
	return off, w
}

// mostMinors is up to how many minors are solved for.
const mostMinors = 128

// subsets lists the subsets of k of n numbers.
func subsets(n, k int) [][]int {
	if k == 0 {
		return [][]int{nil}
	}
	var out [][]int
	for last := k - 1; last < n; last++ {
		for _, s := range subsets(last, k-1) {
			out = append(out, append(slices.Clone(s), last))
		}
	}
	return out
}

// minors returns, for every choice of k rows of what of G is orthogonal to c, its
// minors for the sets of columns: times those of W, they sum to 0.
func (r *remainder) minors(d, k int, sets [][]int) []float64 {
	in, _ := r.split(d)
	svd := linalg.Decompose(in, d)
	rank := 0
	for rank < svd.K && svd.S[rank] > toldRank {
		rank++
	}
	g := make([]float64, rank*d) // the same up to a rotation
	for i := range rank {
		for b := range d {
			g[i*d+b] = float64(svd.S[i] * svd.V[b*svd.K+i])
		}
	}
	var out []float64
	a := make([]float64, k*k)
	for _, rows := range subsets(rank, k) {
		for _, cols := range sets {
			for i, row := range rows {
				for j, col := range cols {
					a[i*k+j] = g[row*d+col]
				}
			}
			out = append(out, determinant(a, k))
		}
	}
	return out
}

// determinant expands along the first row.
func determinant(a []float64, k int) float64 {
	switch k {
	case 1:
		return a[0]
	case 2: // nearly all are
		return float64(a[0]*a[3]) - float64(a[1]*a[2])
	}
	sum, sign := 0.0, 1.0
	for c := range k {
		var sub []float64
		for i := 1; i < k; i++ {
			sub = append(append(sub, a[i*k:][:c]...), a[i*k+c+1:][:k-c-1]...)
		}
		sum += float64(sign * a[c] * determinant(sub, k-1))
		sign = -sign
	}
	return sum
}

// spanOf returns a basis (k×d) of the space with these Plücker coordinates, nil if
// there is none.
func spanOf(p []float64, d, k int, sets [][]int) []float64 {
	less := subsets(d, k-1)
	m := make([]float64, d*len(less)) // every column lies in it
	for c, sub := range less {
		for i, set := range sets {
			for at, a := range set {
				if slices.Equal(slices.Delete(slices.Clone(set), at, at+1), sub) {
					v := p[i]
					if at%2 == 1 {
						v = -v
					}
					m[a*len(less)+c] = v
				}
			}
		}
	}
	svd := linalg.Decompose(m, len(less))
	if svd.S[k-1] <= float64(toldRank*svd.S[0]) {
		return nil
	}
	w := make([]float64, k*d)
	for q := range k {
		for b := range d {
			w[q*d+b] = svd.U[b*svd.K+q]
		}
	}
	return w
}

// outside is the part of c outside G W, which has that rank.
func (r *remainder) outside(w []float64, d int) (miss float64, rank int) {
	k := len(w) / d
	gw := linalg.Mul(r.in, d, linalg.Transpose(w, d), k)
	q := linalg.Factor(gw, k)
	rank = q.Rank(float64(toldRank * q.Diag(0)))
	_, miss = q.Solve(r.c, rank)
	return miss, rank
}

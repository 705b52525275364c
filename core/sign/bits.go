package sign

import (
	"math"
	"slices"

	"peel/core/linalg"
)

const (
	// maxFree is the most unknowns that the equations may leave open: lists of
	// 2^(maxFree/2) numbers are searched.
	maxFree = 36
	// chance is how likely a solution may come about by chance, as a natural
	// logarithm.
	chance = -14
)

// Bits solves A e = r for e ∈ {0,1}^m, where A (n×m) may have fewer equations
// than unknowns. tol is the error of entries relative to the longest column.
//
// With rank ρ, ρ entries follow from the m − ρ others, of which all 2^(m−ρ)
// choices are looked at, in two halves: the entries that follow are whole
// numbers, so what the two halves add to the first of them has the same
// fractional part, and sorting finds such pairs (Horowitz and Sahni 1974, for
// subset sums). There is no solution, ok = false, when none fits, when too many
// entries are open, or when so many choices would fit one by chance.
//
// margin is the distance of the worst entry from 0 or 1.
func Bits(a, r []float64, m int, tol float64) (e []float64, margin float64, ok bool) {
	long := 0.0
	columns := linalg.Transpose(a, m)
	n := len(r)
	for k := range m {
		long = max(long, linalg.Norm(columns[k*n:][:n]))
	}
	if long == 0 {
		return nil, 0, false
	}
	q := linalg.Factor(a, m)
	rank := q.Rank(float64(max(1e-9, 16*tol) * long))
	if rank == 0 || m-rank > maxFree {
		return nil, 0, false
	}
	eps := float64(float64(64*tol) * (long / q.Diag(rank-1)))
	if eps > 0.2 || float64(float64(m-rank)*math.Ln2)+float64(float64(rank)*math.Log(4*eps)) > chance {
		return nil, 0, false
	}
	// The entries that follow are base − Σ e_f drop_f over the free f.
	bound, free := q.Perm[:rank], q.Perm[rank:]
	pick := func(b []float64) []float64 {
		x, _ := q.Solve(b, rank)
		out := make([]float64, rank)
		for i, k := range bound {
			out[i] = x[k]
		}
		return out
	}
	base := pick(r)
	drop := make([][]float64, len(free))
	for i, f := range free {
		drop[i] = pick(columns[f*n:][:n])
	}
	half := len(free) / 2
	left := sums(drop[:half], 0)
	right := sums(drop[half:], base[0])
	order := make([]int, len(left))
	for i := range order {
		order[i] = i
		left[i] = -left[i]
		left[i] -= math.Floor(left[i])
	}
	slices.SortFunc(order, func(i, j int) int {
		if left[i] != left[j] {
			if left[i] < left[j] {
				return -1
			}
			return 1
		}
		return i - j
	})
	e = make([]float64, m)
	try := func(i, j int) bool {
		x := slices.Clone(base)
		set := uint64(i) | uint64(j)<<half
		for f := range free {
			e[free[f]] = float64(set >> f & 1)
			linalg.Axpy(-e[free[f]], drop[f], x)
		}
		margin = 0
		for b, v := range x {
			near := math.Round(v)
			if near != 0 && near != 1 || math.Abs(v-near) > eps {
				return false
			}
			margin = max(margin, math.Abs(v-near))
			e[bound[b]] = math.Abs(near) // never −0
		}
		rest := linalg.MulVec(a, e)
		linalg.Axpy(-1, r, rest)
		return linalg.Norm(rest) <= float64(64*tol*long)*math.Sqrt(float64(n))
	}
	for j, v := range right {
		// left + right must be whole: right ≡ −left.
		v -= math.Floor(v)
		for _, t := range []float64{v, v - 1, v + 1} {
			from, _ := slices.BinarySearchFunc(order, t-eps, func(i int, t float64) int {
				if left[i] < t {
					return -1
				}
				return 1
			})
			for ; from < len(order) && left[order[from]] <= t+eps; from++ {
				if try(order[from], j) {
					return e, margin, true
				}
			}
		}
	}
	return nil, 0, false
}

// sums returns first − Σ x_f[0] over every set of x.
func sums(x [][]float64, first float64) []float64 {
	out := make([]float64, 1<<len(x))
	out[0] = first
	for f, v := range x {
		for i := range 1 << f {
			out[1<<f|i] = out[i] - v[0]
		}
	}
	return out
}

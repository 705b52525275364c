package signature

import (
	"math"

	"peel/core/linalg"
)

// Evidence is a set of measured functionals of one augmented row ŵ ∈ R^N,
//
//	⟨u_j, ŵ⟩ = a_j ± σ_j,
//
// as the rows (u_j, a_j)/σ_j of a least-squares problem.
type Evidence struct {
	N int
	M []float64 // m×(N+1)
}

// Add adds ⟨u, ŵ⟩ = a ± sigma.
func (e *Evidence) Add(u []float64, a, sigma float64) {
	for _, v := range u {
		e.M = append(e.M, v/sigma)
	}
	e.M = append(e.M, a/sigma)
}

// Merge adds what g says of a row of another scale, ŵ = s·ŵ_g.
func (e *Evidence) Merge(g *Evidence, s float64) {
	for j := 0; j < len(g.M); j += g.N + 1 {
		for _, v := range g.M[j : j+g.N] {
			e.M = append(e.M, v/math.Abs(s))
		}
		e.M = append(e.M, math.Copysign(g.M[j+g.N], float64(s*g.M[j+g.N])))
	}
}

// Compress replaces the equations by as many as there are unknowns, with the
// same solution and the same certainty: the triangle of a QR factorisation.
func (e *Evidence) Compress() {
	n := e.N + 1
	if len(e.M) <= n*n {
		return
	}
	q := linalg.Factor(e.M, n)
	e.M = q.Triangle()
}

// Forget leaves out what the equations say of entry j of the row; what they say
// of the others whatever entry j is stays.
func (e *Evidence) Forget(j int) {
	n := e.N + 1
	if len(e.M) == 0 {
		return
	}
	gather(e.M, n, j)
	e.M = e.M[n:]
	for i := j; i < len(e.M); i += n {
		e.M[i] = 0
	}
}

// Outlier returns the equation that agrees least with the others: which one, by
// how many σ it misses what they say, and how many times more that is than they
// miss each other by. With residuals r, leverages h_j and S = ‖r‖² of the fit f
// of m equations to k unknowns, it is the one for which
//
//	g_j = r_j²/(1 − h_j)
//
// is largest: S falls by g_j when it is left out, and its miss is √g_j/√(1 − h_j)
// among errors of √((S − g_j)/(m − k − 1)), but not less than 1 (the deleted
// residuals of Belsley, Kuh and Welsch, Regression Diagnostics, 1980). A single
// equation far off can shift a fit so much that its own residual looks like any
// other; g_j shows it. An equation that alone tells something has no miss. j is
// −1 when there are too few equations to tell.
func (e *Evidence) Outlier(f *Fragment) (j int, miss, times float64) {
	k := f.Rank()
	a := e.rows(f)
	m := len(a) / max(k, 1)
	if m < k+2 {
		return -1, 0, 0
	}
	q := linalg.Factor(a, k)
	basis := q.Basis(k)
	row := f.Row()
	sum, most := 0.0, 0.0
	j = -1
	for i := range m {
		eq := e.M[i*(e.N+1):][:e.N+1]
		r := linalg.Dot(row, eq[:e.N]) - eq[e.N]
		free := 1.0
		for c := range k {
			free -= float64(basis[c*m+i] * basis[c*m+i])
		}
		sum += float64(r * r)
		if free < alone {
			continue
		}
		if g := float64(r*r) / free; g > most {
			j, most, miss = i, g, math.Sqrt(g/free)
		}
	}
	spread := math.Sqrt(max(1, (sum-most)/float64(m-k-1)))
	return j, miss, math.Sqrt(most) / spread
}

// alone is the part of an equation, squared, that the others must say too for it
// to be checked by them.
const alone = 1e-4

// Misfit is the root mean square by which the equations miss the fit f, in σ and
// for each that is not needed to determine it: about 1 when the σ are right.
func (e *Evidence) Misfit(f *Fragment) float64 {
	row := f.Row()
	sum := 0.0
	for j := 0; j < len(e.M); j += e.N + 1 {
		r := linalg.Dot(row, e.M[j:j+e.N]) - e.M[j+e.N]
		sum += float64(r * r)
	}
	return math.Sqrt(sum / float64(max(1, e.Rows()-f.Rank())))
}

// Drop removes equation j.
func (e *Evidence) Drop(j int) {
	n := e.N + 1
	e.M = append(e.M[:j*n:j*n], e.M[(j+1)*n:]...)
}

// rows returns the equations in the coordinates of a fragment's span.
func (e *Evidence) rows(f *Fragment) []float64 {
	k := f.Rank()
	out := make([]float64, 0, len(e.M)/(e.N+1)*k)
	for j := 0; j < len(e.M); j += e.N + 1 {
		for i := range k {
			out = append(out, linalg.Dot(f.U[i*f.N:][:f.N], e.M[j:j+e.N]))
		}
	}
	return out
}

// Fit sets the values of the functionals that f knows to those that explain the
// evidence best. Their scale is that of the evidence whose value is not zero.
func (f *Fragment) Fit(e *Evidence) {
	k := f.Rank()
	a := e.rows(f)
	if len(a) < k*k {
		return
	}
	rhs := make([]float64, len(a)/k)
	for j := range rhs {
		rhs[j] = e.M[j*(e.N+1)+e.N] - linalg.Dot(a[j*k:][:k], f.A)
	}
	x, _ := linalg.Factor(a, k).Solve(rhs, k)
	if norm := linalg.Norm(x); !(norm <= math.MaxFloat64) {
		return // it does not determine them
	}
	linalg.Axpy(1, x, f.A)
}

// FitLast sets the value of the last functional alone to what explains the
// evidence from equation number from on best, and returns its error.
func (f *Fragment) FitLast(e *Evidence, from int) (sigma float64) {
	last := f.U[(f.Rank()-1)*f.N:]
	row := f.Row()
	var cc, cr float64
	for j := from * (e.N + 1); j < len(e.M); j += e.N + 1 {
		u := e.M[j : j+e.N]
		c := linalg.Dot(last, u)
		cc += float64(c * c)
		cr += float64(c * (e.M[j+e.N] - linalg.Dot(row, u)))
	}
	if cc == 0 {
		return math.Inf(1)
	}
	f.A[f.Rank()-1] += cr / cc
	return 1 / math.Sqrt(cc)
}

// Rows is the number of equations.
func (e *Evidence) Rows() int { return len(e.M) / (e.N + 1) }

// Weakest returns the unit vector v in the span of f for which the evidence
// leaves ⟨v, ŵ⟩ least certain, apart from the scale of ŵ, and the error to
// expect of it.
func (f *Fragment) Weakest(e *Evidence) (v []float64, sigma float64) {
	k := f.Rank()
	a := e.rows(f)
	unscaled(a, f.A)
	heavy := linalg.Norm(a) / linalg.Norm(f.A) // more certain than anything else
	for _, x := range f.A {
		a = append(a, float64(heavy*x))
	}
	v = make([]float64, f.N)
	if len(a) < k*k {
		return v, math.Inf(1)
	}
	q := linalg.Factor(a, k)
	if k > wholeRank {
		x, s := q.Smallest()
		return linalg.MulVec(linalg.Transpose(f.U, f.N), x), 1 / max(s, math.SmallestNonzeroFloat64)
	}
	d := linalg.Decompose(q.Triangle(), k)
	for i := range k {
		linalg.Axpy(d.V[i*d.K+k-1], f.U[i*f.N:][:f.N], v)
	}
	return v, 1 / max(d.S[k-1], math.SmallestNonzeroFloat64)
}

// unscaled removes from the equations a (m×k) what they say of the scale of x (k),
// so that v and v + t·x are alike certain for every t:
//
//	A ← (I − q qᵀ) A,   q = A x / ‖A x‖.
func unscaled(a, x []float64) {
	k := len(x)
	q := make([]float64, len(a)/k)
	for j := range q {
		q[j] = linalg.Dot(a[j*k:][:k], x)
	}
	size := linalg.Norm(q)
	if !(size > 0) {
		return
	}
	linalg.Scale(1/size, q)
	for range 2 {
		sum := make([]float64, k)
		for j, v := range q {
			linalg.Axpy(v, a[j*k:][:k], sum)
		}
		for j, v := range q {
			linalg.Axpy(-v, sum, a[j*k:][:k])
		}
	}
}

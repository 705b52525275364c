package linalg

import "math"

// QR is the Householder factorisation with column pivoting
//
//	A P = Q R,   A m×n,
//
// of Golub and Van Loan, Matrix Computations, section 5.4.2. |R_jj| does not
// increase, so it shows the numerical rank.
type QR struct {
	M, N int
	Perm []int     // column j of A P is column Perm[j] of A
	a    []float64 // R above the diagonal, Householder vectors below (by column, n×m)
	diag []float64 // R_jj
	beta []float64
}

// Factor computes the QR factorisation of the m×n matrix a, which it leaves alone.
func Factor(a []float64, n int) *QR {
	m := len(a) / n
	q := &QR{M: m, N: n, Perm: make([]int, n), a: Transpose(a, n),
		diag: make([]float64, min(m, n)), beta: make([]float64, min(m, n))}
	norms := make([]float64, n)
	for j := range n {
		q.Perm[j] = j
		norms[j] = Norm(q.col(j))
	}
	for j := range q.diag {
		best := j
		for l := j; l < n; l++ {
			norms[l] = Norm(q.col(l)[j:])
			if norms[l] > norms[best] {
				best = l
			}
		}
		q.swap(j, best)
		norms[best] = norms[j]
		q.reflect(j)
	}
	return q
}

func (q *QR) col(j int) []float64 { return q.a[j*q.M:][:q.M] }

func (q *QR) swap(i, j int) {
	if i == j {
		return
	}
	a, b := q.col(i), q.col(j)
	for k := range a {
		a[k], b[k] = b[k], a[k]
	}
	q.Perm[i], q.Perm[j] = q.Perm[j], q.Perm[i]
}

// reflect makes column j zero below the diagonal.
func (q *QR) reflect(j int) {
	v := q.col(j)[j:]
	norm := Norm(v)
	if norm == 0 {
		return
	}
	alpha := -norm
	if v[0] < 0 {
		alpha = norm
	}
	q.diag[j] = alpha
	v[0] -= alpha
	q.beta[j] = 1 / float64(-alpha*v[0]) // 2 / vᵀv
	for l := j + 1; l < q.N; l++ {
		w := q.col(l)[j:]
		Axpy(-float64(q.beta[j]*Dot(v, w)), v, w)
	}
}

// Rank returns the number of |R_jj| above tol.
func (q *QR) Rank(tol float64) int {
	for j, d := range q.diag {
		if !(math.Abs(d) > tol) {
			return j
		}
	}
	return len(q.diag)
}

// Condition returns |R_11| / |R_rr|, an estimate of the condition of the
// leading r columns of A P. It is +Inf when they are dependent.
func (q *QR) Condition(r int) float64 {
	if r == 0 {
		return 1
	}
	if q.diag[r-1] == 0 {
		return math.Inf(1)
	}
	return math.Abs(q.diag[0] / q.diag[r-1])
}

// Solve returns the x (n) that minimises ‖A x − b‖ using the leading r pivot
// columns; the other entries of x are zero. It also returns the norm of the
// residual.
func (q *QR) Solve(b []float64, r int) (x []float64, residual float64) {
	y := append([]float64(nil), b...)
	for j := range q.diag {
		if q.beta[j] != 0 {
			v := q.col(j)[j:]
			Axpy(-float64(q.beta[j]*Dot(v, y[j:])), v, y[j:])
		}
	}
	x = make([]float64, q.N)
	for j := r - 1; j >= 0; j-- {
		s := y[j]
		for l := j + 1; l < r; l++ {
			s -= float64(q.col(l)[j] * x[q.Perm[l]])
		}
		x[q.Perm[j]] = s / q.diag[j]
	}
	return x, Norm(y[r:])
}

// MinNorm returns the x (m) of smallest norm with Aᵀ x = c on the leading r
// pivot columns of A (the rest of c is ignored).
func (q *QR) MinNorm(c []float64, r int) []float64 {
	x := make([]float64, q.M)
	for j := range r { // Rᵀ y = c, forward
		s := c[q.Perm[j]]
		for l := range j {
			s -= float64(q.col(j)[l] * x[l])
		}
		x[j] = s / q.diag[j]
	}
	for j := len(q.diag) - 1; j >= 0; j-- { // x = Q y
		if q.beta[j] != 0 {
			v := q.col(j)[j:]
			Axpy(-float64(q.beta[j]*Dot(v, x[j:])), v, x[j:])
		}
	}
	return x
}

// Basis returns an orthonormal basis (r×m) of the span of the leading r pivot
// columns of A.
func (q *QR) Basis(r int) []float64 {
	out := make([]float64, r*q.M)
	for i := range r {
		x := out[i*q.M:][:q.M]
		x[i] = 1
		for j := len(q.diag) - 1; j >= 0; j-- {
			if q.beta[j] != 0 {
				v := q.col(j)[j:]
				Axpy(-float64(q.beta[j]*Dot(v, x[j:])), v, x[j:])
			}
		}
	}
	return out
}

// Diag returns |R_jj|.
func (q *QR) Diag(j int) float64 { return math.Abs(q.diag[j]) }

// Triangle returns R Pᵀ (min(m, n)×n), which has the same Gram matrix as A:
// the least-squares problems of both are one.
func (q *QR) Triangle() []float64 {
	out := make([]float64, len(q.diag)*q.N)
	for j, d := range q.diag {
		row := out[j*q.N:][:q.N]
		row[q.Perm[j]] = d
		for l := j + 1; l < q.N; l++ {
			row[q.Perm[l]] = q.col(l)[j]
		}
	}
	return out
}

// Smallest returns a unit vector x (n) with ‖A x‖ about as small as can be, and
// that size, for A of full column rank: inverse iteration with AᵀA = P RᵀR Pᵀ.
func (q *QR) Smallest() (x []float64, size float64) {
	n := q.N
	y := make([]float64, n) // Pᵀ x
	y[n-1] = 1
	for range 4 {
		for j := range n { // Rᵀ u = y
			y[j] = (y[j] - Dot(q.col(j)[:j], y[:j])) / q.diag[j]
		}
		for j := n - 1; j >= 0; j-- { // R y = u
			y[j] /= q.diag[j]
			Axpy(-y[j], q.col(j)[:j], y[:j])
		}
		norm := Norm(y)
		if !(norm > 0 && norm <= math.MaxFloat64) { // singular to rounding
			return make([]float64, n), 0
		}
		Scale(1/norm, y)
		size = 1 / math.Sqrt(norm)
	}
	x = make([]float64, n)
	for j, v := range y {
		x[q.Perm[j]] = v
	}
	return x, size
}

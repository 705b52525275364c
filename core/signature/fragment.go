package signature

import (
	"math"

	"peel/core/linalg"
)

// Fragment is partial knowledge of a neuron whose inputs h cannot all be moved
// at one place: the values of some linear functionals of its augmented row
// ŵ = (w, b) ∈ R^(d+1), up to one common scale.
//
//	⟨ŵ, U_i⟩ = A_i,   U k×(d+1) with orthonormal rows.
//
// A critical point gives such functionals in the range of the prefix there:
// the gradient jump, and ⟨ŵ, (h(p), 1)⟩ = 0. Functionals from several places
// add up to the whole row.
type Fragment struct {
	N    int // d+1
	U, A []float64
}

// relEps is the relative size below which a direction counts as already known.
const relEps = 1e-6

// Add takes the functional ⟨ŵ, u⟩ = a into account unless u is (nearly) in the
// span already, and reports whether it was new.
func (f *Fragment) Add(u []float64, a float64) bool {
	u = append([]float64(nil), u...)
	norm := linalg.Norm(u)
	if norm == 0 {
		return false
	}
	linalg.Scale(1/norm, u)
	a /= norm
	for range 2 { // twice is enough for orthogonality
		for i := range f.A {
			row := f.U[i*f.N:][:f.N]
			d := linalg.Dot(row, u)
			linalg.Axpy(-d, row, u)
			a -= float64(d * f.A[i])
		}
	}
	rest := linalg.Norm(u)
	if rest < relEps {
		return false
	}
	linalg.Scale(1/rest, u)
	f.U, f.A = append(f.U, u...), append(f.A, a/rest)
	return true
}

// Rank is the number of known functionals.
func (f *Fragment) Rank() int { return len(f.A) }

// Forget leaves out what is known of entry j of the row: the functionals that
// remain do not contain it.
func (f *Fragment) Forget(j int) {
	k := f.Rank()
	if k == 0 {
		return
	}
	m := make([]float64, 0, k*(f.N+1))
	for i, a := range f.A {
		m = append(append(m, f.U[i*f.N:][:f.N]...), a)
	}
	gather(m, f.N+1, j)
	if math.Abs(m[j]) < relEps { // it was not known
		return
	}
	f.U, f.A = nil, nil
	for i := f.N + 1; i < len(m); i += f.N + 1 {
		m[i+j] = 0
		f.U, f.A = append(f.U, m[i:][:f.N]...), append(f.A, m[i+f.N])
	}
}

// gather reflects the rows of m (of length n) so that column j is 0 but in the
// first (Householder 1958). Norms and products of columns stay.
func gather(m []float64, n, j int) {
	rows := len(m) / n
	v := make([]float64, rows)
	for i := range v {
		v[i] = m[i*n+j]
	}
	size := linalg.Norm(v)
	if size == 0 {
		return
	}
	v[0] += math.Copysign(size, v[0])
	vv := linalg.Dot(v, v)
	sum := make([]float64, n)
	for i, x := range v {
		linalg.Axpy(x, m[i*n:][:n], sum)
	}
	for i, x := range v {
		linalg.Axpy(-2*x/vv, sum, m[i*n:][:n])
	}
}

// Row returns the row of smallest norm that has the known functionals.
func (f *Fragment) Row() []float64 {
	w := make([]float64, f.N)
	for i, a := range f.A {
		linalg.Axpy(a, f.U[i*f.N:][:f.N], w)
	}
	return w
}

// Reject removes from u its part in the known span.
func (f *Fragment) Reject(u []float64) {
	for range 2 {
		for i := range f.A {
			row := f.U[i*f.N:][:f.N]
			linalg.Axpy(-linalg.Dot(row, u), row, u)
		}
	}
}

// Outside returns how far u/‖u‖ lies outside the known span: 0 inside it.
func (f *Fragment) Outside(u []float64) float64 {
	if f.Rank() == f.N {
		return 0
	}
	norm := linalg.Norm(u)
	u = append([]float64(nil), u...)
	for i := range f.A {
		row := f.U[i*f.N:][:f.N]
		linalg.Axpy(-linalg.Dot(row, u), row, u)
	}
	return linalg.Norm(u) / norm
}

// Axes returns how far every unit vector lies outside the known span, to about
// 1e-8.
func (f *Fragment) Axes() []float64 {
	out := make([]float64, f.N)
	for i := range out {
		out[i] = 1
	}
	for i := range f.A {
		for k, v := range f.U[i*f.N:][:f.N] {
			out[k] -= float64(v * v)
		}
	}
	for i, v := range out {
		out[i] = math.Sqrt(max(0, v))
	}
	return out
}

// Clone returns a copy.
func (f *Fragment) Clone() *Fragment {
	return &Fragment{N: f.N, U: append([]float64(nil), f.U...), A: append([]float64(nil), f.A...)}
}

// minOverlap is how many common directions two fragments need before their
// agreement up to a scale means anything: one direction always agrees.
const minOverlap = 2

// Match reports whether two fragments can be one neuron: on the span they share
// they agree up to the scale s, ⟨f⟩ = s⟨g⟩. overlap is its dimension.
func Match(f, g *Fragment, tol float64) (s float64, overlap int, ok bool) {
	if f.Rank() == 0 || g.Rank() == 0 {
		return 0, 0, false
	}
	x, y := common(f, g)
	if len(x) < minOverlap {
		return 0, len(x), false
	}
	yy := linalg.Dot(y, y)
	if yy == 0 {
		return 0, len(x), false
	}
	s = linalg.Dot(x, y) / yy
	rest := 0.0
	for i := range x {
		rest = max(rest, math.Abs(x[i]-float64(s*y[i])))
	}
	return s, len(x), rest <= float64(tol*linalg.Norm(x)) && linalg.Norm(x) > float64(1e-3*linalg.Norm(f.A))
}

// common returns the values of f and g along an orthonormal basis of the span
// they share.
func common(f, g *Fragment) (x, y []float64) {
	// A whole row knows every direction of a large fragment.
	if f.Rank() == f.N && g.Rank() > wholeRank {
		return linalg.MulVec(g.U, f.Row()), g.A
	}
	if g.Rank() == g.N && f.Rank() > wholeRank {
		return f.A, linalg.MulVec(f.U, g.Row())
	}
	// The common span is where the principal angles are zero.
	m := make([]float64, f.Rank()*g.Rank())
	for i := range f.A {
		for j := range g.A {
			m[i*g.Rank()+j] = linalg.Dot(f.U[i*f.N:][:f.N], g.U[j*g.N:][:g.N])
		}
	}
	d := linalg.Decompose(m, g.Rank())
	for k, c := range d.S {
		if c < 1-1e-9 {
			break
		}
		a, b := 0.0, 0.0
		for i, v := range f.A {
			a += float64(v * d.U[i*d.K+k])
		}
		for j, v := range g.A {
			b += float64(v * d.V[j*d.K+k])
		}
		x, y = append(x, a), append(y, b)
	}
	return x, y
}

// wholeRank is the rank above which principal angles are spared where they can be.
const wholeRank = 64

// Merge adds what g knows to f, with ⟨f⟩ = s⟨g⟩, and returns how many
// directions were new. The clearest new directions come first.
func (f *Fragment) Merge(g *Fragment, s float64) int {
	added := 0
	used := make([]bool, g.Rank())
	for {
		best, out := -1, 1e-3 // a direction barely outside would be known with great error
		for j := range used {
			if o := f.Outside(g.U[j*g.N:][:g.N]); !used[j] && o > out {
				best, out = j, o
			}
		}
		if best < 0 {
			return added
		}
		used[best] = true
		if f.Add(g.U[best*g.N:][:g.N], float64(s*g.A[best])) {
			added++
		}
	}
}

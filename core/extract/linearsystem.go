package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/sign"
)

// linear is the system of a last hidden layer. The unknowns x are t_k for all
// k, then for each output the corrections of c (m) and g (d+1).
type linear struct {
	l          *layer
	m, d, dout int
	free       [][]float64 // by neuron, B_k (rows of length d+1)
	first      []int       // by neuron, where t_k begins in x
	open, wide int         // the number of all t, and of x

	x    []float64 // one solution
	null []float64 // a basis of what the equations do not decide, by row
	plus []float64 // by neuron, e_k: 1 for sign +
}

func newLinear(l *layer, dout int) *linear {
	t := &linear{l: l, m: len(l.neurons), d: l.deep.pre.width(), dout: dout}
	for _, n := range l.neurons {
		rest, _ := n.lacks()
		t.free, t.first = append(t.free, rest), append(t.first, t.open)
		t.open += len(rest) / (t.d + 1)
	}
	t.wide = t.open + dout*(t.m+t.d+1)
	return t
}

// block is where the unknowns of output o begin.
func (t *linear) block(o int) int { return t.open + o*(t.m+t.d+1) }

// spot is an input at which all of the prefix is known, with the answer there.
type spot struct {
	in, f []float64 // (h, 1) and the answer
	side  []float64 // of every neuron's hyperplane, 0 where it is not known
	err   float64   // of the answer
}

// sorted returns the inputs that can be used. Finding sides is most of the work.
func (l *layer) sorted(data *lastDeep, dout int) []spot {
	var out []spot
	dim := l.chart.dim
	for i := range len(data.Y) / dim {
		pl := l.deep.pre.at(data.Y[i*dim:][:dim])
		if pl.vague {
			continue
		}
		p := spot{in: pl.augmented(), f: data.F[i*dout:][:dout]}
		for k := range l.neurons {
			p.side = append(p.side, l.side(k, pl))
		}
		p.err = l.chart.noise.At(pl.y).Of(p.f)
		out = append(out, p)
	}
	return out
}

// equations returns the equations A x = b of the answers, divided by their
// errors, where the side of every neuron is known.
func (t *linear) equations(spots []spot) (a, rhs []float64) {
	for _, p := range spots {
		z := make([]float64, t.m)
		size := linalg.MaxAbs(p.f)
		known := true
		for k, n := range t.l.neurons {
			if known = p.side[k] != 0; !known {
				break
			}
			if p.side[k] > 0 {
				z[k] = n.Zh(p.in)
				size = max(size, math.Abs(float64(z[k]*linalg.MaxAbs(n.C))))
			}
		}
		if !known {
			continue
		}
		err := float64(linearError*size) + p.err
		for o := range t.dout {
			row := make([]float64, t.wide)
			rest := p.f[o]
			for k, n := range t.l.neurons {
				if z[k] == 0 {
					continue
				}
				rest -= float64(n.C[o] * z[k])
				for b := range len(t.free[k]) / (t.d + 1) {
					row[t.first[k]+b] = float64(n.C[o] * linalg.Dot(t.free[k][b*(t.d+1):][:t.d+1], p.in))
				}
			}
			copy(row[t.block(o):], z)
			copy(row[t.block(o)+t.m:], p.in)
			linalg.Scale(1/err, row)
			a, rhs = append(a, row...), append(rhs, rest/err)
		}
	}
	return a, rhs
}

// known returns the equations that say that the jumps are known.
func (t *linear) known() (a, rhs []float64) {
	for o := range t.dout {
		for k, u := range t.l.neurons {
			row := make([]float64, t.wide)
			row[t.block(o)+k] = 1 / (u.CErr + float64(1e-6*linalg.MaxAbs(u.C)))
			a, rhs = append(a, row...), append(rhs, 0)
		}
	}
	return a, rhs
}

// scale gives the columns of a one length, so that what is left of one shows
// what it decides, and returns what they were divided by.
func (t *linear) scale(a []float64) []float64 {
	length := make([]float64, t.wide)
	for i := 0; i < len(a); i += t.wide {
		for j, v := range a[i : i+t.wide] {
			length[j] += float64(v * v)
		}
	}
	for j := range length {
		length[j] = math.Sqrt(length[j])
	}
	longest := linalg.MaxAbs(length)
	for j, v := range length {
		if v <= float64(linearError*longest) { // rounding errors alone
			length[j] = longest
		}
	}
	for i := range a {
		a[i] /= length[i%t.wide]
	}
	return length
}

// system returns the scaled equations, the first n of which are of answers, and
// what the columns were divided by; none when they are too few.
func (t *linear) system(spots []spot) (a, rhs, length []float64, n int) {
	a, rhs = t.equations(spots)
	if n = len(rhs); n < t.wide+t.wide/4 {
		return nil, nil, nil, 0
	}
	prior, zero := t.known()
	a, rhs = append(a, prior...), append(rhs, zero...)
	return a, rhs, t.scale(a), n
}

// solve sets up the equations and solves them. It reports whether they hold.
func (t *linear) solve(spots []spot) bool {
	a, rhs, length, n := t.system(spots)
	if n == 0 {
		return false
	}
	q := linalg.Factor(a, t.wide)
	rank := q.Rank(float64(linearRank * q.Diag(0)))
	x, _ := q.Solve(rhs, rank)
	for i := range n {
		if math.Abs(rhs[i]-linalg.Dot(a[i*t.wide:][:t.wide], x)) > linearSigma {
			return false
		}
	}
	t.take(q, rank, x, a, length)
	return true
}

// take keeps the solution x of the scaled equations a, which q factors, and a
// basis of what they leave open.
func (t *linear) take(q *linalg.QR, rank int, x, a, length []float64) {
	for _, f := range q.Perm[rank:] {
		col := make([]float64, q.M)
		for i := range col {
			col[i] = a[i*t.wide+f]
		}
		y, _ := q.Solve(col, rank)
		linalg.Scale(-1, y)
		y[f] = 1
		for j := range y {
			y[j] /= length[j]
		}
		t.null = append(t.null, y...)
	}
	for j := range x {
		x[j] /= length[j]
	}
	t.x, t.null = x, orthonormal(t.null, t.wide)
}

// row returns ŵ_k for a solution x, times 1 for the solution itself and times 0
// for a direction of it.
func (t *linear) row(k int, x []float64, times float64) []float64 {
	n := t.l.neurons[k]
	w := append(append(make([]float64, 0, t.d+1), n.W...), n.B)
	linalg.Scale(times, w)
	for b := range len(t.free[k]) / (t.d + 1) {
		linalg.Axpy(x[t.first[k]+b], t.free[k][b*(t.d+1):][:t.d+1], w)
	}
	return w
}

// balance returns g + Σ_{k: sign −} c_k w_k for all outputs, which vanishes for
// the right signs, but for the bias, which is left out.
func (t *linear) balance(x, plus []float64, times float64) []float64 {
	out := make([]float64, 0, t.dout*t.d)
	for o := range t.dout {
		g := append([]float64(nil), x[t.block(o)+t.m:][:t.d]...)
		for k := range t.m {
			if plus[k] == 0 {
				linalg.Axpy(t.jump(o, k), t.row(k, x, times)[:t.d], g)
			}
		}
		out = append(out, g...)
	}
	return out
}

// jump is c_ok.
func (t *linear) jump(o, k int) float64 { return t.l.neurons[k].C[o] + t.x[t.block(o)+k] }

// signs decides all signs and what is left open of x.
func (t *linear) signs(r *rng.Stream) bool {
	t.plus = make([]float64, t.m)
	if len(t.null) == 0 {
		none := t.balance(t.x, t.plus, 1) // g + Σ c_k w_k = Σ e_k c_k w_k
		a := make([]float64, len(none)*t.m)
		for k := range t.m {
			w := t.row(k, t.x, 1)
			for o := range t.dout {
				for i := range t.d {
					a[(o*t.d+i)*t.m+k] = float64(t.jump(o, k) * w[i])
				}
			}
		}
		e, _, ok := sign.Bits(a, none, t.m, linearError)
		t.plus = e
		return ok
	}
	if t.m > linearEnumerated {
		return false
	}
	limits := t.limits(r)
	for set := range 1 << t.m {
		for k := range t.m {
			t.plus[k] = float64(set >> k & 1)
		}
		if x, null := t.complete(); x != nil && t.keep(x, null, limits) {
			t.x, t.null = x, null
			return true
		}
	}
	return false
}

// complete returns the solution that balances for the signs tried, and a basis
// of what is still open; nil if there is none.
func (t *linear) complete() (x, null []float64) {
	b := t.balance(t.x, t.plus, 1)
	size := 0.0
	for k := range t.m {
		for o := range t.dout {
			size = max(size, math.Abs(t.jump(o, k)))
		}
	}
	n := len(t.null) / t.wide
	var a []float64
	for i := range n {
		a = append(a, t.balance(t.null[i*t.wide:][:t.wide], t.plus, 0)...)
	}
	a = linalg.Transpose(a, len(b))
	q := linalg.Factor(a, n)
	rank := q.Rank(float64(linearRank * size))
	pick := func(b []float64) []float64 { // Σ u_i null_i that balances b
		u, _ := q.Solve(b, rank)
		out := make([]float64, t.wide)
		for i, v := range u {
			linalg.Axpy(v, t.null[i*t.wide:][:t.wide], out)
		}
		return out
	}
	if _, rest := q.Solve(b, rank); rest > float64(linearBalance*size) {
		return nil, nil
	}
	x = slices.Clone(t.x)
	linalg.Axpy(-1, pick(b), x)
	for _, f := range q.Perm[rank:] {
		col := make([]float64, len(b))
		for i := range col {
			col[i] = a[i*n+f]
		}
		v := pick(col)
		linalg.Scale(-1, v)
		linalg.Axpy(1, t.null[f*t.wide:][:t.wide], v)
		null = append(null, v...)
	}
	return x, orthonormal(null, t.wide)
}

// orthonormal returns a basis of the span of independent vectors of length n.
func orthonormal(v []float64, n int) []float64 {
	if len(v) == 0 {
		return nil
	}
	return linalg.Factor(linalg.Transpose(v, n), len(v)/n).Basis(len(v) / n)
}

// put writes the solution into the layer and returns the output layer.
func (t *linear) put() *output {
	out := newOutput(t.dout, t.m)
	for o := range t.dout {
		out.b[o] = t.x[t.block(o)+t.m+t.d]
		for k := range t.m {
			out.w[o][k] = t.jump(o, k)
			if t.plus[k] == 0 {
				out.b[o] += float64(t.jump(o, k) * t.row(k, t.x, 1)[t.d])
			}
		}
	}
	for k, n := range t.l.neurons {
		w := t.row(k, t.x, 1)
		n.W, n.B, n.sign = w[:t.d], w[t.d], float64(2*t.plus[k])-1
		decided := true
		for i := 0; i < len(t.null); i += t.wide {
			own := t.null[i+t.first[k]:][:len(t.free[k])/(t.d+1)]
			decided = decided && linalg.MaxAbs(own) <= linearRank
		}
		if decided {
			n.part.Fragment = *wholeFragment(n.W, n.B)
		}
	}
	return out
}

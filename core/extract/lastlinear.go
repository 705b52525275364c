package extract

import (
	"encoding/json"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/sign"
)

// lastLinearStage solves the last hidden layer and the output at once, without
// a vote. At every input
//
//	f_o = Σ_k c_ok [z_k > 0] z_k + g_o·(h, 1),   g_o = (0, c_o0) − Σ_{k: sign −} c_ok ŵ_k,
//
// because relu(−z) = relu(z) − z: whatever the signs are, they only add
// something linear in h. On which side of the hyperplane of k an input lies is
// known, so this is linear in all that is not known yet: corrections to the
// jumps c, g, and the part t_k of a row that no critical point shows,
// ŵ_k = ŵ_k⁰ + B_kᵀ t_k. Then g tells the signs. (New here.)
type lastLinearStage struct{ l *layer }

func (t *lastLinearStage) phase() Phase      { return PhaseSign }
func (t *lastLinearStage) layer() int        { return t.l.index }
func (t *lastLinearStage) kind() string      { return "last-linear" }
func (t *lastLinearStage) tasks(*State) int  { return 1 }
func (t *lastLinearStage) cost(*State) int64 { return int64(t.l.linearPoints()) }

// linearPoints is how many answers are asked.
func (l *layer) linearPoints() int {
	open := 0
	for _, n := range l.neurons {
		open += n.part.N - n.part.Rank()
	}
	return 2*(2*len(l.neurons)+l.deep.pre.width()+1+open) + 64
}

const (
	// linearError is the error to expect of the equations, relative to the
	// largest term, and linearRank the size, relative to the largest, below which
	// they decide nothing.
	linearError = 1e-9
	linearRank  = 1e-7
	// linearWidest is the most unknowns.
	linearWidest = 1000
	// linearEnumerated is the most neurons all of whose signs are tried.
	linearEnumerated = 10
	// linearSigma is how many errors an equation may be off.
	linearSigma = 64
)

func (t *lastLinearStage) do(s *State, _ int, o oracle.Oracle, r *rng.Stream) (any, error) {
	l := t.l
	in, err := l.chart.open(o)
	if err != nil {
		return nil, err
	}
	var out lastDeep
	n := l.linearPoints()
	for i := range n {
		var y []float64
		if i%3 == 0 {
			u := l.neurons[i/3%len(l.neurons)]
			pl := l.deep.pre.at(append([]float64(nil), u.hits[r.Intn(len(u.hits))].P...))
			dir := l.deep.pre.gradient(pl, u.W)
			normalise(dir)
			linalg.Axpy(float64(r.Sign()*min(l.chart.size, pl.around(dir)/2)), dir, pl.y)
			y = pl.y
		} else {
			y = l.deep.somewhere(r)
		}
		out.Y = append(out.Y, y...)
	}
	_, dout := o.Shape()
	out.F = make(Vec, n*dout)
	return out, in.Query(out.Y, out.F)
}

// somewhere returns a random point of the random lines.
func (d *deep) somewhere(r *rng.Stream) []float64 {
	line := &d.lines[r.Intn(len(d.lines))]
	part := &line.parts[r.Intn(len(line.parts))]
	y := append([]float64(nil), line.base...)
	linalg.Axpy(part.t0+float64((part.t1-part.t0)*r.Float64()), line.dir, y)
	return y
}

func (t *lastLinearStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	d, err := decode[lastDeep](results[0])
	if err != nil {
		return nil, err
	}
	l := t.l
	sys := newLinear(l, s.dout())
	if sys.wide <= linearWidest && sys.solve(&d) && sys.signs(rng.New(s.cfg.Seed, uint64(s.round), 0x11ea)) {
		s.out = sys.put()
		for k := range l.neurons {
			s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1})
		}
		s.fold()
		return s.afterFold(), nil
	}
	return s.newNulling(l), nil
}

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

// solve sets up the equations and solves them. It reports whether they hold.
func (t *linear) solve(data *lastDeep) bool {
	l, dim := t.l, t.l.chart.dim
	var a, rhs []float64
	for i := range len(data.Y) / dim {
		pl := l.deep.pre.at(data.Y[i*dim:][:dim])
		if pl.vague {
			continue
		}
		in := pl.augmented()
		f := data.F[i*t.dout:][:t.dout]
		z := make([]float64, t.m)
		size := linalg.MaxAbs(f)
		known := true
		for k, n := range l.neurons {
			side := l.side(k, pl)
			known = known && side != 0
			if side > 0 {
				z[k] = n.Zh(in)
				size = max(size, math.Abs(float64(z[k]*linalg.MaxAbs(n.C))))
			}
		}
		if !known {
			continue
		}
		err := float64(linearError*size) + l.chart.noise.At(pl.y).Of(f)
		for o := range t.dout {
			row := make([]float64, t.wide)
			rest := f[o]
			for k, n := range l.neurons {
				if z[k] == 0 {
					continue
				}
				rest -= float64(n.C[o] * z[k])
				for b := range len(t.free[k]) / (t.d + 1) {
					row[t.first[k]+b] = float64(n.C[o] * linalg.Dot(t.free[k][b*(t.d+1):][:t.d+1], in))
				}
			}
			copy(row[t.block(o):], z)
			copy(row[t.block(o)+t.m:], in)
			linalg.Scale(1/err, row)
			a, rhs = append(a, row...), append(rhs, rest/err)
		}
	}
	n := len(rhs)
	if n < t.wide+t.wide/4 {
		return false
	}
	for o := range t.dout {
		for k, u := range l.neurons {
			row := make([]float64, t.wide)
			row[t.block(o)+k] = 1 / (u.CErr + float64(1e-6*linalg.MaxAbs(u.C)))
			a, rhs = append(a, row...), append(rhs, 0)
		}
	}
	// Columns of one length, so that what is left of one shows what it decides.
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
	q := linalg.Factor(a, t.wide)
	rank := q.Rank(float64(linearRank * q.Diag(0)))
	x, _ := q.Solve(rhs, rank)
	off := 0
	for i := range n {
		if math.Abs(rhs[i]-linalg.Dot(a[i*t.wide:][:t.wide], x)) > linearSigma {
			off++
		}
	}
	if off > 0 {
		return false
	}
	for _, f := range q.Perm[rank:] {
		col := make([]float64, len(rhs))
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
	return true
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

// limit says on which side of the hyperplane of neuron k an input is where the
// row is not known.
type limit struct {
	k    int
	side float64
	a    []float64 // (h, 1), of norm 1
}

// limits collects such inputs, near and far out. They cost no query.
func (t *linear) limits(r *rng.Stream) []limit {
	var out []limit
	l := t.l
	for i := range limitPoints {
		y := l.deep.somewhere(r)
		if i%4 == 0 {
			r.NormalVec(y, math.Ldexp(l.chart.size, r.Intn(12)-1))
		}
		pl := l.deep.pre.at(y)
		if pl.vague {
			continue
		}
		a := pl.augmented()
		for k, n := range l.neurons {
			if len(t.free[k]) == 0 || n.part.Outside(a) <= spanned {
				continue
			}
			if side := l.side(k, pl); side != 0 {
				unit := slices.Clone(a)
				normalise(unit)
				out = append(out, limit{k, side, unit})
			}
		}
	}
	return out
}

// keep moves x along what is open until every neuron is on the side that it is
// known to be on, by some margin: whoever is off there may have any weights that
// keep it off. (The relaxation method of Agmon, Motzkin and Schoenberg 1954.) It
// reports whether that was possible.
func (t *linear) keep(x, null []float64, limits []limit) bool {
	n := len(null) / t.wide
	// side·z = z0 + g·v at each input, with x + Σ v_i null_i.
	var z0, g []float64
	for _, m := range limits {
		z := float64(m.side * linalg.Dot(t.row(m.k, x, 1), m.a))
		own := make([]float64, n)
		for i := range own {
			own[i] = float64(m.side * linalg.Dot(t.row(m.k, null[i*t.wide:][:t.wide], 0), m.a))
		}
		if linalg.Norm(own) > linearRank {
			z0, g = append(z0, z), append(g, own...)
		} else if z < -linearBalance {
			return false
		}
	}
	for margin := 1.0; margin >= leastMargin; margin /= 4 {
		v := make([]float64, n)
		for range keepRounds {
			moved := false
			for i, z := range z0 {
				row := g[i*n:][:n]
				size := linalg.Norm(row)
				if z += linalg.Dot(row, v); z < float64(margin*size) {
					linalg.Axpy((float64(2*margin*size)-z)/float64(size*size), row, v)
					moved = true
				}
			}
			if !moved {
				for i, c := range v {
					linalg.Axpy(c, null[i*t.wide:][:t.wide], x)
				}
				return true
			}
		}
	}
	return len(z0) == 0
}

const (
	// linearBalance is how far off an equation of the signs may be.
	linearBalance = 1e-7
	// limitPoints is how many inputs must be on the right side.
	limitPoints = 1500
	// keepRounds is how often each is gone through, leastMargin the smallest
	// distance from the other side, in units of what is open.
	keepRounds  = 2000
	leastMargin = 1e-5
)

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

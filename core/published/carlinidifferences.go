package published

import (
	"encoding/binary"
	"encoding/json"
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// differences measures the signature of every point of a round.
type differences struct {
	h      *hunt
	points []place
	per    int // points a task
}

// measure takes the points that are wanted next.
func (h *hunt) measure() method.Step {
	n := min(h.want, len(h.waiting))
	s := &differences{h: h, points: h.waiting[:n]}
	h.waiting = h.waiting[n:]
	h.want -= n
	s.per = int(max(1, 1024/s.each()))
	return s
}

// each is what one signature costs: four queries for every direction, and four
// more for its sign.
func (s *differences) each() int64 {
	k := int64(s.h.known.width())
	if len(s.h.known.layers) > 0 {
		k += 2
	}
	return 8*k - 4
}

func (s *differences) Phase() method.Phase { return method.PhaseSignature }
func (s *differences) Kind() string        { return "differences" }
func (s *differences) Tasks() int          { return (len(s.points) + s.per - 1) / s.per }
func (s *differences) Cost() int64         { return int64(s.per) * s.each() }

func (s *differences) Do(i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	points := s.points[i*s.per:]
	points = points[:min(s.per, len(points))]
	out := make([][]byte, len(points))
	for j, p := range points {
		w, err := partial(s.h.known, p.x, o, r, s.h.a.Noise)
		if err != nil {
			return nil, err
		}
		out[j] = packed(w)
	}
	return out, nil
}

func (s *differences) Apply(results []json.RawMessage) (method.Step, error) {
	h := s.h
	for i, text := range results {
		var got [][]byte
		if err := json.Unmarshal(text, &got); err != nil {
			return nil, err
		}
		for j, b := range got {
			if at := i*s.per + j; at < len(s.points) && len(b) > 0 {
				p := s.points[at]
				if w := unpacked(b, p.h, len(h.known.layers) > 0); w != nil {
					h.seen = append(h.seen, &sighting{place: p, w: w})
				}
			}
			h.taken++
		}
	}
	if len(results) < s.Tasks() {
		h.spent = true
	}
	return h.next(), nil
}

// packed is a signature as bytes, which JSON holds in base64: only the entries
// of active inputs, the others being NaN.
func packed(w []float64) []byte {
	var b []byte
	for _, v := range w {
		if !math.IsNaN(v) {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	return b
}

// unpacked is its inverse where h is the input; nil if they do not fit. With
// gaps, entries of inactive inputs are unknown.
func unpacked(b []byte, h []float64, gaps bool) []float64 {
	w := make([]float64, len(h))
	for j, v := range h {
		switch {
		case gaps && !(v > 0):
			w[j] = math.NaN()
		case len(b) < 8:
			return nil
		default:
			w[j] = math.Float64frombits(binary.LittleEndian.Uint64(b))
			b = b[8:]
		}
	}
	if len(b) > 0 {
		return nil
	}
	return w
}

// firstStep is the step of the second differences, tried again ten and a hundred
// times smaller where a second kink is too near (C).
const firstStep = 1e-4

// partial measures the signature at a critical point x: the row up to scale, with
// NaN where the input is inactive there. It is nil where answers contradict each
// other, because of another kink close by.
//
// On layer 1 it takes second differences along the coordinates, which are the
// row. For deeper layers it takes them along d_{k−1} + 2 random directions of
// signs and solves for the row in least squares through ∂h/∂x.
func partial(e *earlier, x []float64, o oracle.Oracle, r *rng.Stream, noise critical.Noise) ([]float64, error) {
	n, q, from := e.n, o, x
	k := n
	var c *cell
	var dirs []float64
	if len(e.layers) > 0 {
		c = e.at(x)
		k = e.width() + 2
		dirs = make([]float64, k*n)
		for i := range dirs {
			dirs[i] = r.Sign()
		}
		sub, err := o.Restrict(x, dirs)
		if err != nil {
			return nil, err
		}
		q, from = sub, make([]float64, k)
	}
	noise = noise.At(x)
	for eps := firstStep; eps > firstStep/200; eps /= 10 {
		y, err := oriented(q, from, eps, noise)
		if err != nil {
			return nil, err
		}
		if y == nil {
			continue
		}
		if c == nil {
			return y, nil
		}
		return c.solve(dirs, y), nil
	}
	return nil, nil
}

// solve returns the w with w·(∂h/∂x)·d_i = y_i in least squares.
func (c *cell) solve(dirs, y []float64) []float64 {
	d := len(c.h)
	full := c.push(dirs)
	var on []int
	for j, v := range c.h {
		if v > 0 {
			on = append(on, j)
		}
	}
	w := make([]float64, d)
	for j := range w {
		w[j] = math.NaN()
	}
	if len(on) < 2 { // nothing to compare it by
		return nil
	}
	m := make([]float64, len(y)*len(on))
	for i := range y {
		for l, j := range on {
			m[i*len(on)+l] = full[i*d+j]
		}
	}
	for l, v := range leastNorm(m, len(on), y) {
		w[on[l]] = v
	}
	return w
}

// cutoff is the relative size below which directions do not count (C). Where
// they lack, the solution of least norm is not the row: in deep layers, where
// ∂h/∂x loses rank, the method does not work (F).
const cutoff = 1e-5

// leastNorm returns the x of least norm that minimises ‖A x − b‖.
func leastNorm(a []float64, n int, b []float64) []float64 {
	q := linalg.Factor(append([]float64(nil), a...), n)
	if len(b) >= n && q.Rank(float64(cutoff*q.Diag(0))) == n {
		x, _ := q.Solve(b, n)
		return x
	}
	s := linalg.Decompose(a, n)
	x := make([]float64, n)
	for k := range s.K {
		if !(s.S[k] > float64(cutoff*s.S[0])) {
			break
		}
		u := 0.0
		for i := range b {
			u += float64(s.U[i*s.K+k] * b[i])
		}
		for j := range x {
			x[j] += float64(s.V[j*s.K+k] * u / s.S[k])
		}
	}
	return x
}

// oriented returns w·d_i, up to one scale, for the directions that are the
// coordinates of o around the critical point from. It asks 8k − 4 queries, and
// returns nil where they contradict each other.
//
// A second difference along d is |w·d| times the jump, without a sign. With a
// reference r, |w·(d_i + d_r)|/2 tells whether the two have the same one.
func oriented(o oracle.Oracle, from []float64, eps float64, noise critical.Noise) ([]float64, error) {
	k, outputs := o.Shape()
	d := bends{o: o, k: k, out: outputs, from: from}
	all, size, err := d.along(eps, -1)
	if err != nil {
		return nil, err
	}
	ref, best := 0, 0.0
	for i := range k {
		if s := linalg.Norm(all[i*outputs:][:outputs]); s > best {
			ref, best = i, s
		}
	}
	// The error to expect of a difference.
	tol := float64(12*max(noise.Of([]float64{size}), 0)) / eps
	if !(best > float64(8*tol)) {
		return nil, nil
	}
	// All jumps are multiples of one vector of outputs.
	jump := append([]float64(nil), all[ref*outputs:][:outputs]...)
	linalg.Scale(1/best, jump)
	both, _, err := d.along(eps, ref)
	if err != nil {
		return nil, err
	}
	w := make([]float64, k)
	tol = float64(8*tol) + float64(1e-6*best)
	for i := range k {
		w[i] = linalg.Dot(all[i*outputs:][:outputs], jump)
		if i == ref {
			continue
		}
		s := linalg.Dot(both[i*outputs:][:outputs], jump)
		plus, minus := math.Abs(float64((best+w[i])/2)-s), math.Abs(float64((best-w[i])/2)-s)
		if !(min(plus, minus) <= tol) || w[i] < -tol {
			return nil, nil
		}
		if minus < plus {
			w[i] = -w[i]
		}
	}
	return w, nil
}

// bends takes second differences.
type bends struct {
	o      oracle.Oracle
	k, out int
	from   []float64
}

// along returns the second differences along all coordinates, k×dout, divided by
// the step; with a coordinate ref, along (e_i + e_ref)/2 for i ≠ ref. It also
// returns the size of the answers. Each takes four answers, none at the point
// itself, whose place has an error.
func (d *bends) along(eps float64, ref int) (all []float64, size float64, err error) {
	var coord []int
	for i := range d.k {
		if i != ref {
			coord = append(coord, i)
		}
	}
	all = make([]float64, d.k*d.out)
	step, y := make([]float64, len(coord)), make([]float64, len(coord)*d.out)
	base := append([]float64(nil), d.from...)
	near := float64(eps * (2.0 / 3))
	for _, p := range [...]struct{ at, weight float64 }{{eps, 1}, {near, -1}, {-near, -1}, {-eps, 1}} {
		s := p.at
		if ref >= 0 {
			s = float64(s / 2)
			base[ref] = d.from[ref] + s
		}
		for i := range step {
			step[i] = s
		}
		if err := d.o.Steps(base, coord, step, y); err != nil {
			return nil, 0, err
		}
		size = max(size, linalg.MaxAbs(y))
		for l, i := range coord {
			linalg.Axpy(float64(p.weight/(eps-near)), y[l*d.out:][:d.out], all[i*d.out:][:d.out])
		}
	}
	return all, size, nil
}

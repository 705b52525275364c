package published

import (
	"encoding/json"
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// walks follow the hyperplanes of incomplete rows to where an input is active
// that was not yet.
type walks struct {
	h     *hunt
	aims  []aim
	shake bool // later rounds go less straight
}

// aim is a row and an entry of it that is not known.
type aim struct {
	g     *group
	input int
}

const mostAims = 64

// follow walks from the points of every incomplete row, towards each entry that
// is not known (C) or the first of them (F).
func (h *hunt) follow() method.Step {
	s := &walks{h: h, shake: h.walks > 1}
	for _, g := range h.partial {
		for j, v := range g.w {
			if v != v && len(s.aims) < mostAims {
				s.aims = append(s.aims, aim{g, j})
				if h.rules.each {
					break
				}
			}
		}
	}
	return s
}

func (s *walks) Phase() method.Phase { return method.PhaseCritical }
func (s *walks) Kind() string        { return "walks" }
func (s *walks) Tasks() int          { return len(s.aims) }
func (s *walks) Cost() int64         { return 64 }

func (s *walks) Do(i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	x, err := s.h.walk(s.aims[i], s.shake, o, r)
	if err != nil || x == nil {
		return []byte{}, err
	}
	return packed(x), nil
}

func (s *walks) Apply(results []json.RawMessage) (method.Step, error) {
	h := s.h
	for _, text := range results {
		var b []byte
		if err := json.Unmarshal(text, &b); err != nil {
			return nil, err
		}
		if len(b) != 8*h.known.n {
			continue
		}
		x := unpacked(b, make([]float64, h.known.n), false)
		if y, switches := h.known.hidden(x); !switches && h.owner(y) < 0 {
			h.waiting = append([]place{{x, y}}, h.waiting...)
			h.want++
		}
	}
	if len(results) < s.Tasks() {
		h.spent = true
	}
	if h.want == 0 && h.taken < h.limit() { // nowhere to walk: search at random again
		h.want = h.a.Width()
	}
	return h.next(), nil
}

const (
	// mostCells bounds the linear regions that one walk goes through.
	mostCells = 64
	// past is how far beyond a facet a walk goes on, relative to the point's norm
	// and the way there: what is found so far off no longer counts as the facet,
	// as it would within onOwn.
	past = 100 * onOwn
)

// walk goes along the hyperplane of an incomplete row, from one of its points,
// so that the pre-activation of the input it looks for rises, and returns a
// critical point of the neuron where some unknown entry counts, or nil.
//
// While only known entries count, the hyperplane is known in every region of
// the earlier layers: the way takes no queries. Past the facet where an unknown
// input becomes active the hyperplane bends by an unknown angle, and a short
// line across it finds it again.
func (h *hunt) walk(a aim, shake bool, o oracle.Oracle, r *rng.Stream) ([]float64, error) {
	e, w := h.known, a.g.w
	x := h.seen[a.g.members[r.Intn(len(a.g.members))]].x
	for range mostCells {
		c := e.at(x)
		n := c.normal(w)
		nn := linalg.Dot(n, n)
		if !(nn > 0) {
			return nil, nil
		}
		v := tangent(c.grad(c.last(a.input)), n, nn)
		if size := linalg.Norm(v); size > 0 {
			linalg.Scale(1/size, v)
		}
		if shake || linalg.Norm(v) == 0 {
			u := tangent(r.NormalVec(make([]float64, len(x)), 1), n, nn)
			linalg.Axpy(r.Float64()/linalg.Norm(u), u, v)
		}
		t, gap, q := c.facet(v)
		if q < 0 {
			return nil, nil
		}
		beyond := min(float64(past*(t+linalg.Norm(x))), float64(gap/4))
		x = on(x, v, t+beyond)
		c = e.at(x)
		j := q - c.last(0)
		if j >= 0 && c.h[j] > 0 && w[j] != w[j] {
			return h.pick(c, w, a.g.b, j, v, o)
		}
		// Back onto the hyperplane in the new region.
		n = c.normal(w)
		if nn = linalg.Dot(n, n); !(nn > 0) {
			return nil, nil
		}
		x = on(x, n, -off(c.h, w, a.g.b)/nn)
	}
	return nil, nil
}

// pick finds the hyperplane again just past the facet of input j, and from there
// its way inside the new region: a point as far from the facet as half that
// region allows.
func (h *hunt) pick(c *cell, w []float64, b float64, j int, v []float64, o oracle.Oracle) ([]float64, error) {
	n := c.normal(w)
	nn := linalg.Dot(n, n)
	if !(nn > 0) {
		return nil, nil
	}
	x, err := h.across(c.x, n, float64(16*c.h[j])/math.Sqrt(nn), o)
	if err != nil || x == nil {
		return nil, err
	}
	c = h.known.at(x)
	if !(c.h[j] > 0) {
		return nil, nil
	}
	whole := append([]float64(nil), w...)
	whole[j] = -off(c.h, w, b) / c.h[j]
	n = c.normal(whole)
	if nn = linalg.Dot(n, n); !(nn > 0) {
		return nil, nil
	}
	v = tangent(v, n, nn)
	_, _, q := c.facet(v)
	if q < 0 {
		return x, nil
	}
	t, _, _ := c.facet(v)
	t = min(t/2, 1)
	y, err := h.across(on(x, v, t), n, float64(0.1*t*linalg.Norm(v)), o)
	if err != nil || y == nil {
		return nil, err
	}
	return y, nil
}

// across looks for a critical point that is not of an earlier layer on the line
// from x along ±n, at most so far from x, and returns the nearest.
func (h *hunt) across(x, n []float64, reach float64, o oracle.Oracle) ([]float64, error) {
	u := append([]float64(nil), n...)
	linalg.Scale(1/linalg.Norm(n), u)
	l, err := critical.NewLine(o, x, u, h.a.Noise)
	if err != nil {
		return nil, err
	}
	kinks, err := l.Sweep(-reach, reach, nil)
	if err != nil {
		return nil, err
	}
	var best []float64
	least := math.Inf(1)
	for _, k := range kinks {
		y := on(x, u, k.T)
		if _, switches := h.known.hidden(y); !switches && math.Abs(k.T) < least {
			best, least = y, math.Abs(k.T)
		}
	}
	return best, nil
}

// off is w·h + b over the known entries of w.
func off(h, w []float64, b float64) float64 {
	for j, v := range w {
		if v == v {
			b += float64(v * h[j])
		}
	}
	return b
}

// tangent returns v less its part along n, of which nn = n·n.
func tangent(v, n []float64, nn float64) []float64 {
	t := append([]float64(nil), v...)
	linalg.Axpy(-linalg.Dot(v, n)/nn, n, t)
	return t
}

// facet returns how far along v the first earlier neuron switches, how much
// farther the second does, and which the first is: −1 if none ever does.
func (c *cell) facet(v []float64) (t, gap float64, q int) {
	t, q = math.Inf(1), -1
	second := math.Inf(1)
	for i, z := range c.z {
		s := -z / linalg.Dot(c.grad(i), v)
		switch {
		case !(s > 0) || math.IsInf(s, 0):
		case s < t:
			second, t, q = t, s, i
		case s < second:
			second = s
		}
	}
	return t, second - t, q
}

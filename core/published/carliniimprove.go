package published

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// improvement measures every row again from many critical points where it
// predicts them, in the middle of random lines (C).
type improvement struct {
	h     *hunt
	parts int // tasks a row
}

// perImprovement is the number of points of a task.
const perImprovement = 32

// points on the hyperplane of a row, each the place t on the line of a key.
type improved struct {
	Key   []uint64  `json:"key"`
	T     []float64 `json:"t"`
	Tried int       `json:"tried"` // places where the row predicted one
}

func (h *hunt) better() method.Step {
	return &improvement{h, (2*(h.known.width()+1) + perImprovement - 1) / perImprovement}
}

func (s *improvement) Phase() method.Phase { return method.PhaseSignature }
func (s *improvement) Kind() string        { return "improve" }
func (s *improvement) Tasks() int          { return s.parts * len(s.h.rows) }
func (s *improvement) Cost() int64         { return 8 * perImprovement }

func (s *improvement) Do(i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	h, g := s.h, s.h.rows[i/s.parts]
	var out improved
	for range 2 * perImprovement {
		key := r.Uint64()
		base, dir := randomLine(key, h.known.n)
		places := h.known.crossings(base, dir, g)
		if len(places) == 0 {
			continue
		}
		t := places[r.Intn(len(places))]
		l, err := critical.NewLine(o, base, dir, h.a.Noise)
		if err != nil {
			return nil, err
		}
		out.Tried++
		k, ok, err := l.Near(t, float64(1e-4*(1+math.Abs(t))))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if _, switches := h.known.hidden(on(base, dir, k.T)); switches {
			continue
		}
		out.Key, out.T = append(out.Key, key), append(out.T, k.T)
		if len(out.T) == perImprovement {
			break
		}
	}
	return out, nil
}

func (s *improvement) Apply(results []json.RawMessage) (method.Step, error) {
	h := s.h
	points := make([][]float64, len(h.rows)) // rows (h, 1) of unit length
	tried, found := make([]int, len(h.rows)), make([]int, len(h.rows))
	for i, text := range results {
		var p improved
		if err := json.Unmarshal(text, &p); err != nil {
			return nil, err
		}
		tried[i/s.parts] += p.Tried
		found[i/s.parts] += len(p.T)
		for j, t := range p.T {
			if j >= len(p.Key) {
				break
			}
			base, dir := randomLine(p.Key[j], h.known.n)
			y, _ := h.known.hidden(on(base, dir, t))
			row := append(slices.Clone(y), 1)
			linalg.Scale(1/linalg.Norm(row), row)
			points[i/s.parts] = append(points[i/s.parts], row...)
		}
	}
	poor := 0
	var rows []*group
	for i, g := range h.rows {
		// A row of a deeper neuron holds in one linear region of this layer only.
		if found[i] < tried[i]/4 {
			continue
		}
		rows = append(rows, g)
		if !g.fit(points[i]) {
			poor++
		}
	}
	if n := len(h.rows) - len(rows); n > 0 {
		h.a.Why = append(h.a.Why, fmt.Sprintf("%d rows were dropped: few critical points lie where they predict them, so they belong to deeper layers", n))
	}
	if poor > 0 {
		h.a.Why = append(h.a.Why, fmt.Sprintf("%d of %d rows could not be improved: too few of their critical points were measured", poor, len(rows)))
	}
	h.rows = rows
	h.report()
	return nil, nil
}

// fit solves p·(w, b) = 0 for the row, in least squares over the points near it,
// and reports whether there were enough of them. Entries of inputs that are
// never active stay.
func (g *group) fit(points []float64) bool {
	d := len(g.w) + 1
	row := append(slices.Clone(g.w), g.b)
	var on []int
	for j := range d {
		for i := j; i < len(points); i += d {
			if points[i] != 0 {
				on = append(on, j)
				break
			}
		}
	}
	var size []float64
	for i := 0; i < len(points); i += d {
		size = append(size, math.Abs(linalg.Dot(points[i:][:d], row)))
	}
	if len(size) < len(on)+2 {
		return false
	}
	limit := float64(64 * middle(slices.Clone(size)))
	var a []float64
	for i, s := range size {
		if s <= limit {
			for _, j := range on {
				a = append(a, points[i*d+j])
			}
		}
	}
	if len(a) < len(on)*(len(on)+1) {
		return false
	}
	x, _ := linalg.Factor(a, len(on)).Smallest()
	dot := 0.0
	for l, j := range on {
		dot += float64(x[l] * row[j])
	}
	if dot == 0 {
		return false
	}
	s := 0.0 // the old row's length where it is measured anew, with its sign
	for _, j := range on {
		s += float64(row[j] * row[j])
	}
	s = math.Copysign(math.Sqrt(s), dot)
	for l, j := range on {
		row[j] = float64(s * x[l])
	}
	g.w, g.b = row[:d-1], row[d-1]
	return true
}

// crossings returns where a line meets the hyperplane of a complete row, by the
// earlier layers alone.
func (e *earlier) crossings(base, dir []float64, g *group) []float64 {
	var out []float64
	for t, end := float64(-far*reach), float64(far*reach); t < end; {
		c := e.at(on(base, dir, t))
		step, _, _ := c.facet(dir)
		if s := -off(c.h, g.w, g.b) / linalg.Dot(c.normal(g.w), dir); s >= 0 && s < step && t+s < end {
			out = append(out, t+s)
		}
		if math.IsInf(step, 0) {
			break
		}
		t += step + float64(1e-9*(1+math.Abs(t)))
	}
	return out
}

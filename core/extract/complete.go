package extract

import (
	"encoding/json"
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// completeStage confirms guesses whose row is known on everything inputs can
// reach: critical points at predicted places all over the chart, with every
// reachable input active in some. The same critical points polish the row.
type completeStage struct {
	l       *layer
	guesses []*guess
}

func (t *completeStage) phase() Phase      { return PhaseSignature }
func (t *completeStage) layer() int        { return t.l.index }
func (t *completeStage) kind() string      { return "complete" }
func (t *completeStage) tasks(*State) int  { return len(t.guesses) }
func (t *completeStage) cost(*State) int64 { return int64(4 * completePlaces) }

// completePlaces is at how many predicted places a complete row is looked for.
const completePlaces = libraryLines

// whole is what completeStage found of a guess.
type whole struct {
	OK    bool    `json:"ok"`
	Tests int     `json:"tests"`
	Hits  int     `json:"hits"`
	Pass  int     `json:"pass"`
	W     Vec     `json:"w,omitempty"`
	B     Vec     `json:"b,omitempty"`
	C     Vec     `json:"c,omitempty"` // and its error at the end
	Err   float64 `json:"err,omitempty"`
	P     Vec     `json:"p,omitempty"` // a few of its critical points in the chart
}

// crossing is a critical point located on a library line.
type crossing struct {
	a    []float64 // (h, 1)
	y    []float64
	err  float64 // of z = ŵ·a, given ‖w‖ = 1
	c    []float64
	cErr float64
}

func (t *completeStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	c, d, g := t.l.chart, t.l.deep, t.guesses[i]
	in, err := c.open(o)
	if err != nil {
		return nil, err
	}
	row := g.Row()
	n := len(row)
	linalg.Scale(1/linalg.Norm(row[:n-1]), row)
	var hits []crossing
	tests := 0
	// First with a wide window for the row as it was put together, which can be
	// blurred in a weight seen from one short lever; then as strictly as ever.
	for pass, window := range []float64{256 * signature.Window, 16 * signature.Window, signature.Window} {
		f := g.Fragment.Clone()
		for k := range f.A {
			f.A[k] = linalg.Dot(f.U[k*n:][:n], row)
		}
		hits, tests = hits[:0], 0
		for _, at := range d.predict(f, completePlaces, r) {
			h, ok, err := d.cross(in, c, at, row, float64(8*window*c.size))
			if err != nil {
				return nil, err
			}
			tests++
			if ok {
				hits = append(hits, h)
			}
			if tests == 24 && len(hits) < 4 {
				return whole{Tests: tests, Hits: len(hits), Pass: pass}, nil
			}
		}
		polishRow(row, hits)
	}
	for range 4 { // inputs that are hardly ever active are sought out
		want := d.uncovered(hits)
		if want < 0 || len(hits) == 0 {
			break
		}
		for range 6 {
			pl, ok := d.climb(c, row, hits[r.Intn(len(hits))].y, want, math.Ldexp(c.size, -r.Intn(4)), r)
			if !ok {
				continue
			}
			h, ok, err := d.crossAt(in, c, pl, row)
			if err != nil {
				return nil, err
			}
			tests++
			if ok {
				hits = append(hits, h)
			}
		}
	}
	if len(hits) < 4 || 4*len(hits) < tests || d.uncovered(hits) >= 0 {
		return whole{Tests: tests, Hits: len(hits), Pass: 100 + d.uncovered(hits)}, nil
	}
	res := whole{OK: true, W: row[:n-1], B: Vec{row[n-1]}}
	best := hits[0]
	for _, h := range hits {
		res.Err = max(res.Err, math.Abs(linalg.Dot(row, h.a))/linalg.Norm(h.a))
		if h.cErr < best.cErr {
			best = h
		}
	}
	res.C = append(append(Vec{}, best.c...), best.cErr)
	for _, h := range hits[:4] {
		res.P = append(res.P, h.y...)
	}
	return res, nil
}

// cross locates a predicted critical point precisely.
func (d *deep) cross(in oracle.Oracle, c *chart, at prediction, row []float64, window float64) (crossing, bool, error) {
	line, err := critical.NewLine(in, at.line.base, at.line.dir, c.noise)
	if err != nil {
		return crossing{}, false, err
	}
	k, ok, err := line.Locate(at.t, window)
	if err != nil || !ok {
		return crossing{}, false, err
	}
	for j := range at.line.parts {
		s := &at.line.parts[j]
		if k.T < s.t0 || k.T > s.t1 {
			continue
		}
		h := crossing{a: make([]float64, len(s.a0)), y: append([]float64(nil), at.line.base...)}
		x := (k.T - s.t0) / (s.t1 - s.t0)
		for i := range h.a {
			h.a[i] = s.a0[i] + float64(x*(s.a1[i]-s.a0[i]))
		}
		linalg.Axpy(k.T, at.line.dir, h.y)
		slope := (linalg.Dot(row, s.a1) - linalg.Dot(row, s.a0)) / (s.t1 - s.t0)
		h.err = float64(k.Err*math.Abs(slope)) + float64(1e-15*linalg.Norm(h.a))
		for i := range k.Right {
			h.c = append(h.c, (k.Right[i]-k.Left[i])/slope)
		}
		h.cErr = float64(k.Jump*k.Err) / float64(2*window*math.Abs(slope))
		return h, true, nil
	}
	return crossing{}, false, nil
}

// polishRow moves ŵ = (w, b), ‖w‖ = 1, onto its critical points: least squares
// with a weak pull towards where it was, for directions that no point shows.
func polishRow(row []float64, hits []crossing) {
	n := len(row)
	var a, rhs []float64
	for _, h := range hits {
		e := append([]float64(nil), h.a...)
		linalg.Scale(1/h.err, e)
		a = append(a, e...)
		rhs = append(rhs, -linalg.Dot(row, h.a)/h.err)
	}
	for i := range n {
		e := make([]float64, n)
		e[i] = 1e5
		a, rhs = append(a, e...), append(rhs, 0)
	}
	x, _ := linalg.Factor(a, n).Solve(rhs, n)
	linalg.Axpy(1, x, row)
	linalg.Scale(1/linalg.Norm(row[:n-1]), row)
}

// crossAt locates a critical point on the normal of the hyperplane at a place
// on it.
func (d *deep) crossAt(in oracle.Oracle, c *chart, pl *place, row []float64) (crossing, bool, error) {
	dir := d.normal(pl, row)
	slope := normalise(dir)
	line, err := critical.NewLine(in, pl.y, dir, c.noise)
	if err != nil {
		return crossing{}, false, err
	}
	window := float64(8 * signature.Window * c.size)
	k, ok, err := line.Locate(0, window)
	if err != nil || !ok {
		return crossing{}, false, err
	}
	h := crossing{y: append([]float64(nil), pl.y...)}
	linalg.Axpy(k.T, dir, h.y)
	h.a = append(d.pre.values(h.y), 1)
	h.err = float64(k.Err*slope) + float64(1e-15*linalg.Norm(h.a))
	for i := range k.Right {
		h.c = append(h.c, (k.Right[i]-k.Left[i])/slope)
	}
	h.cErr = float64(k.Jump*k.Err) / float64(2*window*slope)
	return h, true, nil
}

// uncovered returns an input that can be active but is so in fewer than two of
// the hits, or −1. A wrong weight of it would go unseen.
func (d *deep) uncovered(hits []crossing) int {
	for k := range d.pre.width() {
		reachable, seen := false, 0
		for i := range d.reach.A {
			reachable = reachable || math.Abs(d.reach.U[i*d.reach.N+k]) > reachRelative
		}
		for _, h := range hits {
			if h.a[k] > 0 {
				seen++
			}
		}
		if reachable && seen < 2 {
			return k
		}
	}
	return -1
}

func (t *completeStage) apply(s *State, results []json.RawMessage) (stage, error) {
	l := t.l
	for i, data := range results {
		w, err := decode[whole](data)
		if err != nil {
			return nil, err
		}
		g := t.guesses[i]
		if !w.OK {
			g.tried++
			continue
		}
		dout := len(w.C) - 1
		n := &neuron{Hyperplane: signature.Hyperplane{W: w.W, B: w.B[0], C: w.C[:dout:dout], CErr: w.C[dout], WErr: w.Err},
			hits: hitsOf(w.P, make(Vec, 4))}
		g.done = true
		if !l.knows(n) {
			s.emit(Event{Type: "found", Layer: l.index, Neuron: len(l.neurons)})
			s.emit(Event{Type: "completed", Layer: l.index, Neuron: len(l.neurons)})
			l.neurons = append(l.neurons, n)
		}
	}
	t.guesses = t.guesses[len(results):]
	if len(t.guesses) > 0 {
		return t, nil
	}
	var rest []*guess
	for _, g := range l.deep.guesses {
		if !g.done && !l.explains(&g.Fragment) {
			rest = append(rest, g)
		}
	}
	l.deep.guesses = rest
	return s.nextDeep(l), nil
}

// explains reports whether a known neuron has the functionals of a fragment.
func (l *layer) explains(f *signature.Fragment) bool {
	for _, n := range l.neurons {
		row := append(append([]float64(nil), n.W...), n.B)
		var x []float64
		for i := range f.A {
			x = append(x, linalg.Dot(f.U[i*f.N:][:f.N], row))
		}
		s := linalg.Dot(x, f.A) / linalg.Dot(x, x)
		rest := 0.0
		for i := range x {
			rest = max(rest, math.Abs(f.A[i]-float64(s*x[i])))
		}
		if rest <= float64(1e-5*linalg.Norm(f.A)) {
			return true
		}
	}
	return false
}

package extract

import (
	"encoding/json"
	"math"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// completeStage confirms guesses whose row is known on everything inputs can
// reach: critical points at predicted places all over the chart, and at places
// sought out until every weight is determined. They polish the row.
type completeStage struct {
	l       *layer
	guesses []*guess
}

func (t *completeStage) phase() Phase { return PhaseSignature }

func (t *completeStage) layer() int { return t.l.index }

func (t *completeStage) kind() string { return "complete" }

func (t *completeStage) tasks(*State) int { return len(t.guesses) }

func (t *completeStage) cost(*State) int64 { return int64(4 * completePlaces) }

// completePlaces is at how many predicted places a complete row is looked for.
const completePlaces = libraryLines

// whole is what completeStage found of a guess.
type whole struct {
	OK    bool    `json:"ok"`
	Tests int     `json:"tests"`
	Hits  int     `json:"hits"`
	Blur  float64 `json:"blur"` // the error to expect of the least certain weight, ‖w‖ = 1
	W     Vec     `json:"w,omitempty"`
	B     Vec     `json:"b,omitempty"`
	C     Vec     `json:"c,omitempty"` // and its error at the end
	S     float64 `json:"s,omitempty"` // root mean square of ‖c‖ over its critical points
	Err   float64 `json:"err,omitempty"`
	P     Vec     `json:"p,omitempty"` // a few of its critical points in the chart
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
	for _, window := range []float64{256 * signature.Window, 16 * signature.Window, signature.Window} {
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
				return whole{Tests: tests, Hits: len(hits), Blur: 1}, nil
			}
		}
		polishRow(row, hits)
	}
	// Weights that no lever shows well are sought out one after another.
	blur := 1.0
	for range 3 * n {
		var want int
		want, blur = d.weakest(hits)
		if blur < sharp || len(hits) == 0 {
			break
		}
		h, ok, err := d.seek(in, c, row, hits[r.Intn(len(hits))].y, want, r)
		if err != nil {
			return nil, err
		}
		if ok {
			hits = append(hits, h)
			polishRow(row, hits)
		}
	}
	// Points sought for a wrong row can be made to fit; fresh predictions cannot.
	passed, asked, err := t.audit(in, g, row, r)
	if err != nil {
		return nil, err
	}
	if float64(passed) < float64(0.7*float64(asked)) || len(hits) < 4 || blur > tooBlurred {
		return whole{Tests: tests, Hits: len(hits), Blur: blur}, nil
	}
	res := whole{OK: true, Blur: blur, Hits: len(hits), Tests: tests, W: row[:n-1], B: Vec{row[n-1]}}
	best := hits[0]
	for _, h := range hits {
		res.Err = max(res.Err, math.Abs(linalg.Dot(row, h.a))/linalg.Norm(h.a))
		if h.cErr < best.cErr {
			best = h
		}
	}
	res.C = append(append(Vec{}, best.c...), best.cErr)
	for _, h := range hits {
		c := linalg.Norm(h.c)
		res.S += float64(c*c) / float64(len(hits))
	}
	res.S = math.Sqrt(res.S)
	for _, h := range hits[:4] {
		res.P = append(res.P, h.y...)
	}
	return res, nil
}

// audit counts how often the row predicts a critical point.
func (t *completeStage) audit(in oracle.Oracle, g *guess, row []float64, r *rng.Stream) (passed, asked int, err error) {
	f := g.Fragment.Clone()
	for k := range f.A {
		f.A[k] = linalg.Dot(f.U[k*f.N:][:f.N], row)
	}
	for _, at := range t.l.deep.predict(f, 24, r) {
		_, ok, err := t.l.deep.cross(in, t.l.chart, at, row, float64(8*signature.Window*t.l.chart.size))
		if err != nil {
			return 0, 0, err
		}
		asked++
		if ok {
			passed++
		}
	}
	return passed, asked, nil
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
			hits: hitsOf(w.P, make(Vec, 4)), strength: w.S}
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

package extract

import (
	"math"

	"peel/core/linalg"
)

const (
	// audits is at how many predicted places a row is looked for before it
	// counts, and auditMisses how many may be invisible: everything downstream
	// can be off.
	audits      = 32
	auditMisses = 4
	// sharp is the error of the least certain weight, relative to its row, worth
	// aiming for; sharpenings is how many places are asked for it at most.
	sharp       = 2e-11
	sharpenings = 64
	// sharpenEach is for how many places the least certain weight of a long row
	// is worked out once.
	sharpenEach = 16
)

// settled is a row that stood its audit.
type settled struct {
	row  []float64 // ŵ, ‖w‖ = 1
	blur float64   // the error to expect of its least certain weight
}

// settle audits a row where it predicts critical points, half of them on random
// lines all over the chart and half where walking leads, and sharpens it where
// it is least certain.
func (t *tracer) settle() (*settled, error) {
	t.jumps, t.trials = jumps{}, newTrials(t.f.N)
	hits, misses, err := t.teleport(audits/2, auditMisses)
	if err != nil || misses > auditMisses {
		t.doubt()
		return nil, err
	}
	for range audits - hits - misses {
		s := t.surface()
		pl := t.somewhere(s)
		if pl == nil {
			return nil, nil
		}
		ok, err := t.check(s, pl)
		if err != nil {
			return nil, err
		}
		if !ok {
			misses++
		}
		if misses > auditMisses {
			t.doubt()
			return nil, nil
		}
	}
	t.fit()
	blur, err := t.sharpen()
	if err != nil || blur > tooBlurred {
		return nil, err
	}
	if t.doubt() {
		return nil, nil
	}
	row := t.f.Row()
	norm := linalg.Norm(row[:len(row)-1])
	linalg.Scale(1/norm, row)
	for i := range t.jumps.best {
		t.jumps.best[i] *= norm
	}
	t.jumps.err *= norm
	t.jumps.squares *= float64(norm * norm)
	return &settled{row: row, blur: float64(blur * max(1, t.ev.Misfit(t.f)))}, nil
}

// sharpen seeks out places of the surface that show the least certain part of
// the row best, until nothing of it is blurred.
func (t *tracer) sharpen() (blur float64, err error) {
	var v []float64
	for i := range sharpenings {
		if !t.large() || i%sharpenEach == 0 {
			var sigma float64
			v, sigma = t.f.Weakest(t.ev)
			blur = sigma / linalg.Norm(t.f.A)
		}
		if blur <= sharp {
			break
		}
		s := t.surface()
		var best *place
		most := 0.0
		for range 6 {
			pl := t.somewhere(s)
			if pl == nil {
				continue
			}
			pl = t.climb(s, pl, v)
			if x := pl.shows(v); x > most {
				best, most = pl, x
			}
		}
		if best == nil {
			break
		}
		if _, err := t.check(s, best); err != nil {
			return blur, err
		}
		if !t.large() || (i+1)%sharpenEach == 0 {
			t.fit()
		}
	}
	return blur, nil
}

// climb walks on the surface to where the direction v of the row shows more.
func (t *tracer) climb(s *surface, pl *place, v []float64) *place {
	x := pl.shows(v)
	for i := range climbSteps {
		dir := t.r.NormalVec(make([]float64, s.pre.n), 1)
		if g := pl.gradient(v); i%2 == 0 && normalise(g) > 0 {
			linalg.Scale(0.5/math.Sqrt(float64(len(dir))), dir)
			linalg.Axpy(math.Copysign(1, linalg.Dot(v, pl.augmented())), g, dir)
		}
		next, _ := s.step(pl, dir, float64(s.size*math.Ldexp(4, -t.r.Intn(4))))
		if next == nil {
			continue
		}
		if y := next.shows(v); y > x {
			pl, x = next, y
		}
	}
	return pl
}

// climbSteps is how many steps a climb takes.
const climbSteps = 12

// shows is how much of v there is in (h, 1), relative to it.
func (pl *place) shows(v []float64) float64 {
	a := pl.augmented()
	return math.Abs(linalg.Dot(v, a)) / linalg.Norm(a)
}

// fit solves for all that is known of the row. Places that the others contradict
// are left out: some belong to another neuron that passes close by. The
// equations of a long row are kept few, and are mixed.
func (t *tracer) fit() {
	if t.large() {
		if n := t.ev.N + 1; t.ev.Rows() > 2*n {
			t.ev.Compress()
		}
		t.f.Fit(t.ev)
		return
	}
	t.f.Fit(t.ev)
	for range t.ev.Rows() / strangers {
		j, miss, times := t.ev.Outlier(t.f)
		if miss <= strange || times <= strangest {
			return
		}
		t.ev.Drop(j)
		t.f.Fit(t.ev)
	}
}

const (
	// strange is by how many times its error an equation misses what the others
	// say before it is left out, and strangest how many times more than they miss
	// each other by. At most one in so many as strangers says is.
	strange   = 20
	strangest = 5
	strangers = 4
)

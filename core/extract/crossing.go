package extract

import (
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// crossing is a critical point located on a library line.
type crossing struct {
	a    []float64 // (h, 1)
	y    []float64
	err  float64 // of z = ŵ·a, given ‖w‖ = 1
	c    []float64
	cErr float64
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
		h.cErr = float64(k.Jump*k.Err) / float64(2*float64(window*math.Abs(slope)))
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

const (
	// sharp is the error of a weight, relative to its row, worth aiming for, and
	// tooBlurred the largest with which a row counts as known.
	sharp      = 1e-10
	tooBlurred = 1e-7
)

// weakest returns the input whose weight the hits determine worst and the error
// to expect of it, given ‖w‖ = 1.
func (d *deep) weakest(hits []crossing) (want int, blur float64) {
	n := d.pre.width() + 1
	a := make([]float64, 0, len(hits)*n)
	for _, h := range hits {
		row := append([]float64(nil), h.a...)
		linalg.Scale(1/h.err, row)
		a = append(a, row...)
	}
	// The row itself is orthogonal to all hits, and so is what cannot be reached.
	k := d.reach.Rank() - 2
	if len(hits) <= k || k < 0 {
		return 0, 1
	}
	s := linalg.Decompose(a, n)
	most := -1.0
	for i := range n - 1 {
		if v := math.Abs(s.V[i*s.K+k]); v > most {
			want, most = i, v
		}
	}
	return want, 1 / max(s.S[k], 1e-300)
}

// seek climbs along the hyperplane to where an input is large and locates the
// critical point there.
func (d *deep) seek(in oracle.Oracle, c *chart, row, from []float64, want int, r *rng.Stream) (crossing, bool, error) {
	pl, ok := d.climb(c, row, from, want, math.Ldexp(c.size, 2-r.Intn(8)), r)
	if !ok {
		return crossing{}, false, nil
	}
	dir := d.normal(pl, row)
	slope := normalise(dir)
	line, err := critical.NewLine(in, pl.y, dir, c.noise)
	if err != nil {
		return crossing{}, false, err
	}
	// The weight sought can be wrong enough for the strict window to miss.
	for _, window := range []float64{signature.Window, 256 * signature.Window} {
		window *= float64(8 * c.size)
		k, ok, err := line.Locate(0, window)
		if err != nil {
			return crossing{}, false, err
		}
		if !ok {
			continue
		}
		h := crossing{y: append([]float64(nil), pl.y...)}
		linalg.Axpy(k.T, dir, h.y)
		h.a = append(d.pre.values(h.y), 1)
		h.err = float64(k.Err*slope) + float64(1e-15*linalg.Norm(h.a))
		for i := range k.Right {
			h.c = append(h.c, (k.Right[i]-k.Left[i])/slope)
		}
		h.cErr = float64(k.Jump*k.Err) / float64(2*float64(window*slope))
		return h, true, nil
	}
	return crossing{}, false, nil
}

package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/rng"
)

// reached returns inputs (h) of a layer, far out and near, as rows.
func (s *State) reached(l *layer) [][]float64 {
	var out [][]float64
	if l.deep != nil {
		for _, line := range l.deep.lines {
			for _, part := range line.parts {
				out = append(out, part.a0[:len(part.a0)-1])
			}
		}
		return out
	}
	r := rng.New(s.cfg.Seed, uint64(s.round), 0xa15e)
	for j := range l.chart.dim { // the corners of its chart, and places between
		h := make([]float64, l.chart.dim)
		h[j] = l.chart.size
		out = append(out, h)
		out = append(out, l.chart.point(r))
	}
	return out
}

// directions returns in which directions inputs (h) of a layer go to infinity,
// as unit vectors.
func (s *State) directions(l *layer) [][]float64 {
	var out [][]float64
	add := func(h []float64) {
		if normalise(h); h[0] == h[0] {
			out = append(out, h)
		}
	}
	if l.deep == nil {
		for _, h := range s.reached(l) {
			add(append([]float64(nil), h...))
		}
		return out
	}
	for _, line := range l.deep.lines {
		for i := range line.parts {
			y := append([]float64(nil), line.base...)
			linalg.Axpy((line.parts[i].t0+line.parts[i].t1)/2, line.dir, y)
			linalg.Scale(farOut, y)
			add(l.deep.pre.values(y))
		}
	}
	return out
}

// farOut is how many times as far out biases do not count any more.
const farOut = 0x1p20

// mix returns combinations of the rows v (k×d, over some inputs of the layer)
// that are positive wherever inputs reach, as far as there are any.
//
// Neurons that are always on are known together only: α wᵀ = (α G⁻¹)(G w)ᵀ, and
// any G that leaves each on everywhere gives the same function.
func (s *State) mix(l *layer, v []float64, cols []int) []float64 {
	d := len(cols)
	k := len(v) / d
	var seen [][]float64 // V h / ‖h‖
	mean := make([]float64, k)
	for _, h := range s.directions(l) {
		c := make([]float64, k)
		for q := range k {
			for i, j := range cols {
				c[q] += float64(v[q*d+i] * h[j])
			}
		}
		seen = append(seen, c)
		if size := linalg.Norm(c); size > 0 {
			linalg.Axpy(1/size, c, mean)
		}
	}
	if normalise(mean); math.IsNaN(mean[0]) {
		return v
	}
	// How far the mean may be tilted: g = mean + ε e_q stays positive.
	tilt := 1.0
	for _, c := range seen {
		if size := linalg.Norm(c); size > 1e-9 {
			tilt = min(tilt, linalg.Dot(mean, c)/size)
		}
	}
	tilt = max(tilt/2, 1e-3)
	out := make([]float64, 0, k*d)
	for q := range k {
		g := append([]float64(nil), mean...)
		if q > 0 {
			g[q] += tilt
		}
		row := make([]float64, d)
		for p, x := range g {
			linalg.Axpy(x, v[p*d:][:d], row)
		}
		normalise(row)
		out = append(out, row...)
	}
	return out
}

// keepOn returns a bias that keeps w·h + b positive wherever inputs reach.
func (s *State) keepOn(l *layer, w []float64) float64 {
	low, high := 0.0, 0.0
	for _, h := range s.reached(l) {
		z := linalg.Dot(w, h)
		low, high = min(low, z), max(high, z)
	}
	return max(float64(-overruled*low), float64(1e-6*high))
}

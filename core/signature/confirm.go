package signature

import (
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
)

// Segment is a piece of a line, base + t·Dir for T0 ≤ t ≤ T1, with ‖Dir‖ = 1.
type Segment struct {
	Base, Dir []float64
	T0, T1    float64
}

// Point returns base + t·dir.
func (g *Segment) Point(t float64) []float64 {
	p := append([]float64(nil), g.Base...)
	linalg.Axpy(t, g.Dir, p)
	return p
}

// Hit is a critical point of a neuron, located where its hyperplane predicted it.
type Hit struct {
	P   []float64
	Err float64 // error to expect along the hyperplane's normal
}

// Window is how close to its prediction a critical point must lie, relative to
// the size of the chart. A wider window gives chance hits.
const Window = 1e-6

// Confirm tests a proposed hyperplane where it predicts critical points, on
// segments that cross it, drawn from next. It stops at want hits, or after more
// than misses misses. A layer's own hyperplane can be invisible at a point
// (everything downstream is off there), so misses are allowed; a chance hit has
// probability about Window times the density of critical points. Each test
// costs four queries.
func Confirm(o oracle.Oracle, h *Hyperplane, next func() Segment, size float64, noise critical.Noise, want, misses int) ([]Hit, error) {
	var hits []Hit
	for len(hits) < want && misses >= 0 {
		g := next()
		t, cos := h.Cross(g.Base, g.Dir)
		line, err := critical.NewLine(o, g.Base, g.Dir, noise)
		if err != nil {
			return nil, err
		}
		k, ok, err := line.Locate(t, h.window(float64(8*Window*size), size, cos, noise))
		if err != nil {
			return nil, err
		}
		if ok {
			hits = append(hits, Hit{P: g.Point(k.T), Err: float64(k.Err * cos)})
		} else {
			misses--
		}
	}
	return hits, nil
}

// window widens the window w for a hyperplane that answers coarser than those
// of float64 could not measure better, and so that a kink of its size stands
// out of the noise there.
func (h *Hyperplane) window(w, size, cos float64, noise critical.Noise) float64 {
	if noise = noise.Near(size); noise.Coarse() == 1 {
		return w
	}
	blur := float64(64 * h.WErr * size)
	faint := float64(512*noise.Of(nil)) / max(float64(cos*linalg.Norm(h.C)), math.SmallestNonzeroFloat64)
	return noise.Relax(w, max(blur, faint))
}

package signature

import (
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
		k, ok, err := line.Locate(t, float64(8*Window*size))
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

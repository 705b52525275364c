package fidelity

import (
	"math"

	"peel/core/nn"
)

// likeness tells which hidden neurons of two networks do the same on the inputs
// seen: the activation of one is a positive multiple of that of the other on
// every one of them. Rows can differ where this holds, in weights that no input
// shows. With sums over inputs x,
//
//	1 − (Σ h g)² / (Σ h² Σ g²)
//
// is the square of how far h is from the nearest multiple of g, relative to it.
type likeness struct {
	v, r       *nn.Network
	hg, hh, gg [][]float64 // by layer: m×n, m and n
	h, g       [2][]float64
}

func newLikeness(v, r *nn.Network) *likeness {
	t := &likeness{v: v, r: r}
	width := 0
	for i := range v.Hidden() {
		m, n := v.Layers[i].Out, r.Layers[i].Out
		t.hg, t.hh, t.gg = append(t.hg, make([]float64, m*n)), append(t.hh, make([]float64, m)), append(t.gg, make([]float64, n))
		width = max(width, m, n)
	}
	for i := range t.h {
		t.h[i], t.g[i] = make([]float64, width), make([]float64, width)
	}
	return t
}

// see takes an input into account.
func (t *likeness) see(x []float64) {
	h, g := x, x
	for i := range t.hg {
		h, g = activations(&t.v.Layers[i], h, t.h[i%2]), activations(&t.r.Layers[i], g, t.g[i%2])
		for q, b := range g {
			t.gg[i][q] += b * b
		}
		for k, a := range h {
			if a == 0 {
				continue
			}
			t.hh[i][k] += a * a
			row := t.hg[i][k*len(g):][:len(g)]
			for q, b := range g {
				row[q] += a * b
			}
		}
	}
}

func activations(l *nn.Layer, in, out []float64) []float64 {
	z := out[:l.Out]
	nn.Affine(z, l.W, in, l.B)
	for k, v := range z {
		z[k] = max(0, v)
	}
	return z
}

// alike counts the neurons of layer i (from 0) that some input switched on and
// that do the same as one of the recovered network, each of those once.
func (t *likeness) alike(i int) int {
	n := len(t.gg[i])
	taken := make([]bool, n)
	count := 0
	for k, hh := range t.hh[i] {
		best, least := -1, AlikeTolerance*AlikeTolerance
		for q, gg := range t.gg[i] {
			hg := t.hg[i][k*n+q]
			if taken[q] || !(hh > 0 && gg > 0 && hg > 0) {
				continue
			}
			c := hg / math.Sqrt(hh) / math.Sqrt(gg)
			if off := (1 - c) * (1 + c); off <= least {
				best, least = q, off
			}
		}
		if best >= 0 {
			taken[best] = true
			count++
		}
	}
	return count
}

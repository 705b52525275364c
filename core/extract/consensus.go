package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/nn"
)

// equation is Σ_j δ_j h_j = v ± err at input p.
type equation struct {
	p      int
	h      []float64
	v, err float64
}

// roots returns what the pre-activation of neuron k of a layer lacks for the
// answer f to be right, with the inputs in of the layer.
func (t *patcher) roots(layer, k int, in, f []float64) []float64 {
	l := &t.net.Layers[layer]
	z := make([]float64, l.Out)
	nn.Affine(z, l.W, in, l.B)
	lacks := z[k]
	h := make([]float64, l.Out)
	for q, v := range z {
		h[q] = max(0, v)
	}
	o := 0 // the output that tells
	now := t.after(h, layer+1)
	for q, v := range now {
		if math.Abs(v-f[q]) > math.Abs(now[o]-f[o]) {
			o = q
		}
	}
	miss := func(v float64) float64 {
		h[k] = v
		return t.after(h, layer+1)[o] - f[o]
	}
	size := float64(4 * math.Hypot(linalg.Norm(h), linalg.Norm(in)))
	var out []float64
	a, fa := 0.0, miss(0)
	for i := range patchScales {
		b := math.Ldexp(size, i+1-patchScales)
		fb := miss(b)
		if (fa > 0) != (fb > 0) {
			lo, hi, up := a, b, fa > 0
			for range 60 {
				mid := (lo + hi) / 2
				if (miss(mid) > 0) == up {
					lo = mid
				} else {
					hi = mid
				}
			}
			h[k] = (lo + hi) / 2
			worst := 0.0
			for q, v := range t.after(h, layer+1) {
				worst = max(worst, math.Abs(v-f[q]))
			}
			if worst <= float64(verifyTolerance*max(1, linalg.MaxAbs(f))) {
				out = append(out, h[k]-lacks)
			}
		}
		a, fa = b, fb
	}
	return out
}

// consensus returns the δ on which most inputs agree, nil if they are too few.
// (Random sample consensus: Fischler and Bolles 1981.)
func (t *patcher) consensus(all []equation, unknown int) (delta []float64, agree int) {
	if len(all) < unknown+patchExcess {
		return nil, 0
	}
	fits := func(x []float64, e *equation) bool {
		size := math.Abs(e.v)
		for i, v := range e.h {
			size += math.Abs(float64(x[i] * v))
		}
		return math.Abs(linalg.Dot(x, e.h)-e.v) <= float64(patchError*size)+e.err
	}
	solve := func(pick []int) []float64 {
		var a, rhs []float64
		for _, i := range pick {
			size := linalg.Norm(all[i].h)
			for _, v := range all[i].h {
				a = append(a, v/size)
			}
			rhs = append(rhs, all[i].v/size)
		}
		q := linalg.Factor(a, unknown)
		if q.Rank(1e-4) < unknown {
			return nil
		}
		x, _ := q.Solve(rhs, unknown)
		return x
	}
	for range patchTrials {
		pick := t.r.Perm(len(all))[:unknown]
		x := solve(pick)
		if x == nil {
			continue
		}
		var inliers []int
		seen := map[int]bool{}
		for i := range all {
			if !seen[all[i].p] && fits(x, &all[i]) {
				seen[all[i].p] = true
				inliers = append(inliers, i)
			}
		}
		if len(inliers) > agree && len(inliers) >= unknown+patchExcess {
			if y := solve(inliers); y != nil {
				delta, agree = y, len(inliers)
			}
		}
	}
	return delta, agree
}

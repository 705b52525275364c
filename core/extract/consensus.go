package extract

import (
	"math"
	"slices"

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

// span returns an orthonormal basis of what the inputs of equations span, with a column
// for each direction.
func span(all []equation, wide int) (basis []float64, r int) {
	var a []float64
	for i := range all {
		h := slices.Clone(all[i].h)
		normalise(h)
		a = append(a, h...)
	}
	svd := linalg.Decompose(a, wide)
	for r < len(svd.S) && svd.S[r] > float64(patchRank*svd.S[0]) {
		r++
	}
	for i := range wide {
		basis = append(basis, svd.V[i*svd.K:][:r]...)
	}
	return basis, r
}

// consensus returns the δ on which most inputs agree, nil if they are too few. Where
// they do not tell all of δ it is the shortest.
// (Random sample consensus: Fischler and Bolles 1981.)
func (t *patcher) consensus(all []equation, wide int) (delta []float64, agree int) {
	if wide == 0 || len(all) <= patchExcess {
		return nil, 0
	}
	basis, unknown := span(all, wide)
	if unknown > patchWidest || len(all) < unknown+patchExcess {
		return nil, 0
	}
	var along [][]float64 // the inputs, in the basis
	for i := range all {
		g := make([]float64, unknown)
		for j, v := range all[i].h {
			linalg.Axpy(v, basis[j*unknown:][:unknown], g)
		}
		along = append(along, g)
	}
	fits := func(x []float64, i int) bool {
		size := math.Abs(all[i].v)
		for b, v := range along[i] {
			size += math.Abs(float64(x[b] * v))
		}
		return math.Abs(linalg.Dot(x, along[i])-all[i].v) <= float64(patchError*size)+all[i].err
	}
	solve := func(pick []int) []float64 {
		var a, rhs []float64
		for _, i := range pick {
			size := linalg.Norm(along[i])
			for _, v := range along[i] {
				a = append(a, v/size)
			}
			rhs = append(rhs, all[i].v/size)
		}
		q := linalg.Factor(a, unknown)
		if q.Rank(patchRank) < unknown {
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
			if !seen[all[i].p] && fits(x, i) {
				seen[all[i].p] = true
				inliers = append(inliers, i)
			}
		}
		if len(inliers) > agree && len(inliers) >= unknown+patchExcess {
			if y := solve(inliers); y != nil {
				agree = len(inliers)
				delta = delta[:0]
				for j := range wide {
					delta = append(delta, linalg.Dot(basis[j*unknown:][:unknown], y))
				}
			}
		}
	}
	return delta, agree
}

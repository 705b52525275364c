package signature

import (
	"errors"
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// ErrTwoKinks means that the gradient jump at a critical point is not one
// neuron's: two hyperplanes cross the line too close together, or none does.
var ErrTwoKinks = errors.New("the gradient jump does not have rank one")

// Jump measures the gradient on both sides of the critical point base + k.T·dir,
// half-way to its neighbours but at most reach away, and returns the neuron's
// hyperplane:
//
//	J = ∇f(p₊) − ∇f(p₋) = c ⊗ w.
//
// The bias comes from w·p + b = 0. Cost: about 2(n+10) queries in dimension n.
func Jump(o oracle.Oracle, base, dir []float64, k critical.Kink, reach float64, upward bool, noise critical.Noise, s *rng.Stream) (*Hyperplane, error) {
	in, out := o.Shape()
	norm := linalg.Norm(dir)
	gl := min((k.T-k.Prev)/2, reach/norm)
	gr := min((k.Next-k.T)/2, reach/norm)
	p := make([]float64, in)
	side := func(t float64) (*Jacobian, error) {
		copy(p, base)
		linalg.Axpy(t, dir, p)
		h, err := Room(o, p, float64(min(gl, gr)*norm), upward, noise, s)
		if err != nil {
			return nil, err
		}
		return Measure(o, p, nil, h, upward, noise, s)
	}
	left, err := side(k.T - gl)
	if err != nil {
		return nil, err
	}
	right, err := side(k.T + gr)
	if err != nil {
		return nil, err
	}
	j := make([]float64, out*in)
	for i := range j {
		j[i] = right.D[i] - left.D[i]
	}
	w, c, rest := RankOne(j, in)
	if linalg.Norm(c) <= float64(64*(left.Err+right.Err)) {
		return nil, ErrTwoKinks // no jump stands out of the noise
	}
	if rest > max(float64(1e-6*linalg.Norm(c)), float64(64*(left.Err+right.Err))) {
		return nil, ErrTwoKinks
	}
	if linalg.Dot(w, dir) < 0 { // the jump was taken towards smaller z
		linalg.Scale(-1, c)
	}
	copy(p, base)
	linalg.Axpy(k.T, dir, p)
	return &Hyperplane{W: w, B: -linalg.Dot(w, p), C: c,
		CErr: left.Err + right.Err, WErr: (left.Err + right.Err) / linalg.Norm(c)}, nil
}

// RankOne returns the unit vector w (n) and c (m) for which c⊗w is nearest to
// the m×n matrix j, and the largest entry of the rest.
func RankOne(j []float64, n int) (w, c []float64, rest float64) {
	m := len(j) / n
	best, bestNorm := 0, -1.0
	for k := range m {
		if v := linalg.Norm(j[k*n:][:n]); v > bestNorm {
			best, bestNorm = k, v
		}
	}
	w = append([]float64(nil), j[best*n:][:n]...)
	unit(w)
	for range 3 { // power iteration on JᵀJ: a start this good converges at once
		if m == 1 {
			break
		}
		c = linalg.MulVec(j, w)
		for i := range w {
			w[i] = 0
		}
		for k := range m {
			linalg.Axpy(c[k], j[k*n:][:n], w)
		}
		unit(w)
	}
	c = linalg.MulVec(j, w)
	for k := range m {
		for i := range n {
			rest = max(rest, math.Abs(j[k*n+i]-float64(c[k]*w[i])))
		}
	}
	return w, c, rest
}

func unit(w []float64) {
	if n := linalg.Norm(w); n > 0 {
		linalg.Scale(1/n, w)
	}
}

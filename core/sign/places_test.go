package sign_test

import (
	"math"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
)

// place is a critical point of a neuron of layer `layer` (from 0), with what an
// attacker who knows the layers before it can compute there.
type place struct {
	p     []float64
	gamma []float64   // Jacobian of the layer's inputs, m×d0
	z     []float64   // pre-activations of the layer, known to an attacker up to their sign
	walls [][]float64 // gradients of the prefix's pre-activations
	wallZ []float64
	basis []float64 // ρ×d0: orthonormal directions that the prefix passes
	jump  float64   // the true |c| of the neuron whose critical point it is
}

// pre returns the pre-activation of one neuron.
func pre(net *nn.Network, layer, k int, x []float64) float64 {
	h := x
	for i := range layer {
		l := &net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		for j, v := range z {
			z[j] = max(0, v)
		}
		h = z
	}
	l := &net.Layers[layer]
	return linalg.Dot(l.Row(k), h) + l.B[k]
}

// findPlace halves a random segment on which neuron k switches.
func findPlace(net *nn.Network, layer, k int, r *rng.Stream) (*place, bool) {
	d := net.In()
	a, b := make([]float64, d), make([]float64, d)
	for range 20 {
		r.NormalVec(a, 2)
		r.NormalVec(b, 2)
		za := pre(net, layer, k, a)
		if za*pre(net, layer, k, b) >= 0 {
			continue
		}
		mid := make([]float64, d)
		for range 60 {
			for j := range mid {
				mid[j] = (a[j] + b[j]) / 2
			}
			if pre(net, layer, k, mid)*za > 0 {
				copy(a, mid)
			} else {
				copy(b, mid)
			}
		}
		return newPlace(net, layer, k, b), true
	}
	return nil, false
}

func newPlace(net *nn.Network, layer, k int, x []float64) *place {
	d := net.In()
	s := &place{p: append([]float64(nil), x...)}
	h := s.p
	for i := range layer {
		l := &net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		next := append([]float64(nil), l.W...)
		if i > 0 {
			next = linalg.Mul(l.W, l.In, s.gamma, d)
		}
		h = make([]float64, l.Out)
		for j, v := range z {
			row := next[j*d:][:d]
			s.walls, s.wallZ = append(s.walls, append([]float64(nil), row...)), append(s.wallZ, v)
			if v > 0 {
				h[j] = v
			} else {
				clear(row)
			}
		}
		s.gamma = next
	}
	l := &net.Layers[layer]
	s.z = make([]float64, l.Out)
	nn.Affine(s.z, l.W, h, l.B)
	s.jump = downstream(net, layer, k, s.z)
	dec := linalg.Decompose(s.gamma, d)
	for m, v := range dec.S {
		if v <= 1e-6*dec.S[0] || v == 0 {
			break
		}
		for j := range d {
			s.basis = append(s.basis, dec.V[j*dec.K+m])
		}
	}
	return s
}

// downstream is ‖∂f/∂h_k‖ where the layer's pre-activations are z.
func downstream(net *nn.Network, layer, k int, z []float64) float64 {
	h, g := make([]float64, len(z)), make([]float64, len(z))
	for j, v := range z {
		h[j] = max(0, v)
	}
	g[k] = 1
	for i := layer + 1; i < len(net.Layers); i++ {
		l := &net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		g = linalg.MulVec(l.W, g)
		if i < len(net.Layers)-1 {
			for j, v := range z {
				if v <= 0 {
					z[j], g[j] = 0, 0
				}
			}
		}
		h = z
	}
	return linalg.Norm(g)
}

// beta is the gradient of pre-activation q, in the place's basis.
func (s *place) beta(l *nn.Layer, q int) []float64 {
	d := len(s.p)
	b := make([]float64, d)
	for j, w := range l.Row(q) {
		linalg.Axpy(w, s.gamma[j*d:][:d], b)
	}
	return linalg.MulVec(s.basis, b)
}

// out turns a direction of the basis into one of the input, and says how far it
// may be followed before anything but neuron k of the layer switches.
func (s *place) out(l *nn.Layer, k int, move []float64) (dir []float64, eps float64) {
	d := len(s.p)
	dir = make([]float64, d)
	for m, v := range move {
		linalg.Axpy(v, s.basis[m*d:][:d], dir)
	}
	eps = math.Inf(1)
	for w, row := range s.walls {
		eps = min(eps, math.Abs(s.wallZ[w]/linalg.Dot(row, dir)))
	}
	for q := range l.Out {
		if q != k {
			eps = min(eps, math.Abs(s.z[q]/linalg.Dot(s.beta(l, q), move)))
		}
	}
	if math.IsInf(eps, 0) || !(eps > 0) {
		eps = 2
	}
	return dir, eps / 2
}

package published

import (
	"math"

	"peel/core/linalg"
	"peel/core/nn"
)

// earlier is the network before the layer under attack: x ↦ h_{k−1}. Nothing of
// it costs a query. Layer 1 has none before it, and h_0 = x.
type earlier struct {
	n      int // d0
	layers []nn.Layer
}

// width is d_{k−1}.
func (e *earlier) width() int {
	if len(e.layers) == 0 {
		return e.n
	}
	return e.layers[len(e.layers)-1].Out
}

// onOwn is how near to 0, relative to its terms, a pre-activation counts as 0.
const onOwn = 1e-5

// hidden returns h_{k−1} at x, and whether some earlier neuron switches there:
// then a critical point at x is that neuron's.
func (e *earlier) hidden(x []float64) (h []float64, switches bool) {
	h = x
	for i := range e.layers {
		l := &e.layers[i]
		size := linalg.Norm(h)
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		for j, v := range z {
			if math.Abs(v) <= float64(onOwn*(math.Abs(l.B[j])+float64(linalg.Norm(l.Row(j))*size))) {
				switches = true
			}
			z[j] = max(v, 0)
		}
		h = z
	}
	return h, switches
}

// cell is the linear region of the earlier layers around a point.
type cell struct {
	x []float64 // the point, d0
	h []float64 // h_{k−1} there
	// Pre-activations of all earlier neurons, layer by layer, and their gradients
	// in x, a row each. The last d_{k−1} of them are those of h_{k−1}.
	z     []float64
	grads []float64
}

// at computes the linear region around x.
func (e *earlier) at(x []float64) *cell {
	c := &cell{x: x, h: x}
	var before []float64 // ∂h/∂x of the layer before, nil for the identity
	for i := range e.layers {
		l := &e.layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, c.h, l.B)
		g := l.W
		if before != nil {
			g = linalg.Mul(l.W, l.In, before, e.n)
		}
		c.z = append(c.z, z...)
		c.grads = append(c.grads, g...)
		before, c.h = append([]float64(nil), g...), z
		for j, v := range z {
			if !(v > 0) {
				z[j] = 0
				clear(before[j*e.n:][:e.n])
			}
		}
	}
	return c
}

// last returns the index of neuron j of layer k−1 among all of z.
func (c *cell) last(j int) int { return len(c.z) - len(c.h) + j }

// grad returns the gradient of pre-activation q.
func (c *cell) grad(q int) []float64 { return c.grads[q*len(c.x):][:len(c.x)] }

// push returns ∂h/∂x · d for directions d (m×d0), as an m×d_{k−1} matrix.
func (c *cell) push(dirs []float64) []float64 {
	if len(c.z) == 0 {
		return append([]float64(nil), dirs...)
	}
	n, d := len(c.x), len(c.h)
	out := make([]float64, len(dirs)/n*d)
	for i := range len(dirs) / n {
		for j, v := range c.h {
			if v > 0 {
				out[i*d+j] = linalg.Dot(c.grad(c.last(j)), dirs[i*n:][:n])
			}
		}
	}
	return out
}

// normal returns the gradient in x of w·h, where unknown entries of w (NaN)
// count nothing.
func (c *cell) normal(w []float64) []float64 {
	g := make([]float64, len(c.x))
	for j, v := range w {
		if math.IsNaN(v) {
			continue
		}
		if len(c.z) == 0 {
			g[j] = v
		} else if c.h[j] > 0 {
			linalg.Axpy(v, c.grad(c.last(j)), g)
		}
	}
	return g
}

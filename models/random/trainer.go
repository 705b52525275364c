package random

import (
	"math"

	"peel/core/nn"
)

// trainer takes steps of Adam (Kingma and Ba 2015) on a network.
type trainer struct {
	net        *nn.Network
	grad, m, s []nn.Layer  // gradient and its two moments
	h, d       [][]float64 // of each layer: activations, derivatives in z
	pow1, pow2 float64     // β1^t, β2^t
}

const (
	beta1   = 0.9
	beta2   = 0.999
	epsilon = 1e-7
)

func newTrainer(net *nn.Network) *trainer {
	zero := func() []nn.Layer { return nn.New(net.Sizes()).Layers }
	t := &trainer{net: net, grad: zero(), m: zero(), s: zero(), pow1: 1, pow2: 1}
	for i := range net.Layers {
		t.h = append(t.h, make([]float64, net.Layers[i].Out))
		t.d = append(t.d, make([]float64, net.Layers[i].Out))
	}
	return t
}

// add adds one example's gradient of the batch's mean squared error.
func (t *trainer) add(x, label []float64) {
	last := len(t.net.Layers) - 1
	for i := range t.net.Layers {
		l := &t.net.Layers[i]
		nn.Affine(t.h[i], l.W, t.below(i, x), l.B)
		if i < last {
			for k, z := range t.h[i] {
				t.h[i][k] = max(z, 0)
			}
		}
	}
	for k, z := range t.h[last] {
		y := 1 / (1 + exp(-z))
		t.d[last][k] = 2 * (y - label[k]) * y * (1 - y) / float64(batch*len(label))
	}
	for i := last; i >= 0; i-- {
		t.backward(i, t.below(i, x))
	}
}

// below returns the inputs of layer i.
func (t *trainer) below(i int, x []float64) []float64 {
	if i == 0 {
		return x
	}
	return t.h[i-1]
}

// backward adds to the gradient of layer i and passes on to the one below.
func (t *trainer) backward(i int, h []float64) {
	l, g := &t.net.Layers[i], &t.grad[i]
	if i > 0 {
		clear(t.d[i-1])
	}
	for k, d := range t.d[i] {
		if d == 0 {
			continue
		}
		g.B[k] += d
		row := g.Row(k)
		for j, v := range h {
			row[j] += float64(d * v)
		}
		if i > 0 {
			for j, w := range l.Row(k) {
				t.d[i-1][j] += float64(d * w)
			}
		}
	}
	if i > 0 {
		for j, v := range h {
			if !(v > 0) {
				t.d[i-1][j] = 0
			}
		}
	}
}

// step moves along the gradient gathered since the last step.
func (t *trainer) step() {
	t.pow1 *= beta1
	t.pow2 *= beta2
	size := rate * math.Sqrt(1-t.pow2) / (1 - t.pow1)
	for i := range t.net.Layers {
		update(t.net.Layers[i].W, t.grad[i].W, t.m[i].W, t.s[i].W, size)
		update(t.net.Layers[i].B, t.grad[i].B, t.m[i].B, t.s[i].B, size)
	}
}

func update(v, g, m, s []float64, size float64) {
	for i, d := range g {
		m[i] = float64(beta1*m[i]) + float64((1-beta1)*d)
		s[i] = float64(beta2*s[i]) + float64((1-beta2)*float64(d*d))
		v[i] -= float64(size * m[i] / (math.Sqrt(s[i]) + epsilon))
	}
	clear(g)
}

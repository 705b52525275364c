package fit

import (
	"peel/core/linalg"
	"peel/core/nn"
)

// tangent is the derivative of one output of a network at one input by its free
// parameters, which are numbered layer by layer, row by row, the bias last. Most
// entries are 0: those of neurons that are off.
type tangent struct {
	choice Choice
	free   int
	bias   [][]int     // the number of each bias; its row's weights, if they are free, come before it
	h      [][]float64 // the inputs of each layer
	g      [][]float64 // ∂f/∂z by layer
	idx    []int       // ascending
	val    []float64
}

func newTangent(sizes []int, c Choice) *tangent {
	t := &tangent{choice: c}
	for i := range len(sizes) - 1 {
		bias := make([]int, sizes[i+1])
		for k := range bias {
			if c.fixed(i) {
				continue
			}
			if c != nil && c[i][k] {
				t.free += sizes[i]
			}
			bias[k] = t.free
			t.free++
		}
		t.bias = append(t.bias, bias)
		t.h, t.g = append(t.h, make([]float64, sizes[i])), append(t.g, make([]float64, sizes[i+1]))
	}
	return t
}

// of returns the numbers of a row's first free parameter and of its bias.
func (t *tangent) of(layer, k int) (first, bias int) {
	bias = t.bias[layer][k]
	if t.choice[layer][k] {
		return bias - len(t.h[layer]), bias
	}
	return bias, bias
}

// at evaluates the network at x.
func (t *tangent) at(net *nn.Network, x []float64) {
	copy(t.h[0], x)
	l := &net.Layers[0]
	nn.Affine(t.h[1], l.W, x, l.B)
	t.after(net)
}

// after evaluates the network from the pre-activations in h[1].
func (t *tangent) after(net *nn.Network) {
	for i := 1; i < len(t.h); i++ {
		if i > 1 {
			l := &net.Layers[i-1]
			nn.Affine(t.h[i], l.W, t.h[i-1], l.B)
		}
		for k, z := range t.h[i] {
			t.h[i][k] = max(0, z)
		}
	}
}

// z returns the pre-activation of neuron k of a layer there, or output k.
func (t *tangent) z(net *nn.Network, layer, k int) float64 {
	l := &net.Layers[layer]
	return l.B[k] + linalg.Dot(l.Row(k), t.h[layer])
}

// back takes the derivatives of the pre-activation of neuron k of a layer (of
// output k, for the last one) by those of the layers before it.
func (t *tangent) back(net *nn.Network, layer, k int) {
	for i := layer; i < len(t.g); i++ {
		clear(t.g[i])
	}
	t.g[layer][k] = 1
	for i := layer; i > 0; i-- {
		l := &net.Layers[i]
		below := t.g[i-1]
		clear(below)
		for k, g := range t.g[i] {
			if g == 0 {
				continue
			}
			for j, w := range l.Row(k) {
				if t.h[i][j] > 0 {
					below[j] += float64(g * w)
				}
			}
		}
	}
}

// parameters takes the derivatives of that pre-activation by the free parameters.
func (t *tangent) parameters(net *nn.Network, layer, k int) {
	t.back(net, layer, k)
	t.idx, t.val = t.idx[:0], t.val[:0]
	for i := range net.Layers {
		if t.choice.fixed(i) {
			continue
		}
		in := net.Layers[i].In
		for k, g := range t.g[i] {
			if g == 0 {
				continue
			}
			at := t.bias[i][k]
			if t.choice[i][k] {
				for j, v := range t.h[i] {
					if v != 0 {
						t.idx, t.val = append(t.idx, at-in+j), append(t.val, float64(g*v))
					}
				}
			}
			t.idx, t.val = append(t.idx, at), append(t.val, g)
		}
	}
}

// move adds a step to the free parameters.
func (t *tangent) move(net *nn.Network, step []float64) {
	for i := range net.Layers {
		if t.choice.fixed(i) {
			continue
		}
		l := &net.Layers[i]
		for k, at := range t.bias[i] {
			if t.choice[i][k] {
				linalg.Axpy(1, step[at-l.In:at], l.Row(k))
			}
			l.B[k] += step[at]
		}
	}
}

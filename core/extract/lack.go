package extract

import (
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
)

// lack is what the answer lacks at a wrong input.
type lack struct {
	h []float64 // inputs of the layer
	r []float64 // f − f̂
	g []float64 // by output, the derivative by the pre-activations of the next layer
	// key says which neurons of the next layer and of those behind it are on: where
	// it is the same, so is g.
	key string
	z   float64 // of the newcomer
}

func (t *patcher) lacks(at, p int) lack {
	k := lack{h: t.inputs(at, t.y[p]), r: slices.Clone(t.f[p])}
	next := t.step(at, k.h)
	linalg.Axpy(-1, t.after(next, at+1), k.r)
	k.g, k.key = t.slopes(next, at+1)
	return k
}

// slopes returns the derivative of the outputs by the pre-activations of a layer
// with the inputs h, and which neurons it and the layers behind it have on.
func (t *patcher) slopes(h []float64, layer int) (g []float64, key string) {
	last := len(t.net.Layers) - 1
	var on []byte
	var masks [][]byte
	for i := layer; i < last; i++ {
		l := &t.net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		mask := make([]byte, l.Out)
		for k, v := range z {
			if v > 0 {
				mask[k] = 1
			}
			z[k] = max(0, v)
		}
		masks, on, h = append(masks, mask), append(on, mask...), z
	}
	dout := t.net.Layers[last].Out
	g = identity(dout)
	for i := last; i > layer; i-- {
		l := &t.net.Layers[i]
		back := make([]float64, dout*l.In)
		for o := range dout {
			for k := range l.Out {
				linalg.Axpy(g[o*l.Out+k], l.Row(k), back[o*l.In:][:l.In])
			}
			for j, m := range masks[i-1-layer] {
				back[o*l.In+j] *= float64(m)
			}
		}
		g = back
	}
	return g, string(on)
}

package signature_test

import (
	"math"
	"testing"

	"peel/core/critical"
	"peel/core/internal/testnet"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// random returns a network with biases, whose neurons all switch somewhere.
func random(seed uint64, sizes ...int) *nn.Network { return testnet.Random(0.3, seed, sizes...) }

// bench is a victim and what the tests may know of it, which the engine may not.
type bench struct {
	net   *nn.Network
	o     *oracle.Counter
	noise critical.Noise
	r     *rng.Stream
}

func newBench(t testing.TB, seed uint64, sizes ...int) *bench {
	t.Helper()
	b := &bench{net: random(seed, sizes...), r: rng.New(seed, 1)}
	b.o = oracle.Count(oracle.NewVictim(b.net), -1)
	var err error
	b.noise, err = critical.MeasureNoise(b.o, func(x []float64) { b.r.NormalVec(x, 1) }, b.r, 8, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// gradient returns the true derivative, dout×d0, of the linear region of x, and
// the smallest |z|/‖row‖ over the first layer.
func (b *bench) gradient(x []float64) []float64 {
	d0 := len(x)
	h := x
	j := make([]float64, d0*d0) // d h / d x
	for i := range d0 {
		j[i*d0+i] = 1
	}
	for i := range b.net.Layers {
		l := &b.net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		j = linalg.Mul(l.W, l.In, j, d0)
		if i < len(b.net.Layers)-1 {
			for k, v := range z {
				if v <= 0 {
					z[k] = 0
					clear(j[k*d0:][:d0])
				}
			}
		}
		h = z
	}
	return j
}

// layerOf tells whose kink the point is: 1 or 2, and which neuron.
func (b *bench) layerOf(x []float64) (layer, neuron int) {
	h := x
	for i := range b.net.Hidden() {
		l := &b.net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		for k, v := range z {
			if math.Abs(v) < 1e-8*linalg.Norm(l.Row(k)) {
				return i + 1, k
			}
			z[k] = max(v, 0)
		}
		h = z
	}
	return 0, 0
}

// seen is a critical point on a random line, with its owner.
type seen struct {
	signature.Segment
	critical.Kink
	layer, neuron int
}

// kinks sweeps random lines until n critical points are found.
func (b *bench) kinks(t testing.TB, n int) []seen {
	t.Helper()
	var all []seen
	for len(all) < n {
		d0, _ := b.o.Shape()
		g := signature.Segment{Base: b.r.NormalVec(make([]float64, d0), 1), Dir: b.r.NormalVec(make([]float64, d0), 1)}
		g.T1 = 8 * math.Sqrt(float64(d0))
		g.T0 = -g.T1
		linalg.Scale(1/linalg.Norm(g.Dir), g.Dir)
		l, err := critical.NewLine(b.o, g.Base, g.Dir, b.noise.At(g.Point(g.T1)))
		if err != nil {
			t.Fatal(err)
		}
		found, err := l.Sweep(g.T0, g.T1, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range found {
			layer, neuron := b.layerOf(g.Point(k.T))
			if layer > 0 {
				all = append(all, seen{g, k, layer, neuron})
			}
		}
	}
	return all
}

// row is the unit normal and offset of a neuron of the first layer.
func (b *bench) row(k int) (w []float64, bias float64) {
	l := &b.net.Layers[0]
	w = append([]float64(nil), l.Row(k)...)
	n := linalg.Norm(w)
	linalg.Scale(1/n, w)
	return w, l.B[k] / n
}

// off is how far a hyperplane is from neuron k of the first layer: the largest
// difference of an entry or of the offset, on the better of the two signs.
func (b *bench) off(h *signature.Hyperplane, k int) float64 {
	w, bias := b.row(k)
	s := 1.0
	if linalg.Dot(w, h.W) < 0 {
		s = -1
	}
	d := math.Abs(h.B - s*bias)
	for i, v := range w {
		d = max(d, math.Abs(h.W[i]-s*v))
	}
	return d
}

// Package train fits ReLU networks by mini-batch Adam on mean squared error or
// on softmax cross-entropy. It is float64 throughout, seeded, and gives the
// same bits on every run on one kind of machine.
package train

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"peel/core/nn"
	"peel/core/rng"
)

// Set is labelled data: n inputs, row-major, and the class of each.
type Set struct {
	X      []float64 // n×d0
	Labels []int     // n
}

// Loss is what training minimises.
type Loss string

const (
	MSE          Loss = "mean squared error"    // of one output against the label
	CrossEntropy Loss = "softmax cross-entropy" // of one output for every class
)

// Options are the hyper-parameters.
type Options struct {
	Sizes  []int
	Loss   Loss
	Epochs int
	Batch  int
	Rate   float64 // Adam's step size
	Seed   uint64
}

// Streams of random numbers derived from the seed.
const (
	streamInit    = 0 // then the layer
	streamShuffle = 1 // then the epoch
)

// Run trains a network on set and calls report with the mean loss of every epoch.
func Run(opt Options, set *Set, report func(epoch int, loss float64)) (*nn.Network, error) {
	if err := check(opt, set); err != nil {
		return nil, err
	}
	n, in := len(set.Labels), opt.Sizes[0]
	m := newModel(opt)
	x := make([]float64, opt.Batch*in)
	labels := make([]int, opt.Batch)
	for epoch := range opt.Epochs {
		order := rng.New(opt.Seed, streamShuffle, uint64(epoch)).Perm(n)
		sum := 0.0
		for from := 0; from < n; from += opt.Batch {
			rows := order[from:min(from+opt.Batch, n)]
			for i, r := range rows {
				copy(x[i*in:][:in], set.X[r*in:][:in])
				labels[i] = set.Labels[r]
			}
			sum += m.step(x[:len(rows)*in], labels[:len(rows)])
		}
		report(epoch+1, sum/float64(n))
	}
	net := m.network()
	return net, net.Validate()
}

func check(opt Options, set *Set) error {
	if err := nn.CheckSizes(opt.Sizes); err != nil {
		return err
	}
	in, out := opt.Sizes[0], opt.Sizes[len(opt.Sizes)-1]
	if len(set.Labels) == 0 || len(set.X) != in*len(set.Labels) {
		return fmt.Errorf("%d labels and %d numbers do not make a data set of %d inputs each", len(set.Labels), len(set.X), in)
	}
	if opt.Loss == MSE && out != 1 {
		return fmt.Errorf("regression needs one output, not %d", out)
	}
	for i, label := range set.Labels {
		if label < 0 || opt.Loss == CrossEntropy && label >= out {
			return fmt.Errorf("label %d is %d, which %d outputs cannot tell", i, label, out)
		}
	}
	if opt.Epochs < 1 || opt.Batch < 1 || !(opt.Rate > 0) {
		return fmt.Errorf("epochs, batch and rate must be positive")
	}
	return nil
}

// model is a network in training. Weights are stored input-major (in×out), so
// that the products skip the zeros of images and of inactive neurons.
type model struct {
	loss   Loss
	layers []*layer
	adam   adam
}

type layer struct {
	in, out int
	w, b    param     // in×out, out
	h, d    []float64 // batch×out: activations, and the loss's derivative in z
}

func newModel(opt Options) *model {
	m := &model{loss: opt.Loss, adam: adam{rate: opt.Rate}}
	for i := 1; i < len(opt.Sizes); i++ {
		l := &layer{in: opt.Sizes[i-1], out: opt.Sizes[i]}
		l.w, l.b = newParam(l.in*l.out), newParam(l.out)
		glorot(l, rng.New(opt.Seed, streamInit, uint64(i-1)))
		l.h, l.d = make([]float64, opt.Batch*l.out), make([]float64, opt.Batch*l.out)
		m.layers = append(m.layers, l)
	}
	return m
}

// step takes one step of Adam on a batch and returns its summed loss.
func (m *model) step(x []float64, labels []int) float64 {
	n := len(labels)
	m.forward(x, n)
	last := m.layers[len(m.layers)-1]
	sum := gradient(m.loss, last.h[:n*last.out], labels, last.d[:n*last.out])
	m.backward(x, n)
	m.adam.next()
	for _, l := range m.layers {
		m.adam.update(&l.w)
		m.adam.update(&l.b)
	}
	return sum
}

func (m *model) forward(x []float64, n int) {
	h := x
	for i, l := range m.layers {
		z := l.h[:n*l.out]
		for r := range n {
			copy(z[r*l.out:], l.b.v)
		}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, general(n, l.in, h), general(l.in, l.out, l.w.v), 1, general(n, l.out, z))
		if i < len(m.layers)-1 {
			for j, v := range z {
				z[j] = max(v, 0)
			}
		}
		h = z
	}
}

// backward turns the derivative in the last layer's outputs into the gradients
// of all parameters.
func (m *model) backward(x []float64, n int) {
	for i := len(m.layers) - 1; i >= 0; i-- {
		l := m.layers[i]
		d := general(n, l.out, l.d)
		below := x
		if i > 0 {
			below = m.layers[i-1].h
		}
		h := general(n, l.in, below)
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, h, d, 0, general(l.in, l.out, l.w.g))
		clear(l.b.g)
		for r := range n {
			for k, v := range l.d[r*l.out:][:l.out] {
				l.b.g[k] += v
			}
		}
		if i == 0 {
			return
		}
		prev := m.layers[i-1]
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, d, general(l.in, l.out, l.w.v), 0, general(n, l.in, prev.d))
		for j, v := range prev.h[:n*prev.out] {
			if !(v > 0) {
				prev.d[j] = 0
			}
		}
	}
}

func general(rows, cols int, data []float64) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: data[:rows*cols]}
}

// network returns the trained network in Peel's layout.
func (m *model) network() *nn.Network {
	net := &nn.Network{}
	for _, l := range m.layers {
		out := nn.NewLayer(l.in, l.out)
		copy(out.B, l.b.v)
		for j := range l.in {
			for k := range l.out {
				out.W[k*l.in+j] = l.w.v[j*l.out+k]
			}
		}
		net.Layers = append(net.Layers, out)
	}
	return net
}

package nn_test

import (
	"math"
	"testing"

	"peel/core/internal/testnet"
	"peel/core/nn"
	"peel/core/rng"
)

// random returns a network with weights of every size that one double holds
// side by side with 1.
func random(seed uint64, sizes ...int) *nn.Network { return testnet.Random(0.5, seed, sizes...) }

// naive is the definition of a network, one sum at a time: from the bias through
// ascending index, each product rounded before it is added.
func naive(net *nn.Network, x []float64) []float64 {
	for i := range net.Layers {
		l := &net.Layers[i]
		z := make([]float64, l.Out)
		for k := range z {
			z[k] = l.B[k]
			for j, w := range l.Row(k) {
				z[k] += float64(w * x[j])
			}
			if i < len(net.Layers)-1 && !(z[k] > 0) {
				z[k] = 0
			}
		}
		x = z
	}
	return x
}

// Affine sums four rows side by side, so widths 1 to 9 and their neighbours meet
// every remainder by four. Every bit must be that of the definition.
func TestForwardIsTheDefinitionBitForBit(t *testing.T) {
	shapes := [][]int{{1, 1, 1}, {3, 2, 5, 1}, {17, 13, 11, 7}, {64, 31, 33, 3}, {5, 40, 4, 4, 4, 1}, {784, 16, 16, 10}}
	for w := 1; w <= 9; w++ {
		shapes = append(shapes, []int{w, w + 1, w, 1}, []int{7, w, w})
	}
	for i, sizes := range shapes {
		net, r := random(uint64(i), sizes...), rng.New(99, uint64(i))
		e := nn.NewEval(net)
		x, y := make([]float64, net.In()), make([]float64, net.Out())
		for range 20 {
			r.NormalVec(x, math.Ldexp(1, r.Intn(40)-20))
			e.Forward(x, y)
			for k, want := range naive(net, x) {
				if math.Float64bits(y[k]) != math.Float64bits(want) {
					t.Fatalf("%v: f(x)[%d] = %v, want %v", sizes, k, y[k], want)
				}
			}
		}
	}
}

// A hidden value that is not a number must not be answered as a number.
func TestOverflowIsNotHidden(t *testing.T) {
	net := random(1, 2, 2, 1)
	for j := range net.Layers[0].W {
		net.Layers[0].W[j] = math.MaxFloat64
	}
	net.Layers[1].W[0], net.Layers[1].W[1] = 1, 1
	y := make([]float64, 1)
	nn.NewEval(net).Forward([]float64{2, 2}, y)
	if !math.IsInf(y[0], 1) {
		t.Errorf("an overflow was answered as %v", y[0])
	}
}

func TestForwardAllocatesNothing(t *testing.T) {
	net := random(2, 30, 20, 10, 2)
	e, x, y := nn.NewEval(net), make([]float64, 30), make([]float64, 2)
	if n := testing.AllocsPerRun(100, func() { e.Forward(x, y) }); n != 0 {
		t.Errorf("%v allocations a query, want none", n)
	}
}

func BenchmarkForward(b *testing.B) {
	net := random(3, 784, 16, 16, 1)
	e, x, y := nn.NewEval(net), make([]float64, 784), make([]float64, 1)
	b.ReportAllocs()
	for b.Loop() {
		e.Forward(x, y)
	}
}

package fit_test

import (
	"math"
	"testing"

	"peel/core/fidelity"
	"peel/core/fit"
	"peel/core/nn"
	"peel/core/rng"
)

// blurred returns a network and a copy whose weights are off by some relative
// error.
func blurred(seed uint64, off float64, sizes ...int) (net, start *nn.Network) {
	r := rng.New(seed)
	net = nn.New(sizes)
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1/math.Sqrt(float64(net.Layers[i].In)))
		r.NormalVec(net.Layers[i].B, 0.3)
	}
	start = net.Clone()
	for i := range start.Layers {
		for _, v := range [][]float64{start.Layers[i].W, start.Layers[i].B} {
			for j := range v {
				v[j] *= 1 + off*r.Normal()
			}
		}
	}
	return net, start
}

// answers asks the network n times with noise of size err.
func answers(net *nn.Network, n int, err float64, r *rng.Stream) fit.Data {
	var d fit.Data
	e := nn.NewEval(net)
	y := make([]float64, net.Out())
	for i := range n {
		x := r.NormalVec(make([]float64, net.In()), math.Ldexp(1, i%5-2))
		e.Forward(x, y)
		for k := range y {
			y[k] += err * r.Normal()
		}
		d.X, d.F, d.Err = append(d.X, x...), append(d.F, y...), append(d.Err, err)
	}
	return d
}

func all(int, int) float64 { return 1 }

// A network that is off by a thousand times the noise is fitted to about the noise.
func TestNetwork(t *testing.T) {
	for _, sizes := range [][]int{{6, 5, 1}, {8, 6, 5, 1}, {8, 6, 5, 3}, {6, 5, 4, 4, 2}} {
		for seed := range uint64(5) {
			net, start := blurred(seed, 1e-4, sizes...)
			r := rng.New(seed, 1)
			c := fit.Choose(sizes, all)
			if c.Free(sizes) != net.Params() {
				t.Fatalf("%v: %d of %d parameters are free", sizes, c.Free(sizes), net.Params())
			}
			got, misfit := fit.Network(start, c, answers(net, 8*net.Params(), 1e-7, r))
			report, err := fidelity.Compare(net, got, fidelity.Options{Samples: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range report.Samples {
				// Eight answers a parameter average the noise; a corner seen rarely has more.
				if s.MaxError > 5e-6 || misfit > 2 {
					t.Errorf("%v, seed %d, %s: off by %.1e, misfit %.2g", sizes, seed, s.Name, s.MaxError, misfit)
				}
			}
		}
	}
}

// A fit never makes things worse, whatever the answers are.
func TestNetworkNeverWorse(t *testing.T) {
	net, start := blurred(1, 1e-3, 6, 5, 4, 1)
	r := rng.New(2)
	for _, spoil := range []func(f []float64){
		func(f []float64) { clear(f) },
		func(f []float64) { r.NormalVec(f, 1e6) },
		func(f []float64) { f[0] = 1e300 },
	} {
		d := answers(net, 100, 1e-6, r)
		spoil(d.F)
		got, _ := fit.Network(start, fit.Choose(net.Sizes(), all), d)
		if err := got.Validate(); err != nil {
			t.Error(err)
		}
		if misfit(got, d) > misfit(start, d) {
			t.Errorf("the misfit grew from %v to %v", misfit(start, d), misfit(got, d))
		}
	}
}

func misfit(net *nn.Network, d fit.Data) float64 {
	e, y, sum := nn.NewEval(net), make([]float64, 1), 0.0
	for i := range d.Err {
		e.Forward(d.X[i*net.In():][:net.In()], y)
		sum += math.Abs(y[0]-d.F[i]) / d.Err[i]
	}
	return sum
}

// Critical points tell the bias of a neuron that no answer sees switch.
func TestKinks(t *testing.T) {
	net := nn.New([]int{1, 2, 1})
	copy(net.Layers[0].W, []float64{1, -1})
	copy(net.Layers[0].B, []float64{5, 0.5})
	copy(net.Layers[1].W, []float64{2, 3})
	start := net.Clone()
	start.Layers[0].B[0] = 5.01
	var d fit.Data
	e, y := nn.NewEval(net), make([]float64, 1)
	for i := range 40 {
		x := float64(i)/10 - 2 // neuron 0 switches at −5
		e.Forward([]float64{x}, y)
		d.X, d.F, d.Err = append(d.X, x), append(d.F, y[0]), append(d.Err, 1e-9)
	}
	d.Kinks = []fit.Kink{{X: []float64{-5}, Layer: 0, Neuron: 0, Err: 1e-8}}
	got, _ := fit.Network(start, fit.Choose(net.Sizes(), all), d)
	if b := got.Layers[0].B[0] / got.Layers[0].W[0]; math.Abs(b-5) > 1e-6 {
		t.Errorf("neuron 0 switches at %v, want −5", -b)
	}
}

// Of a large network the rows with the largest error are fitted.
func TestChoose(t *testing.T) {
	sizes := []int{40, 40, 40, 1}
	c := fit.Choose(sizes, func(layer, k int) float64 { return float64(layer*40 + k) })
	// 121 biases or output weights, 81 of which are biases and 40 the output's row.
	if n := c.Free(sizes); n > 1300 || n < 1300-40 {
		t.Errorf("%d parameters are free", n)
	}
	if c[0][39] || !c[1][39] || !c[2][0] {
		t.Errorf("%v", c)
	}
}

// Columns of layer 1 that are off come right from long steps.
func TestColumns(t *testing.T) {
	net, _ := blurred(3, 0, 30, 5, 4, 2)
	start := net.Clone()
	r := rng.New(9)
	// The base points lie where the blurred weights are not felt.
	for k := range 5 {
		for j := 10; j < 30; j++ {
			start.Layers[0].Row(k)[j] += 1e-3 * r.Normal()
		}
	}
	var d fit.Steps
	e, y := nn.NewEval(net), make([]float64, 2)
	for range 16 {
		x := make([]float64, 30)
		r.NormalVec(x[:10], 2)
		d.Base = append(d.Base, x...)
		for j := range x {
			step := r.Sign() * (2 + 4*r.Float64())
			d.Step, d.Err = append(d.Step, step), append(d.Err, 1e-9)
			x[j] += step
			e.Forward(x, y)
			x[j] -= step
			d.F = append(d.F, y...)
		}
	}
	got := fit.Columns(start, d)
	for k := range 5 {
		for j := range 30 {
			if e := math.Abs(got.Layers[0].Row(k)[j] - net.Layers[0].Row(k)[j]); e > 1e-7 {
				t.Errorf("weight %d of neuron %d is off by %.1e", j, k, e)
			}
		}
	}
}

package train

import (
	"math"
	"testing"

	"peel/core/rng"
)

// TestGradient compares every analytic derivative with a central difference.
func TestGradient(t *testing.T) {
	for _, loss := range []Loss{MSE, CrossEntropy} {
		out := 1
		if loss == CrossEntropy {
			out = 3
		}
		const n = 7
		opt := Options{Sizes: []int{4, 6, 5, out}, Loss: loss, Batch: n, Rate: 1e-3, Seed: 3}
		m := newModel(opt)
		r := rng.New(4)
		x := r.NormalVec(make([]float64, n*4), 1)
		labels := make([]int, n)
		for i := range labels {
			labels[i] = r.Intn(3)
		}
		last := m.layers[len(m.layers)-1]
		lossAt := func() float64 {
			m.forward(x, n)
			return gradient(loss, last.h, labels, last.d) / n
		}
		lossAt()
		m.backward(x, n)
		for i, l := range m.layers {
			for _, p := range []param{l.w, l.b} {
				for j := range p.v {
					// Central differences: rounding 1e-16/h and curvature h² balance near 1e-5.
					const h = 1e-5
					v := p.v[j]
					p.v[j] = v + h
					up := lossAt()
					p.v[j] = v - h
					down := lossAt()
					p.v[j] = v
					if want := (up - down) / (2 * h); math.Abs(p.g[j]-want) > 1e-6*(1+math.Abs(want)) {
						t.Errorf("%s, layer %d, parameter %d: derivative %g, want %g", loss, i, j, p.g[j], want)
					}
				}
			}
		}
	}
}

// TestLearnsABend fits |x|, which takes both sides of a ReLU.
func TestLearnsABend(t *testing.T) {
	set := &Set{}
	for i := -200; i <= 200; i++ {
		set.X = append(set.X, float64(i)/20)
		set.Labels = append(set.Labels, int(math.Round(math.Abs(float64(i)/20))))
	}
	net, err := Run(Options{Sizes: []int{1, 8, 1}, Loss: MSE, Epochs: 300, Batch: 64, Rate: 1e-2, Seed: 1}, set, func(int, float64) {})
	if err != nil {
		t.Fatal(err)
	}
	if accuracy, _ := Judge(net, set); accuracy < 0.95 {
		t.Errorf("only %.2f of |x| was learnt", accuracy)
	}
}

func TestRunRefuses(t *testing.T) {
	good := Options{Sizes: []int{1, 2, 1}, Loss: MSE, Epochs: 1, Batch: 1, Rate: 1}
	set := &Set{X: []float64{1, 2}, Labels: []int{0, 1}}
	for name, spoil := range map[string]func(*Options){
		"no epochs":              func(o *Options) { o.Epochs = 0 },
		"a rate that is NaN":     func(o *Options) { o.Rate = math.NaN() },
		"two outputs to regress": func(o *Options) { o.Sizes = []int{1, 2, 2} },
		"other inputs":           func(o *Options) { o.Sizes = []int{3, 2, 1} },
		"labels without output":  func(o *Options) { o.Loss = CrossEntropy },
		"no hidden layer":        func(o *Options) { o.Sizes = []int{1, 1} },
	} {
		opt := good
		spoil(&opt)
		if _, err := Run(opt, set, func(int, float64) {}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

package fidelity

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"peel/core/nn"
	"peel/core/rng"
)

// worst seeks the largest |f − f̂| over a set: at corners and far points, where
// errors grow, and by climbing from the best of them.
func worst(a, b *nn.Network, set Set, seed uint64, points, climbs int) float64 {
	r, d := rng.New(seed, 55), a.In()
	f, g := nn.NewEval(a), nn.NewEval(b)
	y, z := make([]float64, a.Out()), make([]float64, a.Out())
	off := func(x []float64) float64 {
		f.Forward(x, y)
		g.Forward(x, z)
		m := 0.0
		for k := range y {
			m = max(m, math.Abs(y[k]-z[k]))
		}
		return m
	}
	into := func(x []float64) { // the nearest point of the set, along a ray from its centre
		norm := 0.0
		for j := range x {
			x[j] = max(-set.Half, min(set.Half, x[j]))
			norm += x[j] * x[j]
		}
		scale := min(1, set.Radius*(1-1e-12)/max(math.Sqrt(norm), 1e-300))
		for j := range x {
			x[j] = set.Centre + scale*x[j]
		}
	}
	best, most := make([]float64, d), 0.0
	x := make([]float64, d)
	try := func() {
		into(x)
		if m := off(x); m > most {
			most = m
			copy(best, x)
		}
	}
	for i := range points {
		for j := range x {
			switch i % 3 {
			case 0: // a corner, or a point of the sphere
				x[j] = set.Half * r.Sign()
			case 1:
				x[j] = set.Half * (2*r.Float64() - 1)
			default:
				x[j] = set.Radius * r.Normal()
			}
		}
		try()
	}
	for i := range climbs {
		step := set.Radius * math.Ldexp(1, -(i%8))
		for j := range x {
			x[j] = best[j] - set.Centre + step*r.Normal()
		}
		try()
	}
	return most
}

// shaken returns a disguise of a network whose weights are off by the relative
// error size.
func shaken(net *nn.Network, size float64, seed uint64) *nn.Network {
	out, r := net.Clone(), rng.New(seed, 66)
	for i := range out.Layers {
		for _, v := range [][]float64{out.Layers[i].W, out.Layers[i].B} {
			for j := range v {
				v[j] *= 1 + size*r.Normal()
			}
		}
	}
	return disguise(out, seed)
}

func sets(d int) []Set { return []Set{UnitBox(d), NormalBall(d)} }

// Hundreds of pairs of networks of all shapes, perturbed by nothing (where only
// rounding is left) up to a thousandth: the bound is never below any difference
// that can be found.
func TestBoundIsNeverBelowWhatIsSeen(t *testing.T) {
	pairs := 0
	seeds := uint64(60)
	if runtime.GOARCH == "wasm" { // which is slower
		seeds = 6
	}
	for seed := range seeds {
		for _, sizes := range append(shapes, []int{60, 9, 7, 2}, []int{1, 3, 1}) {
			net := random(seed, sizes...)
			size := []float64{0, 1e-15, 1e-12, 1e-9, 1e-6, 1e-3}[seed%6]
			got := shaken(net, size, seed)
			r := compare(t, net, got)
			for i, set := range sets(net.In()) {
				b := r.Bounds[i]
				if b.Why != "" {
					t.Errorf("%v, seed %d, off by %g: no bound: %s", sizes, seed, size, b.Why)
					continue
				}
				pairs++
				seen := worst(net, got, set, seed, 120, 60)
				if i == 0 {
					seen = max(seen, r.Samples[1].MaxError) // U[0,1] lies in the box
				} else {
					seen = max(seen, r.Samples[0].MaxError) // and N(0,1), in 1,000 tries, in the ball
				}
				if !(seen <= b.Epsilon) {
					t.Errorf("%v, seed %d, off by %g, %s: the bound is %g and %g was seen", sizes, seed, size, set.Name, b.Epsilon, seen)
				}
			}
		}
	}
	if pairs < 12*int(seeds) {
		t.Errorf("only %d bounds were tried", pairs)
	}
}

// On small networks the bound is near the largest difference that a search
// finds: it adds up the worst of every neuron, which cannot all happen at once.
func TestBoundIsTight(t *testing.T) {
	for _, c := range []struct {
		sizes  []int
		factor float64 // between the bound and the largest difference found, in the median
	}{{[]int{3, 4, 1}, 4}, {[]int{5, 4, 1}, 4}, {[]int{6, 6, 4, 1}, 10}, {[]int{10, 8, 6, 1}, 20}, {[]int{8, 6, 6, 6, 1}, 60}} {
		for i := range 2 {
			var factors []float64
			for seed := range uint64(15) {
				net := random(100+seed, c.sizes...)
				got := shaken(net, 1e-8, seed)
				set := sets(net.In())[i]
				b := Certify(net, got, align(net, got, nil), set)
				factors = append(factors, b.Epsilon/worst(net, got, set, seed, 300, 1500))
			}
			slices.Sort(factors)
			t.Logf("%v, %s: %.1f times what is found (%.1f to %.1f)", c.sizes, sets(c.sizes[0])[i].Name, factors[7], factors[0], factors[14])
			if factors[0] < 1 || factors[7] > c.factor {
				t.Errorf("%v, %s: %.1f times what is found, want 1 to %g", c.sizes, sets(c.sizes[0])[i].Name, factors[7], c.factor)
			}
		}
	}
}

// A network and itself differ by rounding alone.
func TestBoundOfEqualNetworks(t *testing.T) {
	net := random(1, 20, 10, 8, 1)
	for _, set := range sets(20) {
		// 1e-11: two dozen roundings of 1e-16 in each of three layers, all at their
		// worst, of values up to some thousands on the ball.
		if b := Certify(net, net, align(net, net, nil), set); b.Why != "" || !(b.Epsilon > 0 && b.Epsilon < 1e-11) {
			t.Errorf("%s: %+v", set.Name, b)
		}
	}
}

// Weights so small that their squares underflow are bounded all the same.
func TestBoundOfTinyWeights(t *testing.T) {
	for _, scale := range []float64{1e-100, 1e-145, 1e-150, 1e-160} {
		bounded := 0
		for seed := range uint64(20) {
			net := random(seed, 6, 5, 4, 1)
			for i, s := range []float64{scale, 1 / scale, 1} {
				for j := range net.Layers[i].W {
					net.Layers[i].W[j] *= s
				}
			}
			for k := range net.Layers[0].B {
				net.Layers[0].B[k] *= scale
			}
			got := shaken(net, 1e-12, seed)
			for _, set := range sets(6) {
				b := Certify(net, got, align(net, got, nil), set)
				if b.Why != "" {
					continue // rows this small cannot be paired
				}
				bounded++
				if seen := worst(net, got, set, seed, 100, 50); !(seen > 0 && seen <= b.Epsilon && b.Epsilon < 1e-8) {
					t.Errorf("weights of %g, %s: the bound is %g and %g was seen", scale, set.Name, b.Epsilon, seen)
				}
			}
		}
		if scale >= 1e-150 && bounded < 40 {
			t.Errorf("weights of %g: only %d of 40 are bounded", scale, bounded)
		}
	}
}

// Networks that are not the same function get no bound, and a sentence why.
func TestBoundIsRefused(t *testing.T) {
	for _, sizes := range shapes {
		net := random(2, sizes...)
		for layer := range net.Hidden() {
			for _, c := range []struct {
				name  string
				spoil func(l *nn.Layer)
				why   string
			}{
				{"a sign flip", func(l *nn.Layer) { negate(l, 1) }, "has its sign reversed"},
				{"a wrong row", func(l *nn.Layer) { l.Row(1)[0] += 10 }, "has no counterpart"},
				{"a missing neuron", func(l *nn.Layer) { clear(l.Row(1)); l.B[1] = 0 }, "has no counterpart"},
				{"a repeated neuron", func(l *nn.Layer) { copy(l.Row(1), l.Row(0)); l.B[1] = l.B[0] }, "has no counterpart"},
			} {
				bad := net.Clone()
				c.spoil(&bad.Layers[layer])
				for _, b := range compare(t, net, disguise(bad, 4)).Bounds {
					if b.Epsilon != 0 || !strings.Contains(b.Why, c.why) {
						t.Errorf("%v: %s in layer %d: %+v", sizes, c.name, layer+1, b)
					}
				}
			}
		}
		bad := net.Clone()
		bad.Layers[len(sizes)-2].W[0] += 10
		for _, b := range compare(t, net, bad).Bounds {
			if b.Epsilon != 0 || !strings.Contains(b.Why, "output 1 differs") {
				t.Errorf("%v: a wrong output weight: %+v", sizes, b)
			}
		}
		for _, b := range compare(t, net, random(3, sizes...)).Bounds {
			if b.Epsilon != 0 || b.Why == "" {
				t.Errorf("%v: another network: %+v", sizes, b)
			}
		}
	}
	net := random(2, 6, 5, 4, 1)
	for _, b := range compare(t, net, random(1, 6, 5, 1)).Bounds {
		if b.Epsilon != 0 || !strings.Contains(b.Why, "hidden layers") {
			t.Errorf("another depth: %+v", b)
		}
	}
	huge := net.Clone()
	for i := range huge.Layers {
		for j := range huge.Layers[i].W {
			huge.Layers[i].W[j] *= 1e150
		}
	}
	for _, b := range compare(t, huge, huge).Bounds {
		if b.Epsilon != 0 || b.Why == "" {
			t.Errorf("answers that overflow: %+v", b)
		}
	}
}

// What has no effect on a set needs no counterpart: a neuron that is off on all
// of it, one that nothing follows, one that the copy has besides.
func TestBoundNeedsNoDeadNeuron(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(n *nn.Network)
	}{
		{"off everywhere in layer 1", func(n *nn.Network) { n.Layers[0].B[1] = -1000 }},
		{"off everywhere in layer 2", func(n *nn.Network) { n.Layers[1].B[1] = -1000 }},
		{"followed by nothing", func(n *nn.Network) {
			for k := range n.Layers[1].Out {
				n.Layers[1].Row(k)[1] = 0
			}
		}},
	} {
		net := random(6, 6, 5, 4, 1)
		c.spoil(net)
		less := net.Clone()
		for i := range 2 {
			if l := &less.Layers[i]; l.B[1] == -1000 || strings.HasPrefix(c.name, "followed") && i == 0 {
				clear(l.Row(1))
				l.B[1] = 0
			}
		}
		for _, pair := range [][2]*nn.Network{{net, disguise(less, 3)}, {less, disguise(net, 3)}} {
			for i, b := range compare(t, pair[0], pair[1]).Bounds {
				if seen := worst(pair[0], pair[1], sets(6)[i], 1, 300, 300); b.Why != "" || !(seen <= b.Epsilon && b.Epsilon < 1e-10) {
					t.Errorf("%s, %s: %+v; %g was seen", c.name, sets(6)[i].Name, b, seen)
				}
			}
		}
	}
	// Near the origin alone it is off, which says nothing about a wider set.
	net := random(6, 6, 5, 4, 1)
	for j := range net.Layers[0].Row(1) {
		net.Layers[0].Row(1)[j] = 0.4
	}
	net.Layers[0].B[1] = -3 // w·x is at most 6·0.4 in the box, and 0.4·√6·R = 9.1 in the ball
	less := net.Clone()
	clear(less.Layers[0].Row(1))
	less.Layers[0].B[1] = 0
	got := compare(t, net, less).Bounds
	if got[0].Why != "" || got[1].Why == "" {
		t.Errorf("off in the box only: %+v", got)
	}
}

// The ball holds normal inputs, and is no larger than it must be by far.
func TestNormalBall(t *testing.T) {
	r := rng.New(7)
	for _, d := range []int{1, 2, 10, 100, 784} {
		set, x := NormalBall(d), make([]float64, d)
		// In one dimension P(|x| > 7.1) = 2⁻⁴⁰; in many the norm is √d, give or take one.
		if low, high := math.Sqrt(float64(d))+4, math.Sqrt(float64(d))+7.5; !(set.Radius > low && set.Radius < high) {
			t.Errorf("dimension %d: radius %v, want %v to %v", d, set.Radius, low, high)
		}
		for range 1000 {
			norm := 0.0
			for _, v := range r.NormalVec(x, 1) {
				norm += v * v
			}
			if math.Sqrt(norm) > set.Radius {
				t.Fatalf("dimension %d: a normal input has norm %v, beyond %v", d, math.Sqrt(norm), set.Radius)
			}
		}
	}
}

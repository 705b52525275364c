package extract_test

import (
	"fmt"
	"runtime"
	"testing"

	"peel/core/nn"
	"peel/models/random"
)

// families are shapes of random networks, and the share of them that must be
// recovered completely with every row right. The rest have a neuron that never
// switches where it can be seen, mostly one that is always on in layer 2; small
// layers have more of those. Shares were measured on 300 networks a shape, less
// what 40 of them may vary by.
var families = []struct {
	sizes []int
	share float64
}{
	{[]int{10, 10, 1}, 1},
	{[]int{16, 12, 1}, 1},
	{[]int{5, 3, 1}, 1},
	{[]int{30, 12, 4}, 1},
	{[]int{20, 10, 10, 1}, 0.93},
	{[]int{40, 20, 10, 1}, 0.95},
	{[]int{30, 15, 15, 3}, 0.97},
	{[]int{8, 8, 8, 1}, 0.85},
	{[]int{12, 6, 5, 1}, 0.8},
	{[]int{6, 4, 3, 2}, 0.4},
	{[]int{3, 3, 3, 3}, 0.25},
}

// networks is how many of each family are attacked; a tenth in WebAssembly,
// which is slower.
func networks() uint64 {
	if testing.Short() || runtime.GOARCH == "wasm" {
		return 6
	}
	return 40
}

// Hundreds of random networks: score checks every claim, and most claims are
// that all was found.
func TestRandomNetworks(t *testing.T) {
	for _, f := range families {
		t.Run(fmt.Sprint(f.sizes), func(t *testing.T) {
			right, n := 0, networks()
			perParameter, worst := 0.0, 0.0
			for seed := range n {
				net := gaussian(1000+seed, f.sizes...)
				a := score(t, fmt.Sprintf("%v, network %d", f.sizes, seed), net, seed)
				if a == nil {
					continue
				}
				if a.right() {
					right++
					perParameter += float64(a.queries) / float64(net.Params())
					worst = max(worst, a.report.WorstRow())
				} else if a.out.Complete && a.report.WorstRow() > 1e-6 {
					t.Logf("network %d: %v", seed, a)
				}
			}
			t.Logf("%d of %d right, %.1f queries a parameter, worst row %.1e", right, n, perParameter/float64(right), worst)
			if n >= 40 && float64(right) < f.share*float64(n) {
				t.Errorf("%d of %d networks recovered, want %.0f %%", right, n, 100*f.share)
			}
		})
	}
}

// The networks of the literature, with several seeds of the attack on each.
func TestCarliniNetworks(t *testing.T) {
	for _, sizes := range [][]int{{20, 10, 10, 1}, {40, 20, 10, 1}, {30, 10, 5, 3}} {
		right, n := 0, int(networks())/3
		for i := range n {
			net, err := random.Carlini(sizes, uint64(i/3))
			if err != nil {
				t.Fatal(err)
			}
			if a := score(t, fmt.Sprintf("%v, network %d, attack %d", sizes, i/3, i%3), net, uint64(i%3)); a != nil && a.right() {
				right++
			}
		}
		t.Logf("%v: %d of %d right", sizes, right, n)
		if float64(right) < 0.8*float64(n) {
			t.Errorf("%v: %d of %d attacks recovered the network", sizes, right, n)
		}
	}
}

// What the engine returns does not depend on how a victim is disguised: neurons
// in another order and on other scales are the same function.
func TestDisguiseDoesNotMatter(t *testing.T) {
	net := gaussian(1001, 20, 10, 10, 1)
	other := net.Clone()
	for i := range 2 {
		l, next := &other.Layers[i], &other.Layers[i+1]
		for k := range l.Out {
			scale := float64(int(1) << (k % 5)) // powers of two: not a bit of the function changes
			scaleRow(l, k, scale)
			for o := range next.Out {
				next.Row(o)[k] /= scale
			}
		}
	}
	for _, v := range []*nn.Network{net, other} {
		if a := score(t, "a network and its disguise", v, 1); a == nil || !a.right() {
			t.Errorf("not recovered: %v", a)
		}
	}
}

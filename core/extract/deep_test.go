package extract_test

import (
	"fmt"
	"testing"
)

// deepFamilies are shapes with three hidden layers, and how many of eight random
// networks must be recovered with every row right. Most of the rest have a
// neuron that hardly ever or never switches, and say so. Seven
// and four were measured.
var deepFamilies = []struct {
	sizes []int
	right int
}{
	{[]int{30, 12, 12, 12, 2}, 5},
	{[]int{20, 10, 10, 10, 1}, 2},
}

// Deep random networks, end to end, from queries alone: no claim may be false,
// and some networks come out whole.
func TestDeepNetworks(t *testing.T) {
	for _, f := range deepFamilies {
		t.Run(fmt.Sprint(f.sizes), func(t *testing.T) {
			right, n := 0, networks()/5
			for seed := range n {
				net := gaussian(3000+seed, f.sizes...)
				a := score(t, fmt.Sprintf("%v, network %d", f.sizes, seed), net, seed)
				if a != nil && a.right() {
					right++
				}
			}
			t.Logf("%d of %d right", right, n)
			if n == 8 && right < f.right {
				t.Errorf("%d of %d networks recovered, want %d", right, n, f.right)
			}
		})
	}
}

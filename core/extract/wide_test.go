package extract_test

import (
	"fmt"
	"testing"

	"peel/core/extract"
	"peel/models"
	"peel/models/weights"
)

// wideFamilies are shapes with layers wider than their input, and how many of
// eight random networks must be recovered with every row right. Most of the rest
// have a neuron that never switches, and say so or are the same function.
// Measured: all, but seven of 10-5-8-1, five of 3-5-5-2, seven of 4-7-5-1 and five of
// 6-12-8-6-1.
var wideFamilies = []struct {
	sizes []int
	right int
}{
	{[]int{4, 6, 1}, 8},
	{[]int{6, 10, 1}, 8},
	{[]int{2, 16, 1}, 8},
	{[]int{10, 30, 1}, 8},
	{[]int{5, 12, 3}, 8},
	{[]int{10, 5, 8, 1}, 6},
	{[]int{6, 10, 8, 1}, 7},
	{[]int{3, 5, 5, 2}, 4},
	{[]int{4, 7, 5, 1}, 6},
	{[]int{6, 12, 8, 6, 1}, 4},
}

// Wide random networks, end to end, from queries alone.
func TestWideNetworks(t *testing.T) {
	for _, f := range wideFamilies {
		t.Run(fmt.Sprint(f.sizes), func(t *testing.T) {
			right, n := 0, networks()/5
			for seed := range n {
				a := score(t, fmt.Sprintf("%v, network %d", f.sizes, seed), gaussian(3000+seed, f.sizes...), seed)
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

// Where too many signs are open, or the next layer is not found, nothing is
// claimed and the report says why.
func TestTooWide(t *testing.T) {
	for _, sizes := range [][]int{{3, 60, 1}, {1, 3, 2, 1}, {2, 3, 1, 1}} {
		for seed := range uint64(4) {
			score(t, fmt.Sprintf("%v, network %d", sizes, seed), gaussian(3000+seed, sizes...), seed)
		}
	}
}

// The plane is cut into pieces by lines that bend: weights that no critical point
// shows follow from the answers, or only have to keep a neuron off.
func TestSpirals(t *testing.T) {
	file, err := models.File("spirals-2-16-8-1-s1")
	if err != nil {
		t.Fatal(err)
	}
	net, _, err := weights.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	complete, n := 0, int(networks()/20)
	for seed := range n {
		a := score(t, fmt.Sprintf("spirals, attack %d", seed), net, uint64(seed))
		if a == nil || !a.out.Complete {
			continue
		}
		complete++
		if r := a.out.Coverage[0].Count(extract.StatusRecovered); r != 16 || a.report.WrongSigns() > 0 {
			t.Errorf("attack %d: %d neurons of layer 1 recovered; %v", seed, r, a)
		}
	}
	t.Logf("%d of %d complete", complete, n)
	if n == 2 && complete == 0 {
		t.Errorf("%d of %d attacks are complete", complete, n)
	}
}

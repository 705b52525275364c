package nn_test

import (
	"encoding/binary"
	"math"
	"testing"

	"peel/core/nn"
)

// counting returns a network whose weights are 1, 2, 3, … in canonical order.
func counting(sizes ...int) *nn.Network {
	net, c := nn.New(sizes), 0.0
	for i := range net.Layers {
		for _, v := range [][]float64{net.Layers[i].W, net.Layers[i].B} {
			for j := range v {
				c++
				v[j] = c
			}
		}
	}
	return net
}

// The encoding names victims in links and journals: it may never change.
func TestCanonicalIsStable(t *testing.T) {
	net := counting(2, 3, 1) // 13 parameters
	b := net.Canonical()
	want := []uint64{3, 2, 3, 1}
	for c := 1; c <= 13; c++ {
		want = append(want, math.Float64bits(float64(c)))
	}
	if len(b) != 8*len(want) {
		t.Fatalf("%d bytes, want %d", len(b), 8*len(want))
	}
	for i, w := range want {
		if got := binary.LittleEndian.Uint64(b[8*i:]); got != w {
			t.Errorf("word %d is %x, want %x", i, got, w)
		}
	}
	// SHA-256 of those 136 bytes, computed once.
	const golden = "f59bf4d32bb663d6b95a145df03c14e56de2c47a94fb95a35fed4952ed913a99"
	if got := net.Fingerprint(); got != golden {
		t.Errorf("fingerprint %s, want %s", got, golden)
	}
}

func TestFingerprintSeesEverything(t *testing.T) {
	seen := map[string]string{counting(2, 3, 1).Fingerprint(): "the network itself"}
	add := func(name string, n *nn.Network) {
		f := n.Fingerprint()
		if other, ok := seen[f]; ok {
			t.Errorf("%s has the fingerprint of %s", name, other)
		}
		seen[f] = name
	}
	for i := range 3 * 3 { // 6 + 3 parameters of layer 1
		n := counting(2, 3, 1)
		v := append(append([]*float64{}, pointers(n.Layers[0].W)...), pointers(n.Layers[0].B)...)
		*v[i] = math.Nextafter(*v[i], 100) // one unit in the last place
		add("a changed parameter", n)
	}
	add("another shape with as many parameters", counting(1, 4, 1)) // 8 + 5 = 13
	add("the numbers in another order", func() *nn.Network {
		n := counting(2, 3, 1)
		n.Layers[0].W[0], n.Layers[0].W[1] = n.Layers[0].W[1], n.Layers[0].W[0]
		return n
	}())
}

func pointers(v []float64) []*float64 {
	p := make([]*float64, len(v))
	for i := range v {
		p[i] = &v[i]
	}
	return p
}

func TestNegativeZeroIsZero(t *testing.T) {
	a, b := nn.New([]int{2, 2, 1}), nn.New([]int{2, 2, 1})
	b.Layers[0].W[1], b.Layers[1].B[0] = math.Copysign(0, -1), math.Copysign(0, -1)
	if a.Fingerprint() != b.Fingerprint() {
		t.Error("−0 and 0 have different fingerprints")
	}
}

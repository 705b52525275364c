package nn_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"peel/core/nn"
)

func TestCheckSizes(t *testing.T) {
	deep := make([]int, nn.MaxLayers+1)
	for i := range deep {
		deep[i] = 1
	}
	for _, c := range []struct {
		name  string
		sizes []int
		wrong string // part of the sentence, empty when the sizes are fine
	}{
		{"smallest", []int{1, 1, 1}, ""},
		{"usual", []int{784, 16, 16, 10}, ""},
		{"deepest", deep[:nn.MaxLayers], ""},
		{"none", nil, "got 0 sizes"},
		{"no hidden layer", []int{4, 1}, "at least one hidden layer"},
		{"too deep", deep, "64 layers are more than 63"},
		{"zero width", []int{4, 0, 1}, "layer 1 has width 0"},
		{"negative width", []int{4, 3, -1}, "layer 2 has width -1"},
		{"too wide", []int{nn.MaxWidth + 1, 1, 1}, "layer 0 has width 65537"},
		{"too many parameters", []int{nn.MaxWidth, nn.MaxWidth, 1}, "more than 33554432 parameters"},
		{"widths whose product overflows", slices.Repeat([]int{1 << 16}, 63), "parameters"},
		{"a width that overflows", []int{1, math.MaxInt, 1}, "layer 1 has width"},
	} {
		err := nn.CheckSizes(c.sizes)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: refused: %v", c.name, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.wrong)
		case c.wrong != "" && !errors.Is(err, nn.ErrSizes):
			t.Errorf("%s: %v does not wrap ErrSizes", c.name, err)
		}
	}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(n *nn.Network)
		wrong string
	}{
		{"nothing", func(n *nn.Network) {}, ""},
		{"largest numbers", func(n *nn.Network) { n.Layers[0].W[0] = math.MaxFloat64 }, ""},
		{"no layers", func(n *nn.Network) { n.Layers = nil }, "got 0 sizes"},
		{"layers that do not fit", func(n *nn.Network) { n.Layers[1].In = 6 }, "layer 2 takes 6 inputs but layer 1 has 3 outputs"},
		{"a weight too few", func(n *nn.Network) { n.Layers[0].W = n.Layers[0].W[1:] }, "do not make a 3×5 layer"},
		{"a bias too many", func(n *nn.Network) { n.Layers[1].B = append(n.Layers[1].B, 0) }, "do not make a 2×3 layer"},
		{"NaN weight", func(n *nn.Network) { n.Layers[1].Row(1)[2] = math.NaN() }, "layer 2, neuron 1: weight 2 is NaN"},
		{"infinite weight", func(n *nn.Network) { n.Layers[0].Row(2)[4] = math.Inf(-1) }, "layer 1, neuron 2: weight 4 is -Inf"},
		{"NaN bias", func(n *nn.Network) { n.Layers[2].B[0] = math.NaN() }, "layer 3, neuron 0: the bias is NaN"},
	} {
		net := random(1, 5, 3, 2, 1)
		c.spoil(net)
		err := net.Validate()
		if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.wrong)
		}
	}
}

func TestShape(t *testing.T) {
	sizes := []int{6, 5, 4, 3}
	n := nn.New(sizes)
	weights := 0
	for i := range n.Layers {
		weights += len(n.Layers[i].W) + len(n.Layers[i].B)
	}
	if !slices.Equal(n.Sizes(), sizes) || n.Hidden() != 2 || n.In() != 6 || n.Out() != 3 || n.Params() != weights || nn.ParamsOf(sizes) != weights {
		t.Errorf("sizes %v, %d hidden, %d → %d, %d parameters, want %d", n.Sizes(), n.Hidden(), n.In(), n.Out(), n.Params(), weights)
	}
}

func TestCloneIsDeep(t *testing.T) {
	a := random(4, 4, 3, 2)
	b := a.Clone()
	if a.Fingerprint() != b.Fingerprint() {
		t.Fatal("a clone differs")
	}
	b.Layers[0].W[0]++
	b.Layers[1].B[0]++
	if a.Fingerprint() != random(4, 4, 3, 2).Fingerprint() {
		t.Error("a change of the clone changed the original")
	}
}

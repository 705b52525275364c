package extract

import (
	"fmt"
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
)

// What the outputs follow the newcomer by is another number in every group of three
// wrong inputs, and a quarter of the groups lack another neuron.
func TestRowOfRatios(t *testing.T) {
	const d = 8
	for seed := range uint64(20) {
		r := rng.New(seed, 0x7a7)
		w, other := r.NormalVec(make([]float64, d), 1), r.NormalVec(make([]float64, d), 1)
		normalise(w)
		b := float64(0.1 * r.Normal())
		groups := map[string][]lack{}
		var keys []string
		for len(keys) < 80 {
			key := fmt.Sprintf("%03d", len(keys))
			g := r.Normal()
			for len(groups[key]) < 3 {
				h := r.NormalVec(make([]float64, d), 1)
				for j, v := range h {
					if h[j] = math.Abs(v); r.Intn(2) > 0 {
						h[j] = 0
					}
				}
				z := linalg.Dot(w, h) + b
				if z <= 0 {
					continue
				}
				if len(keys)%4 == 3 {
					z = linalg.Dot(other, h)
				}
				groups[key] = append(groups[key], lack{h: h, r: []float64{float64(g * z)}, key: key})
			}
			keys = append(keys, key)
		}
		p := &patcher{net: nn.New([]int{d, 2, 1}), r: r}
		n := p.rowOfRatios(0, groups, keys)
		if n == nil {
			t.Fatalf("seed %d: no row", seed)
		}
		for j, v := range w {
			if math.Abs(n.W[j]-v) > 1e-6 {
				t.Errorf("seed %d: weight %d is %v, not %v", seed, j, n.W[j], v)
			}
		}
		if len(n.On) != d || math.Abs(n.B-b) > 1e-6 {
			t.Errorf("seed %d: inputs %v and a bias of %v, not %v", seed, n.On, n.B, b)
		}
	}
}

// Of wrong inputs that have nothing to do with each other no row comes.
func TestRowOfRatiosOfNothing(t *testing.T) {
	for seed := range uint64(20) {
		r := rng.New(seed, 0x7a8)
		groups := map[string][]lack{}
		var keys []string
		for len(keys) < 60 {
			key := fmt.Sprintf("%03d", len(keys))
			for range 4 {
				h := r.NormalVec(make([]float64, 6), 1)
				for j, v := range h {
					h[j] = max(0, v)
				}
				groups[key] = append(groups[key], lack{h: h, r: r.NormalVec(make([]float64, 1), 1)})
			}
			keys = append(keys, key)
		}
		if n := (&patcher{net: nn.New([]int{6, 2, 1}), r: r}).rowOfRatios(0, groups, keys); n != nil {
			t.Errorf("seed %d: a row from nothing", seed)
		}
	}
}

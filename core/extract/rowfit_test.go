package extract

import (
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
)

// A third of the wrong inputs lack a second neuron too, and are further off than the
// others; nobody says which they are.
func TestRowOfOneOfTwoNewcomers(t *testing.T) {
	for seed := range uint64(20) {
		r := rng.New(seed, 0xf17)
		const d = 8
		net := nn.New([]int{d, 2, 1})
		w, other := r.NormalVec(make([]float64, d), 1), r.NormalVec(make([]float64, d), 20)
		normalise(w)
		b, c := float64(0.1*r.Normal()), -1.5
		var group []lack
		for len(group) < 900 {
			h := r.NormalVec(make([]float64, d), 1)
			for j, v := range h {
				if h[j] = math.Abs(v); r.Intn(3) > 0 {
					h[j] = 0
				}
			}
			z := linalg.Dot(w, h) + b
			if z <= 0 {
				continue
			}
			k := lack{h: h, r: []float64{float64(c * z)}}
			if len(group)%3 == 0 {
				k.h[d-1], k.h[d-2] = 1+r.Float64(), 1+r.Float64()
				k.r[0] = float64(c*(linalg.Dot(w, k.h)+b)) + linalg.Dot(other, k.h)
			}
			group = append(group, k)
		}
		p := &patcher{net: net}
		rows := p.rowsOf(0, group, nil)
		if len(rows) == 0 {
			t.Fatalf("seed %d: no row", seed)
		}
		n := rows[0]
		size := 0.0
		for _, j := range n.On {
			size += float64(w[j] * w[j])
		}
		size = math.Sqrt(size)
		for _, j := range n.On {
			if math.Abs(n.W[j]-w[j]/size) > 1e-6 {
				t.Errorf("seed %d: weight %d is %v, not %v", seed, j, n.W[j], w[j]/size)
			}
		}
		if len(n.On) < d-2 || math.Abs(n.B-b/size) > 1e-6 {
			t.Errorf("seed %d: inputs %v and a bias of %v, not %v", seed, n.On, n.B, b/size)
		}
	}
}

// Of wrong inputs that have nothing to do with each other no row comes.
func TestRowOfNothing(t *testing.T) {
	for seed := range uint64(20) {
		r := rng.New(seed, 0xf18)
		var group []lack
		for range 200 {
			h := r.NormalVec(make([]float64, 6), 1)
			for j, v := range h {
				h[j] = max(0, v)
			}
			group = append(group, lack{h: h, r: r.NormalVec(make([]float64, 1), 1)})
		}
		if rows := (&patcher{net: nn.New([]int{6, 2, 1})}).rowsOf(0, group, nil); len(rows) > 0 {
			t.Errorf("seed %d: a row from nothing", seed)
		}
	}
}

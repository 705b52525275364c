package extract

import (
	"testing"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
	"peel/models"
	"peel/models/weights"
)

// Of neurons that many random inputs do not switch on, a few inputs that cut the cone
// of what they may be switch more on than a hundred times as many random ones.
func TestUnreachedSwitchesRareNeuronsOn(t *testing.T) {
	rare, on, random := 0, 0, 0
	for seed := range uint64(5) {
		p, r := randomPrefix(seed)
		u := p.unreached()
		var hs [][]float64
		for range 1000 {
			y := r.NormalVec(make([]float64, p.n), 2)
			if hs = append(hs, p.values(y)); len(hs) <= 256 {
				u.cut(y)
			}
		}
		rows := map[int][]float64{}
		for i := range 4000 {
			w := r.NormalVec(make([]float64, p.width()), 1)
			seen := false
			for _, h := range hs {
				seen = seen || linalg.Dot(w, h) > 0
			}
			if !seen {
				rows[i] = w
			}
		}
		rare += len(rows)
		lucky := map[int]bool{}
		for range 6400 {
			h := p.values(r.NormalVec(make([]float64, p.n), 2))
			for i, w := range rows {
				if linalg.Dot(w, h) > 0 {
					lucky[i] = true
				}
			}
		}
		random += len(lucky)
		for range 64 {
			y := u.next(64, r)
			if y == nil {
				break
			}
			for _, a := range u.rows {
				if z := linalg.Dot(a, u.w); z > 1e-12 {
					t.Fatalf("a row is on by %.1e at an input that was asked", z)
				}
			}
			h := p.values(y)
			for i, w := range rows {
				if linalg.Dot(w, h) > 0 {
					delete(rows, i)
					on++
				}
			}
		}
	}
	t.Logf("of %d rows that are on at none of 1000 random inputs, 6400 more switch %d on, and 64 aimed ones %d", rare, random, on)
	if random == 0 || on < random {
		t.Errorf("of %d rows that are on at none of 1000 random inputs, 6400 more switch %d on, and 64 aimed ones %d", rare, random, on)
	}
}

// A real one: layer 7 of mnist-784-16x8-1-s1 has a neuron that none of 20,000 random
// inputs switches on.
func TestUnreachedSwitchesARealNeuronOn(t *testing.T) {
	file, err := models.File("mnist-784-16x8-1-s1")
	if err != nil {
		t.Fatal(err)
	}
	net, _, err := weights.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	const before, k = 6, 10
	p := &prefix{n: net.Layers[0].Out}
	for i := range before {
		l := net.Layers[i]
		if i == 0 { // its pre-activations are the coordinates
			l = nn.Layer{In: p.n, Out: p.n, W: identity(p.n), B: make([]float64, p.n)}
		}
		p.layers, p.pass, p.force = append(p.layers, l), append(p.pass, make([]bool, l.Out)), append(p.force, nil)
	}
	target := &net.Layers[before]
	on := func(y []float64) bool { return linalg.Dot(target.Row(k), p.values(y))+target.B[k] > 0 }
	r := rng.New(1)
	spread, u := newSurveySpread(&net.Layers[0]), p.unreached()
	for i := range 20000 {
		y := spread.point(i, make([]float64, p.n), r)
		if on(y) {
			t.Fatalf("input %d switches it on", i)
		}
		if i < 512 {
			u.cut(y)
		}
	}
	for i := range 192 {
		y := u.next(64, r)
		if y == nil {
			t.Fatalf("none is left after %d aimed inputs, and none switched it on", i)
		}
		if on(y) {
			t.Logf("the aimed input %d switches it on", i+1)
			return
		}
	}
	t.Error("no aimed input switched it on")
}

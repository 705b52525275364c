package published

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/models/random"
)

// attack prepares the attack on a layer of a network, with true layers before it.
func attack(t testing.TB, net *nn.Network, layer int, m method.Method, seed uint64) *method.Attack {
	t.Helper()
	o := oracle.NewVictim(net)
	s := rng.New(seed, 0)
	noise, err := critical.MeasureNoise(o, func(x []float64) { s.NormalVec(x, 1) }, s, 16, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	return &method.Attack{Sizes: net.Sizes(), Layer: layer, Prefix: net.Layers[:layer-1], Method: m, Seed: seed, Noise: noise}
}

// follow runs the steps of an attack one task after another and returns the
// queries of each phase.
func follow(t testing.TB, net *nn.Network, a *method.Attack, s method.Step, limit int64) map[string]int64 {
	t.Helper()
	spent := map[string]int64{}
	left := limit
	for round := uint64(1); s != nil; round++ {
		if round > 10_000 {
			t.Fatal("the attack does not end")
		}
		var results []json.RawMessage
		for i := range s.Tasks() {
			o := oracle.Count(oracle.NewVictim(net), left)
			r, err := s.Do(i, o, rng.New(a.Seed, round, uint64(i)))
			if limit >= 0 {
				left -= o.Used()
			}
			spent[s.Kind()] += o.Used()
			spent["all"] += o.Used()
			if err == oracle.ErrBudget {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, text)
		}
		if os.Getenv("PEEL_TRACE") != "" {
			fmt.Println(s.Kind(), s.Tasks(), spent)
		}
		next, err := s.Apply(results)
		if err != nil {
			t.Fatal(err)
		}
		s = next
	}
	return spent
}

// compare returns how many true rows were found to 1e-4, and the worst errors of
// rows and of biases among those: both relative to ‖w‖ = 1. Weights of inputs
// that are never active on the hyperplane count nothing: no critical point
// shows them.
func compare(net *nn.Network, a *method.Attack) (found int, row, bias float64) {
	l, e := &net.Layers[a.Layer-1], &earlier{net.In(), net.Layers[:a.Layer-1]}
	for k := range l.Out {
		w := append([]float64(nil), l.Row(k)...)
		shown := make([]bool, len(w))
		for key := range uint64(100) {
			base, dir := randomLine(key, e.n)
			for _, t := range e.crossings(base, dir, &group{w: l.Row(k), b: l.B[k]}) {
				h, _ := e.hidden(on(base, dir, t))
				for j, v := range h {
					shown[j] = shown[j] || v != 0
				}
			}
		}
		for j, v := range shown {
			if !v {
				w[j] = 0
			}
		}
		s := linalg.Norm(w)
		linalg.Scale(1/s, w)
		best, at := math.Inf(1), 0.0
		for _, r := range a.Rows {
			sign := 1.0
			if linalg.Dot(r.W, w) < 0 {
				sign = -1
			}
			d := 0.0
			for j, v := range w {
				d = max(d, math.Abs(v-sign*r.W[j]))
			}
			if d < best {
				best, at = d, math.Abs(l.B[k]/s-sign*r.B)
			}
		}
		if best < 1e-4 {
			found++
			row, bias = max(row, best), max(bias, at)
		}
	}
	return found, row, bias
}

func TestSignatures(t *testing.T) {
	for _, c := range []struct {
		layer int
		sizes []int
	}{
		{1, []int{10, 5, 5, 1}}, {2, []int{10, 5, 5, 1}},
		{1, []int{20, 10, 10, 1}}, {2, []int{20, 10, 10, 1}},
		{1, []int{30, 15, 15, 1}}, {2, []int{30, 15, 15, 1}},
	} {
		for _, name := range []string{method.Carlini, method.Foerster} {
			for _, seed := range []uint64{20, 42} {
				t.Run(fmt.Sprintf("%s/%v/%d/%d", name, c.sizes, c.layer, seed), func(t *testing.T) {
					net, err := random.Carlini(c.sizes, seed)
					if err != nil {
						t.Fatal(err)
					}
					a := attack(t, net, c.layer, method.Method{Signature: name}, seed)
					s, err := library{}.Signatures(a)
					if err != nil {
						t.Fatal(err)
					}
					start := time.Now()
					spent := follow(t, net, a, s, -1)
					found, row, bias := compare(net, a)
					t.Logf("%d rows, %d right, error %.1e, bias %.1e, %v, %v, %v", len(a.Rows), found, row, bias, spent, time.Since(start).Round(time.Millisecond), a.Why)
					if found != c.sizes[c.layer] || !(row < 1e-5) || len(a.Rows) != found {
						t.Errorf("%d of %d rows are right to %.1e", found, len(a.Rows), row)
					}
				})
			}
		}
	}
}

package published

import (
	"encoding/json"
	"strings"
	"testing"

	"peel/core/internal/testnet"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// signs attacks the signs of one layer of a network.
func signs(t testing.TB, net *nn.Network, layer int, m method.Method, seed uint64) (*method.Attack, []float64, int64) {
	t.Helper()
	a, truth := given(t, net, layer, m, seed)
	s, err := library{}.Signs(a)
	return a, truth, drive(t, net, a, s, err)
}

// The methods that compute signs get all of them right where they apply, with
// the number of queries that they state.
func TestComputedSignsAreRight(t *testing.T) {
	for _, c := range []struct {
		sizes   []int
		layer   int
		sign    string
		queries int64
	}{
		{[]int{12, 8, 5, 2}, 1, method.Freeze, 1 + 2*8},
		{[]int{30, 20, 4, 3, 2}, 2, method.Freeze, 1 + 2*4},
		{[]int{12, 8, 5, 2}, 1, method.SOE, 1 + 8},
		{[]int{12, 8, 8, 2}, 2, method.SOE, 1 + 8},
		{[]int{60, 40, 36, 10, 20, 2}, 3, method.SOE, 1 + 10},
		{[]int{12, 8, 5, 2}, 2, method.LastHidden, 3*5 + 5 + 2},
		{[]int{10, 20, 20, 10}, 2, method.LastHidden, 3*20 + 20 + 10},
		{[]int{12, 8, 5, 2}, 2, method.Exhaustive, 100},
		{[]int{4, 13, 1}, 1, method.Exhaustive, 100},
	} {
		for seed := range uint64(3) {
			net := testnet.Random(0.3, seed+1, c.sizes...)
			a, truth, queries := signs(t, net, c.layer, method.Method{Sign: c.sign}, seed)
			right, wrong, none := score(a, truth)
			if wrong+none > 0 || queries != c.queries {
				t.Errorf("%s, layer %d of %v, seed %d: %d right, %d wrong, %d open, %d queries, want all and %d (%v)",
					c.sign, c.layer, c.sizes, seed, right, wrong, none, queries, c.queries, a.Why)
			}
		}
	}
}

// Where a method cannot work it ends at once, with no query, no sign and a
// reason.
func TestSignsThatDoNotApply(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		layer int
		sign  string
		want  string
	}{
		{[]int{6, 9, 3, 1}, 1, method.Freeze, "it expands, from 6 to 9 neurons"},
		{[]int{10, 8, 8, 1}, 2, method.Freeze, "no input was found where all its neurons are 0"},
		{[]int{6, 9, 3, 1}, 1, method.SOE, "its 9 neurons are more than the 6 directions"},
		{[]int{20, 16, 8, 8, 1}, 3, method.SOE, "its 8 neurons are more than the 4 directions"},
		{[]int{8, 6, 4, 1}, 1, method.LastHidden, "last-hidden needs the last hidden layer"},
		{[]int{30, 21, 1}, 1, method.Exhaustive, "the 2^21 combinations"},
	} {
		net := testnet.Random(0.3, 1, c.sizes...)
		a, _, queries := signs(t, net, c.layer, method.Method{Sign: c.sign}, 1)
		for _, r := range a.Rows {
			if r.Sign != 0 {
				t.Errorf("%s on layer %d of %v signed a neuron", c.sign, c.layer, c.sizes)
			}
		}
		if queries != 0 || len(a.Why) != 1 || !strings.Contains(a.Why[0], c.want) {
			t.Errorf("%s on layer %d of %v: %d queries, %q, want %q", c.sign, c.layer, c.sizes, queries, a.Why, c.want)
		}
	}
}

// Results that stop early, as when queries run out, leave rows unsigned and say
// so.
func TestSignsWithoutQueries(t *testing.T) {
	for _, sign := range []string{method.Freeze, method.Exhaustive, method.SOE, method.Wiggle, method.LastHidden} {
		a, _ := given(t, testnet.Random(0.3, 1, 8, 6, 1), 1, method.Method{Sign: sign}, 1)
		s, err := library{}.Signs(a)
		if err != nil || s == nil {
			t.Fatal(sign, err)
		}
		var some []json.RawMessage
		if sign == method.Wiggle || sign == method.Freeze {
			some = results(t, testnet.Random(0.3, 1, 8, 6, 1), a, s)[:2]
		}
		if next, err := s.Apply(some); err != nil || next != nil {
			t.Errorf("%s goes on after it ended: %v", sign, err)
		}
		for k, r := range a.Rows {
			if k > 1 && r.Sign != 0 {
				t.Errorf("%s signed neuron %d from nothing", sign, k)
			}
		}
		if sign != method.Freeze && !strings.Contains(strings.Join(a.Why, " "), "queries ran out") {
			t.Errorf("%s: %q", sign, a.Why)
		}
	}
}

func results(t testing.TB, net *nn.Network, a *method.Attack, s method.Step) (all []json.RawMessage) {
	t.Helper()
	for i := range s.Tasks() {
		v, err := s.Do(i, oracle.NewVictim(net), rng.New(a.Seed, 0, uint64(i)))
		if err != nil {
			t.Fatal(err)
		}
		data, _ := json.Marshal(v)
		all = append(all, data)
	}
	return all
}

package extract

import (
	"encoding/json"
	"testing"

	"peel/core/signature"
)

// Rows that are known next to nowhere count as none. Traced again they show no more,
// and the search must go on all the same.
func TestRowsKnownNextToNowhereAreNotTracedForEver(t *testing.T) {
	p, r := randomPrefix(5)
	n, d := p.n, p.width()
	s := New(Config{Sizes: []int{n, n, d, 4, 1}})
	full := func(index, neurons int) *layer {
		l := &layer{index: index, chart: &chart{dim: n, size: 2}}
		for range neurons {
			l.neurons = append(l.neurons, &neuron{sign: 1})
		}
		return l
	}
	l := full(3, 0)
	l.deep = newDeep(p, l.chart, r)
	s.layers = []*layer{full(1, n), full(2, d), l}

	for idle := idleRounds; idle >= idleRounds-1; idle-- {
		f := signature.Fragment{N: d + 1}
		for range 3 {
			f.Add(r.NormalVec(make([]float64, d+1), 1), float64(r.Normal()))
		}
		g := &guess{Fragment: f, ev: signature.Evidence{N: d + 1}, spots: l.deep.lines[0].base, idle: idle}
		if l.known(g) >= leastKnown {
			t.Fatal("the fixture is known somewhere")
		}
		l.deep.guesses = append(l.deep.guesses, g)
	}
	var st stage = &traceStage{l: l, again: l.deep.guesses[:1:1], last: true}
	for rounds := 0; ; rounds++ {
		now, ok := st.(*traceStage)
		if !ok || len(now.again) == 0 {
			break
		}
		if rounds == 8 {
			t.Fatal("it is traced again and again")
		}
		var results []json.RawMessage
		for _, g := range now.again {
			data, err := encode(traced{U: g.U, A: g.A, P: g.spots, W: make(Vec, d+1), C: make(Vec, 2)})
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, data)
		}
		next, err := now.apply(s, results)
		if err != nil {
			t.Fatal(err)
		}
		st = next
	}
	if len(l.neurons) != 0 || len(l.deep.guesses) != 2 {
		t.Errorf("%d neurons and %d guesses are left", len(l.neurons), len(l.deep.guesses))
	}
}

package extract

import (
	"fmt"
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/signature"
)

// blur leaves of every row of the next layer only what is known of it in all but
// some directions.
func (h *handed) blur(lost int) {
	r := newStream(uint64(lost), 0xb1)
	for _, n := range h.s.layers[2].neurons {
		row, size := append(append([]float64(nil), n.W...), n.B), len(n.W)+1
		hidden := &signature.Fragment{N: size}
		for range lost {
			hidden.Add(r.NormalVec(make([]float64, size), 1), 0)
		}
		part := &guess{Fragment: signature.Fragment{N: size}, ev: signature.Evidence{N: size}}
		for range size - lost {
			u := r.NormalVec(make([]float64, size), 1)
			hidden.Reject(u)
			part.Add(u, linalg.Dot(u, row))
		}
		n.part = part
	}
}

// What a layer handed on is told from rows of the next layer that are known in
// part only, whether or not known rows leave a direction in which none moves.
func TestTellingFromRowsKnownInPart(t *testing.T) {
	for seed := range uint64(36) {
		on, lost := int(seed%2), int(seed%3)
		d := 6 + int(seed%4)
		m := d - int(seed/2%2)
		h := newHanded(seed, d, m, d+3, on)
		what := fmt.Sprintf("seed %d, %d inputs, %d of %d neurons found, %d directions of a row unknown", seed, d, m-on, m, lost)
		h.s.handAllOn(h.l)
		h.read()
		h.blur(lost)
		tell := newTelling(h.l, h.s.layers[2].parts(), m)
		w, ok := tell.solve()
		if !ok {
			t.Errorf("%s: nothing was told", what)
			continue
		}
		for k, wrong := range tell.wrong {
			if wrong != h.wrong[k] {
				t.Errorf("%s: sign %d wrong %v, told %v", what, k, h.wrong[k], wrong)
			}
		}
		if (w != nil) != (on == 1) {
			t.Fatalf("%s: a neuron that is always on was told: %v", what, w != nil)
		}
		if w != nil {
			truth := h.truth.Layers[0].Row(m - 1)
			if cos := linalg.Dot(w, truth) / (linalg.Norm(w) * linalg.Norm(truth)); 1-math.Abs(cos) > 1e-9 {
				t.Errorf("%s: its row is off by %.1e", what, 1-math.Abs(cos))
			}
		}
	}
}

// Of several neurons that are always on, the span of their rows is told.
func TestTellingSeveralThatAreAlwaysOn(t *testing.T) {
	for seed := range uint64(24) {
		on, lost := 2+int(seed%2), int(seed/2%3)
		d, m := 8, 8
		h := newHanded(seed, d, m, 10, on)
		what := fmt.Sprintf("seed %d, %d always on, %d directions of a row unknown", seed, on, lost)
		h.s.handAllOn(h.l)
		h.read()
		h.blur(lost)
		tell := newTelling(h.l, h.s.layers[2].parts(), m)
		w, ok := tell.solve()
		if !ok || len(w) != on*d {
			t.Errorf("%s: told %v, %d numbers", what, ok, len(w))
			continue
		}
		for k, wrong := range tell.wrong {
			if wrong != h.wrong[k] {
				t.Errorf("%s: sign %d wrong %v, told %v", what, k, h.wrong[k], wrong)
			}
		}
		q := linalg.Factor(linalg.Transpose(w, d), on)
		for k := m - on; k < m; k++ {
			row := h.truth.Layers[0].Row(k)
			if _, miss := q.Solve(row, on); miss > 1e-6*linalg.Norm(row) {
				t.Errorf("%s: neuron %d lies %.1e outside the span", what, k, miss/linalg.Norm(row))
			}
		}
	}
}

// Rows that read something else than the layer hands on tell nothing.
func TestTellingRefusesRowsThatDoNotFit(t *testing.T) {
	for seed := range uint64(10) {
		h := newHanded(seed, 7, 7, 9, 1)
		h.s.handAllOn(h.l)
		h.read()
		r := newStream(seed, 0xbad)
		for _, n := range h.s.layers[2].neurons {
			r.NormalVec(n.W[len(h.found):], 1)
		}
		h.blur(0)
		if _, ok := newTelling(h.l, h.s.layers[2].parts(), 7).solve(); ok {
			t.Errorf("seed %d: random rows told something", seed)
		}
	}
}

// After the layer before was put back, rows are what they are in its neurons.
func TestRowsInTheNeuronsThatWerePutBack(t *testing.T) {
	for seed := range uint64(36) {
		on, lost := int(seed%3), int(seed/3%3)
		h := newHanded(seed, 7, 7, 9, on)
		h.s.cfg.Sizes = []int{7, 7, 7, 9, 1}
		h.s.handAllOn(h.l)
		h.read()
		h.blur(lost)
		hide := seed%2 == 1 // an input whose weights show on no row
		if hide {
			for _, n := range h.s.layers[2].neurons {
				n.part.Forget(h.l.column(6))
			}
		}
		tell := newTelling(h.l, h.s.layers[2].parts(), 7)
		w, ok := tell.solve()
		if !ok {
			t.Fatalf("seed %d: nothing was told", seed)
		}
		trial := h.l.copied()
		trial.neurons = trial.real()
		tell.turn(trial)
		if on > 1 {
			w = h.s.mix(trial, w, tell.free)
		}
		row, rest := tell.through(trial, w)
		if (len(rest) == 1 && rest[0] == 6) != (hide && on > 0) || len(rest) > 1 {
			t.Fatalf("seed %d: the weights of %v were not told", seed, rest)
		}
		for _, w := range row {
			h.s.addAlwaysOn(trial, w, rest)
		}
		for _, j := range rest {
			h.s.handOn(trial, j)
		}
		re := &refolding{before: trial, told: tell}
		to := re.change()
		r := newStream(seed, 0x7e57)
		x := make([]float64, 7)
		for m, n := range h.s.layers[2].neurons {
			g := n.turned(to)
			if g.Rank() < 8-lost {
				t.Errorf("seed %d: row %d is known in %d of 8 directions", seed, m, g.Rank())
			}
			for range 20 {
				for j := range x {
					x[j] = math.Abs(r.Normal()) * 3
				}
				if hide {
					x[6] = 0
				}
				a := make([]float64, 0, 9)
				for _, u := range trial.neurons {
					a = append(a, max(0, u.sign*u.Z(x)))
				}
				a = append(a, 1)
				if g.Outside(a) > 1e-9 {
					continue
				}
				want := h.truth.Layers[1].B[m]
				for k := range h.truth.Layers[0].Out {
					z := linalg.Dot(h.truth.Layers[0].Row(k), x) + h.truth.Layers[0].B[k]
					want += h.truth.Layers[1].Row(m)[k] * max(0, z)
				}
				if got := linalg.Dot(g.Row(), a); math.Abs(got-want) > 1e-7*(1+math.Abs(want)) {
					t.Fatalf("seed %d, row %d: %v, want %v", seed, m, got, want)
				}
			}
		}
	}
}

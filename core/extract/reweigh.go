package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
)

const (
	// reweighInputs is how many wrong inputs tell what a neuron is weighed by, with
	// as many right ones.
	reweighInputs = 400
	// reweighStarts is from how many weights that is tried.
	reweighStarts = 6
)

// reweigh corrects what the next layer weighs neuron k of layer at by, of which
// several weights are open: where the neuron is on, all of them are wrong at once.
// It reports whether that helped.
func (t *patcher) reweigh(at, k int) bool {
	next := &t.net.Layers[at+1]
	n := &newcomer{Layer: at, W: slices.Clone(t.net.Layers[at].Row(k)), B: t.net.Layers[at].B[k], at: k}
	var open []int
	for q := range next.Out {
		n.C = append(n.C, next.Row(q)[k])
		if q < len(t.rows[at+1]) && slices.Contains(t.rows[at+1][q].open, k) {
			open = append(open, q)
		}
	}
	if len(open) < 2 {
		return false
	}
	some := t.whereOn(n)
	before := len(some.wrong())
	if before < len(open)+patchExcess {
		return false
	}
	was, best, least := slices.Clone(n.C), slices.Clone(n.C), before
	for start := range reweighStarts {
		n.C = slices.Clone(was)
		if start > 0 { // elsewhere: the errors have more than one minimum
			for _, q := range open {
				n.C[q] = float64(t.r.Normal() * linalg.MaxAbs(was))
			}
		}
		t.write(n)
		some.settle(n)
		for q, c := range was { // weights that are known stay
			if !slices.Contains(open, q) || math.Abs(n.C[q]-c) <= float64(patchError*math.Abs(c)) {
				n.C[q] = c
			}
		}
		t.write(n)
		if left := len(some.wrong()); left < least {
			best, least = n.C, left
		}
		if 2*least < before {
			break
		}
	}
	n.C = best
	t.write(n)
	if least+len(open)+patchExcess > before {
		n.C = was
		t.write(n)
		return false
	}
	for q, c := range n.C {
		if c != was[q] {
			t.made = append(t.made, change{layer: at + 1, neuron: q, inputs: []int{k}, delta: []float64{c - was[q]}})
		}
	}
	return true
}

// whereOn returns some inputs on which a neuron is on, half of them such that the
// network is wrong.
func (t *patcher) whereOn(n *newcomer) *patcher {
	some := &patcher{net: t.net, found: t.found}
	var count [2]int
	for _, p := range t.r.Perm(len(t.y)) {
		wrong := 0
		if linalg.Dot(n.W, t.inputs(n.Layer, t.y[p]))+n.B <= 0 {
			continue
		}
		if t.miss(p) > verifyTolerance {
			wrong = 1
		}
		if count[wrong]++; count[wrong] <= reweighInputs {
			some.y, some.f = append(some.y, t.y[p]), append(some.f, t.f[p])
		}
	}
	return some
}

// reweighed reweighs every neuron once and reports whether one helped.
func (t *patcher) reweighed() bool {
	helped := false
	for at := 2; at+1 < len(t.rows); at++ {
		for k := range t.rows[at] {
			helped = t.reweigh(at, k) || helped
		}
	}
	return helped
}

package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
)

const (
	// reweighInputs is how many wrong inputs tell what a neuron is weighed by, with
	// as many right ones.
	reweighInputs = 200
	// reweighStarts is from how many weights that is tried.
	reweighStarts = 3
	// weighRounds is how often what a neuron is weighed by is sharpened, and
	// weighShortest the shortest part of such a step.
	weighRounds   = 32
	weighShortest = 1e-3
)

// weigh finds what the next layer weighs a newcomer by, and reports whether
// anything was found.
func (t *patcher) weigh(n *newcomer, all []lack) bool {
	wide := t.net.Layers[n.Layer+1].Out
	var a, rhs []float64
	for _, k := range all {
		if k.z <= 0 {
			continue
		}
		for o, r := range k.r {
			row := slices.Clone(k.g[o*wide:][:wide])
			if size := float64(k.z * linalg.Norm(row)); size > 0 {
				linalg.Scale(k.z/size, row)
				a, rhs = append(a, row...), append(rhs, r/size)
			}
		}
	}
	if len(rhs) < wide {
		return false
	}
	n.C, _ = leastAbsolute(a, rhs, wide, len(rhs), float64(patchBlur*linalg.MaxAbs(rhs)), comeRank)
	return linalg.Norm(n.C) > 0
}

// sharpen corrects, to first order, what the next layer weighs a newcomer in the
// network by, because it changes which neurons behind it are on. It reports
// whether that helped.
func (t *patcher) sharpen(n *newcomer) bool {
	var all []lack
	for p := range t.y {
		k := t.lacks(n.Layer, p)
		k.z = linalg.Dot(n.W, k.h) + n.B
		all = append(all, k)
	}
	c, before := slices.Clone(n.C), t.sum()
	if !t.weigh(n, all) {
		n.C = c
		return false
	}
	x := n.C
	for step := 1.0; step >= weighShortest; step /= 2 {
		n.C = slices.Clone(c)
		linalg.Axpy(step, x, n.C)
		t.write(n)
		if t.sum() < before {
			return true
		}
	}
	n.C = c
	t.write(n)
	return false
}

// settle sharpens what a newcomer is weighed by as far as that goes.
func (t *patcher) settle(n *newcomer) {
	for range weighRounds {
		if !t.sharpen(n) {
			return
		}
	}
}

// sum is the sum of all errors.
func (t *patcher) sum() float64 {
	sum := 0.0
	for p := range t.y {
		sum += t.miss(p)
	}
	return sum
}

// reweigh corrects what the next layer weighs neuron k of layer at by, of which
// several weights are open: where the neuron is on, all of them are wrong at once.
// It reports whether that helped.
func (t *patcher) reweigh(at, k int) bool {
	next := &t.net.Layers[at+1]
	n := &newcomer{Layer: at, W: slices.Clone(t.net.Layers[at].Row(k)), B: t.net.Layers[at].B[k], At: k}
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
	if before <= patchExcess {
		return false
	}
	was, best, least, largest := slices.Clone(n.C), slices.Clone(n.C), before, 0.0
	for _, c := range was {
		if c > -overruled/2 {
			largest = max(largest, math.Abs(c))
		}
	}
	for start := range reweighStarts {
		n.C = slices.Clone(was)
		if start > 0 { // elsewhere: the errors have more than one minimum
			for _, q := range open {
				n.C[q] = float64(t.r.Normal() * largest)
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
	changed := 0
	for q, c := range best {
		if c != was[q] {
			changed++
		}
	}
	if least+changed+patchExcess > before {
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
	some := &patcher{net: t.net}
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

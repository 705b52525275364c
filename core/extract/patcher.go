package extract

import (
	"cmp"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// patcher proposes corrections and tries them.
type patcher struct {
	net  *nn.Network // in the chart of deep layers
	y, f [][]float64 // inputs on which it was wrong, and the answers
	r    *rng.Stream
	rows [][]patchable // by layer
	made []change
	// free are the places of each layer that have no neuron.
	free  [][]int
	asked int // inputs, to exercise weights
	in    oracle.Oracle
	fresh [][]float64 // random inputs, once they are needed
	draw  *surveySpread
}

const (
	// patchTells is how many wrong inputs propose corrections, patchTellsMore how many
	// if nothing comes of that, and patchTellsOpen how many for rows with open weights.
	// They are taken in runs of patchRun. patchTries is how many corrections are tried.
	patchTells     = 64
	patchTellsMore = 256
	patchTellsOpen = 1024
	patchRun       = 16
	patchTries     = 8
	// patchMost is how many wrong inputs are looked at.
	patchMost = 512
	// patchAsked is at how many fresh inputs a correction is checked, which are looked
	// for among patchElsewhere.
	patchAsked     = 32
	patchElsewhere = 1 << 14
	// patchWidest is how many dimensions the inputs may have of open weights that are
	// solved for together, from patchTrials random choices of equations, and patchRank
	// the relative size from which one counts.
	patchWidest = 6
	patchRank   = 1e-6
	patchTrials = 64
	// patchExcess is how many more inputs must agree than there are unknowns, to
	// within patchError of the terms.
	patchExcess = 3
	patchError  = 1e-6
	// patchBlur is the error of a pre-activation, relative to its terms, that the
	// rest of the network may cause.
	patchBlur = 1e-8
	// patchFar is the part of an input that counts as large as an answer.
	patchFar = 1.0 / 8
	// patchPool is how many random inputs are computed to find some that switch a
	// neuron on.
	patchPool = 1 << 16
	// patchScales is how many octaves of activations are searched for roots.
	patchScales = 24
)

// patchable is a row that may be corrected, if it may be.
type patchable struct {
	may  bool
	open []int // the inputs whose weights are open
}

func (s *State) newPatcher(bad Vec, r *rng.Stream) *patcher {
	net := s.network()
	t := &patcher{net: s.inDeepChart(net), r: r, draw: newSurveySpread(&net.Layers[0])}
	t.y, t.f = s.pairs(bad)
	t.thin()
	t.rows = s.openRows(t.net)
	for i, l := range s.layers {
		var free []int
		for k := len(l.neurons); k < net.Layers[i].Out; k++ {
			free = append(free, k)
		}
		t.free = append(t.free, free)
	}
	return t
}

// thin forgets wrong inputs where there are more than tell enough.
func (t *patcher) thin() {
	wrong := t.wrong()
	told := t.some(wrong, patchMost)
	drop := map[int]bool{}
	for _, p := range wrong {
		drop[p] = true
	}
	for _, p := range told {
		delete(drop, p)
	}
	var y, f [][]float64
	for p := range t.y {
		if !drop[p] {
			y, f = append(y, t.y[p]), append(f, t.f[p])
		}
	}
	t.y, t.f = y, f
}

// pairs returns inputs in the chart of deep layers and their answers, which stand
// one after the other.
func (s *State) pairs(all Vec) (y, f [][]float64) {
	return splitPairs(all, s.layers[1].chart.dim, s.dout())
}

func splitPairs(all Vec, dim, dout int) (y, f [][]float64) {
	for i := 0; i < len(all); i += dim + dout {
		y, f = append(y, all[i:][:dim]), append(f, all[i+dim:][:dout])
	}
	return y, f
}

// pool returns random inputs.
func (t *patcher) pool() [][]float64 {
	if t.fresh == nil {
		for i := range patchPool {
			y := make([]float64, t.net.In())
			t.draw.point(i, y, t.r)
			t.fresh = append(t.fresh, y)
		}
	}
	return t.fresh
}

// openRows lists what may be corrected in the network: what a row takes of a neuron
// that was missed is open too.
func (s *State) openRows(net *nn.Network) [][]patchable {
	var out [][]patchable
	for i, l := range s.layers {
		var rows []patchable
		for _, n := range l.neurons[:min(len(l.neurons), net.Layers[i].Out)] {
			p := patchable{may: l.deep != nil && n.part != nil && !n.kept}
			if p.may {
				axes := n.part.Axes()
				for j, before := range s.layers[i-1].neurons[:min(len(s.layers[i-1].neurons), len(n.W))] {
					if before.came || j < n.part.N-1 && axes[j] > relOpen {
						p.open = append(p.open, j)
					}
				}
			}
			rows = append(rows, p)
		}
		out = append(out, rows)
	}
	return out
}

// relOpen is the part of a weight's direction outside the known span above
// which it is open.
const relOpen = 1e-6

// miss is off at input p.
func (t *patcher) miss(p int) float64 { return t.off(t.y[p], t.f[p]) }

// off is the largest |f − f̂| at y, relative to the answer or to 1, or far out, where
// errors of all rows add up to more, to a part of the input.
func (t *patcher) off(y, f []float64) float64 {
	worst := 0.0
	for o, v := range t.after(y, 0) {
		worst = max(worst, math.Abs(v-f[o]))
	}
	return worst / max(1, linalg.MaxAbs(f), float64(patchFar*linalg.Norm(y)))
}

// after evaluates the layers from the given one on.
func (t *patcher) after(h []float64, from int) []float64 {
	for i := from; i < len(t.net.Layers); i++ {
		l := &t.net.Layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		if i < len(t.net.Layers)-1 {
			for k, v := range z {
				z[k] = max(0, v)
			}
		}
		h = z
	}
	return h
}

// change is a correction of some weights of one neuron.
type change struct {
	layer, neuron int
	inputs        []int
	delta         []float64
	agree         int
}

// improve makes the correction on which most inputs agree, and reports whether
// that helped. Thoroughly it goes on with more inputs if nothing comes of a few.
func (t *patcher) improve(thoroughly bool) (bool, error) {
	wrong := t.wrong()
	tell := t.some(wrong, patchTells)
	ok, err := t.improveBy(wrong, tell, tell)
	if ok || err != nil || !thoroughly || len(wrong) <= patchTells {
		return ok, err
	}
	return t.improveBy(wrong, t.some(wrong, patchTellsMore), t.some(wrong, patchTellsOpen))
}

// improveBy is improve where some wrong inputs propose corrections of any row, and
// others of rows with open weights.
func (t *patcher) improveBy(wrong, tell, tellOpen []int) (bool, error) {
	var all []change
	for i := range t.rows {
		for k, row := range t.rows[i] {
			switch {
			case !row.may:
			case len(row.open) > 0:
				all = append(all, t.changes(i, k, row.open, tellOpen)...)
			default:
				all = append(all, t.changes(i, k, row.open, tell)...)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b change) int { return cmp.Compare(b.agree, a.agree) })
	for _, c := range all[:min(len(all), patchTries)] {
		row := t.net.Layers[c.layer].Row(c.neuron)
		was := slices.Clone(row)
		for i, j := range c.inputs {
			row[j] += c.delta[i]
		}
		if left := len(t.wrong()); left+max(1, c.agree/2) <= len(wrong) {
			if ok, err := t.elsewhere(c, was); ok || err != nil {
				t.made = append(t.made, c)
				return ok, err
			}
		}
		copy(row, was)
	}
	return false, nil
}

// some returns so many of the wrong inputs, in runs: what follows upon each other was
// found around one of them, and is mostly wrong for the same reason.
func (t *patcher) some(wrong []int, n int) []int {
	if len(wrong) <= n {
		return wrong
	}
	runs := (len(wrong) + patchRun - 1) / patchRun
	var out []int
	for _, i := range t.r.Perm(runs) {
		if len(out) >= n {
			break
		}
		out = append(out, wrong[i*patchRun:min(len(wrong), (i+1)*patchRun)]...)
	}
	return out
}

// elsewhere asks at fresh inputs where a correction matters, of a row that was another
// before, and reports whether it makes no more of them wrong than it finds wrong.
// Where a few inputs of a layer follow one alone, the weight of any of them explains
// what that of another should be, and only others tell.
func (t *patcher) elsewhere(c change, was []float64) (bool, error) {
	now := t.net.Layers[c.layer].Row(c.neuron)
	b := t.net.Layers[c.layer].B[c.neuron]
	var points [][]float64
	for _, y := range t.pool()[:patchElsewhere] {
		if len(points) == patchAsked {
			break
		}
		h := t.inputs(c.layer, y)
		z, before := max(0, linalg.Dot(now, h)+b), max(0, linalg.Dot(was, h)+b)
		if math.Abs(z-before) > float64(verifyTolerance*linalg.Norm(h)) {
			points = append(points, y)
		}
	}
	if len(points) == 0 {
		return true, nil
	}
	fresh, err := t.answered(points)
	if err != nil {
		return false, err
	}
	with := len(fresh.wrong())
	right := slices.Clone(now)
	copy(now, was)
	without := len(fresh.wrong())
	copy(now, right)
	return with <= without, nil
}

// answered asks at points and returns the patcher of the same network with those
// answers.
func (t *patcher) answered(points [][]float64) (*patcher, error) {
	dout := len(t.f[0])
	f := make([]float64, len(points)*dout)
	if err := t.in.Query(slices.Concat(points...), f); err != nil {
		return nil, err
	}
	fresh := &patcher{net: t.net, y: points}
	for i := range points {
		fresh.f = append(fresh.f, f[i*dout:][:dout])
	}
	return fresh, nil
}

// wrong lists the inputs on which the network is wrong.
func (t *patcher) wrong() []int {
	var out []int
	for p := range t.y {
		if t.miss(p) > verifyTolerance {
			out = append(out, p)
		}
	}
	return out
}

// changes returns the corrections of neuron k of a layer on which inputs agree:
// of the open weights that are on together, or of a single one.
func (t *patcher) changes(layer, k int, open []int, tell []int) []change {
	sets := map[string][]equation{}
	var keys []string
	single := make([][]equation, t.net.Layers[layer].In)
	for _, p := range tell {
		in := t.inputs(layer, t.y[p])
		roots := t.roots(layer, k, in, t.f[p])
		if len(roots) == 0 {
			continue
		}
		row := t.net.Layers[layer].Row(k)
		known := slices.Clone(row) // the weights that do not just keep the neuron off
		for j, w := range row {
			if w <= -overruled/2 {
				known[j] = 0
			}
		}
		err := float64(patchBlur * (float64(linalg.Norm(known)*linalg.Norm(in)) + math.Abs(t.net.Layers[layer].B[k])))
		var h []float64
		key := make([]byte, len(open))
		over := 0.0 // of the pre-activation, from open weights
		for i, j := range open {
			if key[i] = '0'; in[j] > 0 {
				key[i] = '1'
				h = append(h, in[j])
				over += float64((row[j] - known[j]) * in[j])
			}
		}
		if _, ok := sets[string(key)]; !ok {
			keys = append(keys, string(key))
		}
		for _, v := range roots {
			if math.Abs(v) < float64(16*err) {
				continue
			}
			sets[string(key)] = append(sets[string(key)], equation{p: p, h: h, v: v + over, err: err})
			for j, x := range in {
				if x > 0 {
					single[j] = append(single[j], equation{p: p, h: in[j : j+1], v: v, err: err})
				}
			}
		}
	}
	var out []change
	for _, key := range keys {
		var inputs []int
		for i, j := range open {
			if key[i] == '1' {
				inputs = append(inputs, j)
			}
		}
		delta, agree := t.consensus(sets[key], len(inputs))
		if delta == nil {
			continue
		}
		for i, j := range inputs {
			if w := t.net.Layers[layer].Row(k)[j]; w <= -overruled/2 { // δ is all of the weight
				delta[i] -= w
			}
		}
		out = append(out, change{layer, k, inputs, delta, agree})
	}
	for j, all := range single {
		if delta, agree := t.consensus(all, 1); delta != nil {
			out = append(out, change{layer, k, []int{j}, delta, agree})
		}
	}
	return out
}

// inputs returns the inputs of a layer at y.
func (t *patcher) inputs(layer int, y []float64) []float64 {
	h := y
	for i := range layer {
		h = t.step(i, h)
	}
	return h
}

// step returns the activations of a hidden layer with the inputs h.
func (t *patcher) step(layer int, h []float64) []float64 {
	l := &t.net.Layers[layer]
	z := make([]float64, l.Out)
	nn.Affine(z, l.W, h, l.B)
	for k, v := range z {
		z[k] = max(0, v)
	}
	return z
}

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
	// found is how many neurons each layer has.
	found []int
	in    oracle.Oracle
	fresh [][]float64 // random inputs, once they are needed
	draw  *surveySpread
}

const (
	// patchTells is how many wrong inputs propose corrections, and patchTries how
	// many of these are tried.
	patchTells = 64
	patchTries = 8
	// patchWidest is how many open weights are solved for together at most, from
	// patchTrials random choices of equations.
	patchWidest = 6
	patchTrials = 64
	// patchExcess is how many more inputs must agree than there are unknowns, to
	// within patchError of the terms.
	patchExcess = 3
	patchError  = 1e-6
	// patchBlur is the error of a pre-activation, relative to its terms, that the
	// rest of the network may cause.
	patchBlur = 1e-8
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
	t.rows = s.openRows(t.net)
	for _, l := range s.layers {
		t.found = append(t.found, len(l.neurons))
	}
	return t
}

// pairs returns inputs in the chart of deep layers and their answers, which stand
// one after the other.
func (s *State) pairs(all Vec) (y, f [][]float64) {
	dim, dout := s.layers[1].chart.dim, s.dout()
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

// openRows lists what may be corrected in the network.
func (s *State) openRows(net *nn.Network) [][]patchable {
	var out [][]patchable
	for i, l := range s.layers {
		var rows []patchable
		for _, n := range l.neurons[:min(len(l.neurons), net.Layers[i].Out)] {
			p := patchable{may: l.deep != nil && n.part != nil && !n.kept}
			if p.may {
				for j, out := range n.part.Axes()[:min(n.part.N-1, len(n.W))] {
					if out > relOpen {
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

// miss is the largest |f − f̂| at input p, relative to the answer or to 1.
func (t *patcher) miss(p int) float64 {
	got := t.after(t.y[p], 0)
	worst := 0.0
	for o, v := range got {
		worst = max(worst, math.Abs(v-t.f[p][o]))
	}
	return worst / max(1, linalg.MaxAbs(t.f[p]))
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
// that helped.
func (t *patcher) improve() bool {
	wrong := t.wrong()
	tell := slices.Clone(wrong)
	if len(tell) > patchTells {
		for i, j := range t.r.Perm(len(wrong))[:patchTells] {
			tell[i] = wrong[j]
		}
		tell = tell[:patchTells]
	}
	var all []change
	for i := range t.rows {
		for k, row := range t.rows[i] {
			if row.may {
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
			t.made = append(t.made, c)
			return true
		}
		copy(row, was)
	}
	return false
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
		err := float64(patchBlur * (float64(linalg.Norm(t.net.Layers[layer].Row(k))*linalg.Norm(in)) + math.Abs(t.net.Layers[layer].B[k])))
		var h []float64
		key := make([]byte, len(open))
		for i, j := range open {
			if key[i] = '0'; in[j] > 0 {
				key[i] = '1'
				h = append(h, in[j])
			}
		}
		if _, ok := sets[string(key)]; !ok {
			keys = append(keys, string(key))
		}
		for _, v := range roots {
			if math.Abs(v) < float64(16*err) {
				continue
			}
			sets[string(key)] = append(sets[string(key)], equation{p: p, h: h, v: v, err: err})
			for j, x := range in {
				if x > 0 {
					single[j] = append(single[j], equation{p: p, h: in[j : j+1], v: v, err: err})
				}
			}
		}
	}
	var out []change
	add := func(inputs []int, all []equation) {
		if len(inputs) == 0 || len(inputs) > patchWidest {
			return
		}
		if delta, agree := t.consensus(all, len(inputs)); delta != nil {
			out = append(out, change{layer, k, inputs, delta, agree})
		}
	}
	for _, key := range keys {
		var inputs []int
		for i, j := range open {
			if key[i] == '1' {
				inputs = append(inputs, j)
			}
		}
		add(inputs, sets[key])
	}
	for j, all := range single {
		add([]int{j}, all)
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

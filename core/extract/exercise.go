package extract

import (
	"cmp"
	"slices"

	"peel/core/linalg"
)

// Some weights of a network rest on little: those which a row takes of inputs that
// were off where it was seen, and all that the next layer takes of a neuron that was
// missed. Random inputs hardly ever switch on both ends of such a weight. But the
// network itself leads there, from an input that switches on one of them; and there
// an answer tells whether it is right. (New here.)

const (
	// exerciseStarts is from how many inputs one goes, of exercisePool and those on
	// which the network was wrong.
	exerciseStarts = 3
	exercisePool   = 1 << 14
	// exerciseMost is how many weights, or columns of them, are exercised at a time, and
	// exerciseEach at how many inputs a weight is asked for.
	exerciseMost = 64
	exerciseEach = 6
	// exerciseTimes is how often inputs are asked at which what the next layer takes
	// of a neuron shows apart, and exerciseApart how much of one must be new.
	exerciseTimes = 3
	exerciseApart = 1e-3
	// exerciseBad is around how many of the inputs on which it is still wrong others are
	// looked for.
	exerciseBad = 8
	// exerciseRounds is how often weights are exercised, and corrected by that, once
	// the network is right on all but one in exerciseFew of the inputs found so far.
	exerciseRounds = 4
	exerciseFew    = 16
)

// exercise asks where weights act that rest on little, and around inputs on which the
// network is wrong, and reports whether it is wrong at any of what it asked.
func (t *patcher) exercise() (bool, error) {
	wrong, points := t.wrong(), t.exercises()
	found := false
	if len(points) > 0 {
		fresh, err := t.answered(points)
		if err != nil {
			return false, err
		}
		t.remember(fresh)
		found = len(fresh.wrong()) > 0
	}
	for _, i := range t.r.Perm(len(wrong))[:min(len(wrong), exerciseBad)] {
		is := func(y, f []float64) bool { return t.off(y, f) > verifyTolerance }
		more, err := around(t.in, t.y[wrong[i]], is, t.r)
		if err != nil {
			return false, err
		}
		fresh := &patcher{}
		fresh.y, fresh.f = splitPairs(more, len(t.y[0]), len(t.f[0]))
		t.remember(fresh)
		found = found || len(fresh.y) > 0
	}
	return found, nil
}

// remember adds inputs that were asked.
func (t *patcher) remember(fresh *patcher) {
	t.y, t.f, t.asked = append(t.y, fresh.y...), append(t.f, fresh.f...), t.asked+len(fresh.y)
}

// exercises returns inputs at which weights act that rest on little.
func (t *patcher) exercises() [][]float64 {
	all := t.untold()
	if len(all) == 0 {
		return nil
	}
	var seen []*sight
	for _, y := range slices.Concat(t.y, t.pool()[:exercisePool]) {
		seen = append(seen, t.see(y))
	}
	var out [][]float64
	for _, i := range t.r.Perm(len(all))[:min(len(all), exerciseMost)] {
		if a := all[i]; a.neuron < 0 {
			out = append(out, t.exerciseColumn(seen, a.layer-1, a.input)...)
		} else {
			out = append(out, t.exerciseWeight(seen, a.layer, a.neuron, a.input)...)
		}
	}
	return out
}

// untold lists weights that rest on little. Neuron −1 stands for all that a layer takes
// of an input.
func (t *patcher) untold() []assumption {
	var out []assumption
	for i := 1; i < len(t.rows); i++ {
		for j := range t.net.Layers[i].In {
			if t.columnOpen(i-1, j) {
				out = append(out, assumption{i, -1, j})
				continue
			}
			for k, row := range t.rows[i] {
				if row.may && slices.Contains(row.open, j) {
					out = append(out, assumption{i, k, j})
				}
			}
		}
	}
	return out
}

// columnOpen reports whether several weights are open that the next layer takes of
// neuron j of a layer.
func (t *patcher) columnOpen(layer, j int) bool {
	n := 0
	if layer+1 < len(t.rows) {
		for _, row := range t.rows[layer+1] {
			if row.may && slices.Contains(row.open, j) {
				n++
			}
		}
	}
	return n > 1
}

// without is the pre-activation of neuron k of a layer without what it takes of
// inputs that it is taken to be off for, and how many of these are on.
func (t *patcher) without(s *sight, layer, k int) (z float64, over int) {
	row := t.net.Layers[layer].Row(k)
	z = t.net.Layers[layer].B[k]
	for j, v := range s.h[layer] {
		switch {
		case v == 0:
		case row[j] <= -overruled/2:
			over++
		default:
			z += float64(row[j] * v)
		}
	}
	return z, over
}

// starts returns those inputs of the seen with the largest goal that may be gone from.
func starts(seen []*sight, may func(*sight) bool, goal func(*sight) float64) []*sight {
	best := foremost[*sight]{most: exerciseStarts}
	for _, s := range seen {
		if may(s) {
			best.add(s, goal(s))
		}
	}
	return best.kept
}

// exerciseWeight returns inputs at which neuron k of a layer is on, as far as it is
// known, and its input j: some where the input is hardly on, where the neuron is sure
// to be.
func (t *patcher) exerciseWeight(seen []*sight, layer, k, j int) [][]float64 {
	may := func(s *sight) bool {
		z, _ := t.without(s, layer, k)
		return z > 0 && t.shows(s, layer, k)
	}
	lever := func(s *sight) float64 { return s.z[layer-1][j] / s.size[layer-1] }
	// From where the input is off but nearly on, and from where it is hardly on.
	off := func(s *sight) bool { return s.z[layer-1][j] <= 0 && may(s) }
	hardly := func(s *sight) bool { return s.z[layer-1][j] > 0 && may(s) }
	least := func(s *sight) float64 { return -lever(s) }
	var on []*sight
	for _, from := range append(starts(seen, off, lever), starts(seen, hardly, least)...) {
		for _, s := range append(t.wander(from, may, lever, t.r), from) {
			if s.z[layer-1][j] > 0 {
				on = append(on, s)
			}
		}
	}
	if len(on) == 0 {
		return nil
	}
	over := func(s *sight) int { _, n := t.without(s, layer, k); return n }
	fewest := over(slices.MinFunc(on, func(a, b *sight) int { return cmp.Compare(over(a), over(b)) }))
	on = slices.DeleteFunc(on, func(s *sight) bool { return over(s) > fewest })
	slices.SortStableFunc(on, func(a, b *sight) int { return cmp.Compare(lever(a), lever(b)) })
	var out [][]float64
	for i := range exerciseEach {
		s := on[i*(len(on)-1)/(exerciseEach-1)]
		if len(out) == 0 || !slices.Equal(out[len(out)-1], s.y) {
			out = append(out, s.y)
		}
	}
	return out
}

// shows reports whether an output follows neuron k of a layer where it is on.
func (t *patcher) shows(s *sight, layer, k int) bool {
	g, _ := t.slopes(s.h[layer+1], layer+1)
	next := &t.net.Layers[layer+1]
	for o := range len(g) / next.Out {
		sum := 0.0
		for q := range next.Out {
			sum += float64(g[o*next.Out+q] * next.Row(q)[k])
		}
		if sum != 0 {
			return true
		}
	}
	return false
}

// exerciseColumn returns inputs at which neuron j of a layer is on and what each
// neuron of the next one takes of it shows apart from the others.
func (t *patcher) exerciseColumn(seen []*sight, layer, j int) [][]float64 {
	may := func(s *sight) bool { return s.z[layer][j] > 0 }
	seen = slices.DeleteFunc(slices.Clone(seen), func(s *sight) bool { return !may(s) })
	pool := slices.Clone(seen)
	next := &t.net.Layers[layer+1]
	if len(pool) == 0 {
		return nil
	}
	for k := range next.Out {
		for _, sign := range []float64{1, -1} {
			goal := func(s *sight) float64 { return sign * s.z[layer+1][k] / s.size[layer+1] }
			for _, from := range starts(seen, may, goal) {
				pool = append(pool, t.wander(from, may, goal, t.r)...)
			}
		}
	}
	var rows [][]float64
	for _, s := range pool {
		rows = append(rows, t.strongest(s, layer+1))
	}
	var out [][]float64
	for range exerciseTimes {
		rest := make([][]float64, len(rows))
		for i, row := range rows {
			rest[i] = slices.Clone(row)
		}
		for range next.Out {
			best, size := 0, 0.0
			for i, row := range rest {
				if n := linalg.Norm(row); n > size {
					best, size = i, n
				}
			}
			if size <= exerciseApart {
				break
			}
			u := slices.Clone(rest[best])
			normalise(u)
			out = append(out, pool[best].y)
			clear(rows[best])
			for _, row := range rest {
				linalg.Axpy(-linalg.Dot(u, row), u, row)
			}
		}
	}
	return out
}

// strongest is the derivative of the output that follows a layer most by the layer's
// pre-activations, with norm 1 or 0.
func (t *patcher) strongest(s *sight, layer int) []float64 {
	g, _ := t.slopes(s.h[layer], layer)
	wide := t.net.Layers[layer].Out
	var best []float64
	most := -1.0
	for o := range len(g) / wide {
		if row := g[o*wide:][:wide]; linalg.Norm(row) > most {
			best, most = slices.Clone(row), linalg.Norm(row)
		}
	}
	if most > 0 {
		normalise(best)
	}
	return best
}

package extract

import (
	"cmp"
	"slices"

	"peel/core/linalg"
	"peel/core/signature"
)

// A neuron that follows from wrong answers (come) is known as far as the inputs
// that were on there, and as exactly as answers say it. So it is traced like any
// other, from where its hyperplane passes by those inputs. (New here.)

// newcomerError is the error of a newcomer's weights, relative to its row.
const newcomerError = 1e-6

// untraced reports whether a network has neurons that follow from wrong answers and
// were not traced.
func (v *version) untraced() bool {
	return slices.ContainsFunc(v.layers, func(l *layer) bool {
		return slices.ContainsFunc(l.neurons, func(n *neuron) bool { return n.came && !n.traced })
	})
}

// newcomersIn returns those of the best network in a layer that is done again, to be
// traced.
func (s *State) newcomersIn(l *layer) []*guess {
	var out []*guess
	for _, n := range s.kept.layers[l.index-1].neurons {
		if !n.came || n.traced {
			continue
		}
		n.traced = true
		if g := s.guessOf(l, n); len(g.spots) > 0 {
			out = append(out, g)
		}
	}
	return out
}

// guessOf returns a newcomer as a guess, seen where its hyperplane passes by inputs
// that showed it.
func (s *State) guessOf(l *layer, n *neuron) *guess {
	wide, before := l.deep.pre.width()+1, len(s.kept.unfolded[l.index-2].real())
	g := &guess{Fragment: signature.Fragment{N: wide}, ev: signature.Evidence{N: wide}, vain: make([]int, wide-1), sure: true}
	unit := make([]float64, wide)
	add := func(j int, w float64) {
		unit[j] = 1
		g.Add(unit, w)
		g.ev.Add(unit, w, float64(newcomerError*linalg.Norm(n.W)))
		unit[j] = 0
	}
	for j, w := range n.W[:min(before, len(n.W))] {
		if n.dim(j) {
			add(j, w)
		}
	}
	add(wide-1, n.B)
	type spot struct {
		y []float64
		z float64 // how far beyond the hyperplane, relative to (h, 1)
	}
	var near []spot
	row := g.Row()
	inputs, _ := s.pairs(s.wrongs)
	for _, y := range inputs {
		a := append(slices.Clone(l.deep.pre.values(y)), 1)
		if z := linalg.Dot(row, a); z > 0 && g.Outside(a) <= spanned {
			near = append(near, spot{y, z / linalg.Norm(a)})
		}
	}
	slices.SortStableFunc(near, func(p, q spot) int { return cmp.Compare(p.z, q.z) })
	on := newSurface(l.deep.pre, &g.Fragment, l.chart.size)
	for _, p := range near {
		pl := on.land(p.y)
		if pl == nil || pl.vague || g.Outside(pl.augmented()) > spanned {
			continue
		}
		if g.spots = append(g.spots, pl.y...); len(g.spots) == spotsKept*l.deep.pre.n {
			break
		}
	}
	return g
}

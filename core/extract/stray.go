package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
)

// A neuron that was missed in an earlier layer turns up in the search of a later
// one, where its hyperplane looks like one of that layer's: around a critical
// point its pre-activation is some combination of that layer's inputs, and it
// bends nowhere unexpectedly. But where more inputs come on it does not bend at
// all, which any of the later layer does: every new weight is 0. Its critical
// point is kept for a repair, which traces it in the layers that lack something.
// (New here.)

const (
	// strayFacets is how many of these hyperplanes it must be seen to cross
	// straight, in straySteps steps.
	strayFacets = 2
	straySteps  = 128
	// straight is how far a hyperplane bends at another, relative to both, that
	// counts as nothing.
	straight = 1e-6
	// flatWeights is how many weights must be 0 where only these are known.
	flatWeights = 3
)

// keep keeps a critical point for a repair, if it is known.
func (s *State) keep(k candidate) {
	if len(k.Base) > 0 {
		s.strays = append(s.strays, k)
	}
}

// flat reports the same of a guess that was put together: of the neurons of the
// layer before, every weight that was measured by itself is 0.
func (s *State) flat(l *layer, g *guess) bool {
	before := s.layers[l.index-2]
	if before.handsAll || s.lackingBefore(l.index) == 0 {
		return false
	}
	row, zeros := g.Row(), 0
	size := linalg.Norm(row)
	axes := g.Axes()
	for k := range before.real() {
		if axes[k] > spanned {
			continue
		}
		if math.Abs(row[k]) > float64(straight*size) {
			return false
		}
		zeros++
	}
	return zeros >= flatWeights
}

// lackingBefore returns the first layer before index that has fewer neurons than it
// should, 0 if none has.
func (s *State) lackingBefore(index int) int {
	for _, l := range s.layers[:index-1] {
		if len(l.real()) < s.width(l.index) {
			return l.index
		}
	}
	return 0
}

// stray reports whether what is traced belongs to layer from, the first that
// lacks neurons, or to one behind it: no hyperplane of them bends it. It costs no
// query.
func (t *tracer) stray(from int) bool {
	if from == 0 || !t.lone {
		return false
	}
	s := t.surface()
	home := t.spots[0]
	n := s.pre.n
	first := 0 // of the walls of that layer and of those behind it
	for i := range from - 1 {
		first += s.pre.layers[i].Out
	}
	size := linalg.Norm(s.row)
	var crossed []int
	pl := t.spots[t.r.Intn(len(t.spots))]
	for range straySteps {
		dir := s.tangent(pl, t.r.NormalVec(make([]float64, n), 1))
		if dir == nil {
			return false
		}
		far, i := pl.along(dir).exit()
		if math.IsInf(far, 1) {
			pl = t.spots[t.r.Intn(len(t.spots))]
			continue
		}
		q := slices.Clone(pl.y)
		linalg.Axpy(far, dir, q)
		linalg.Axpy(float64(1e-7*(s.size+linalg.MaxAbs(q))), dir, q)
		to := s.pre.at(q)
		if to.vague || !to.differs(pl, i) {
			pl = t.spots[t.r.Intn(len(t.spots))]
			continue
		}
		e := bend(pl, to, i)
		if norm := linalg.Norm(e); i >= first && home.walls[i] < 0 && norm > 0 && s.f.Outside(e) <= spanned && !slices.Contains(crossed, i) {
			if math.Abs(linalg.Dot(s.row, e)) > float64(straight*size*norm) {
				return false
			}
			crossed = append(crossed, i)
		}
		if pl = s.settle(to); pl == nil || t.f.Outside(pl.augmented()) > spanned {
			pl = t.spots[t.r.Intn(len(t.spots))]
		}
	}
	return len(crossed) >= strayFacets
}

package extract

import (
	"fmt"

	"peel/core/rng"
)

// An idealised run attacks one layer, k, as if the layers before it had been
// recovered without error. What it finds is the same kind of state as a run end
// to end, which stops when layer k is done.

// alone reports whether l is the only layer the run attacks.
func (s *State) alone(l *layer) bool { return s.cfg.Method.Idealised == l.index }

// startAlone enters layer k of an idealised run with Peel's own method. Layers
// are put in place as far as the chart of the next is known.
func (s *State) startAlone() stage {
	l := &layer{index: 1, chart: &chart{dim: s.cfg.Sizes[0], size: s.size, noise: s.noise}, searched: true, tested: true}
	l.neurons = s.given.Layers[0].neurons(1)
	s.layers = append(s.layers, l)
	if l.moves() != nil {
		return s.deeper(l)
	}
	return s.placeGiven(l.chart, true)
}

// placeGiven puts the given layers after the first in place and enters layer k.
// wide says that c is the input space, because not all of layer 1 can be set.
func (s *State) placeGiven(c *chart, wide bool) stage {
	k := s.cfg.Method.Idealised
	for i := 2; i < k; i++ {
		l := &layer{index: i, chart: c, searched: true, tested: true}
		if wide {
			l.deep = newDeep(s.prefix(i), c, rng.New(s.cfg.Seed, uint64(s.round), 0xdee9, uint64(i)))
		}
		l.neurons = s.given.Layers[i-1].neurons(1)
		s.layers = append(s.layers, l)
	}
	return s.enterDeep(k)
}

// endAlone ends an idealised run, whose signs may still be open.
func (s *State) endAlone(l *layer) {
	if open := l.unsigned(); open > 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer %d: %d of %d signs are undecided", l.index, open, len(l.neurons)))
	}
}

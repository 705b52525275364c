package extract

import "slices"

// foremost keeps those few of many things that have the largest scores, in falling
// order; of equals those that came first.
type foremost[T any] struct {
	most   int
	kept   []T
	scores []float64
}

func (f *foremost[T]) add(thing T, score float64) {
	at := len(f.kept)
	for at > 0 && score > f.scores[at-1] {
		at--
	}
	if at < f.most {
		f.kept, f.scores = slices.Insert(f.kept, at, thing), slices.Insert(f.scores, at, score)
		n := min(len(f.kept), f.most)
		f.kept, f.scores = f.kept[:n], f.scores[:n]
	}
}

package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/rng"
)

const (
	// extremeSteps is how many steps a climb to an extreme input takes for an end of
	// a line, and extremeLong how many for an input of a survey: from a quarter of
	// the input's size down to extremeScales halvings of it.
	extremeSteps  = 160
	extremeLong   = 600
	extremeScales = 8
	// extremeAlone is how many inputs of the layer are to be on alone, at most.
	extremeAlone = 2
)

// extreme climbs to inputs where the layer's own inputs h lie as far in a direction
// u as they get: where ⟨u, h⟩/‖h‖ is largest. u asks for one or two of the inputs,
// as far as that goes without the others: a neuron that hardly any input switches
// on mostly needs that. On random networks such neurons are on here some fifteen
// times as often as at random inputs. It costs no query. (New here.)
func (p *prefix) extreme(size float64, steps int, r *rng.Stream) []float64 {
	u := r.NormalVec(make([]float64, p.width()), 1)
	for j, v := range u {
		u[j] = -math.Abs(v)
	}
	for range extremeAlone {
		u[r.Intn(len(u))] = float64(4 * math.Abs(r.Normal()))
	}
	far := func(y []float64) float64 {
		h := p.values(y)
		norm := linalg.Norm(h)
		if norm == 0 {
			return math.Inf(-1)
		}
		return linalg.Dot(u, h) / norm
	}
	y := r.NormalVec(make([]float64, p.n), size)
	best := far(y)
	trial := make([]float64, len(y))
	for i := range steps {
		scale := math.Ldexp(linalg.Norm(y)/4, -(i % extremeScales))
		for j := range y {
			trial[j] = y[j] + float64(scale*r.Normal())
		}
		if v := far(trial); v > best {
			best = v
			copy(y, trial)
		}
	}
	return y
}

// extremesOf returns the recovered layers before each hidden layer whose neurons
// are not all known, or before each if all are: where to look for rare ones.
func (s *State) extremesOf() []*prefix {
	var lacking, all []*prefix
	for _, l := range s.layers[2:] {
		p := s.recovered(l.index - 1)
		all = append(all, p)
		if len(l.neurons) < s.width(l.index) {
			lacking = append(lacking, p)
		}
	}
	if len(lacking) > 0 {
		return lacking
	}
	return all
}

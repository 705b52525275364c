package extract

import (
	"slices"

	"peel/core/signature"
)

// welcome adds newcomers to their layers, and their weights to the next ones.
func (s *State) welcome(all []newcomer) bool {
	for _, c := range all {
		if !s.add(&c) {
			return false
		}
	}
	return true
}

func (s *State) add(c *newcomer) bool {
	i, k := c.Layer, c.At
	if i < 2 || i >= len(s.layers) {
		return false
	}
	l, found := s.layers[i].copied(), len(s.layers[i-1].real())
	if k < 0 || k > len(l.neurons) || k >= s.width(l.index) || len(l.real()) != len(l.neurons) ||
		len(c.W) != s.cfg.Sizes[i] || len(c.C) != s.cfg.Sizes[i+2] || k < len(l.neurons) && !l.neurons[k].came {
		return false
	}
	n := &neuron{Hyperplane: signature.Hyperplane{W: slices.Clone(c.W[:found]), B: c.B}, sign: 1, came: true}
	f := signature.Fragment{N: l.deep.pre.width() + 1}
	unit := make([]float64, f.N)
	for _, j := range append(slices.Clone(c.On), f.N-1) {
		if j < 0 || j >= found && j != f.N-1 {
			return false
		}
		unit[j] = 1
		if f.Add(unit, c.B); j < f.N-1 {
			f.A[f.Rank()-1] = c.W[j]
		}
		unit[j] = 0
	}
	n.part = &guess{Fragment: f, ev: signature.Evidence{N: f.N}}
	if k == len(l.neurons) {
		l.neurons = append(l.neurons, n)
		s.emit(Event{Type: "found", Layer: l.index, Neuron: k})
		s.emit(Event{Type: "completed", Layer: l.index, Neuron: k})
		s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1})
	} else {
		l.neurons[k] = n
	}
	s.layers[i] = l
	if i+1 == len(s.layers) {
		n.C = slices.Clone(c.C)
	}
	return s.weighed(c)
}

// weighed writes what the next layer weighs a newcomer by.
func (s *State) weighed(c *newcomer) bool {
	i, k := c.Layer, c.At
	if i+1 < len(s.layers) {
		next := s.layers[i+1].copied()
		for q, u := range next.neurons {
			u.W = append(slices.Clone(u.W), make([]float64, max(0, k+1-len(u.W)))...)
			u.W[k] = float64(u.orientation() * c.C[q])
		}
		s.layers[i+1] = next
		return true
	}
	out := newOutput(s.dout(), s.width(s.hidden()))
	for o := range out.w {
		copy(out.w[o], s.out.w[o])
		out.b[o] = s.out.b[o]
		out.w[o][k] = c.C[o]
	}
	s.out = out
	return true
}

package extract

import (
	"slices"

	"peel/core/linalg"
	"peel/core/signature"
)

// A layer that seems to have a neuron that never switches hands all its inputs
// on. If that neuron does switch, somewhere that no line had come to, it is
// found among the neurons of the next layer: as one that reads nothing but what
// was handed on. It is put where it belongs, and the attack goes on from there,
// without what need not be handed on any more. (New here.)

// readsNothing is the weight, of a row of norm 1, below which a neuron does not
// read an input.
const readsNothing = 1e-6

// returnEarlier looks for neurons of earlier layers among those of a layer and
// returns the stage that goes on with the earliest, nil when there are none.
func (s *State) returnEarlier(l *layer) stage {
	if s.mend != nil || s.base() != 1 {
		return nil
	}
	var first *layer
	for _, n := range l.neurons {
		of, u := l, n
		for of.index > 2 {
			before := s.layers[of.index-2]
			v := s.handedOn(before, u)
			if v == nil {
				break
			}
			of, u = before, v
		}
		if of == l || first != nil && of.index > first.index || len(of.real()) >= s.width(of.index) {
			continue
		}
		if first != of {
			first = of
		}
		s.insert(of, u)
	}
	if first == nil {
		return nil
	}
	s.layers = s.layers[:first.index]
	return s.afterSearch(first)
}

// insert adds a neuron to a layer whose search is over, and opens what was
// concluded from its absence.
func (s *State) insert(l *layer, u *neuron) {
	if l.handsAll || len(l.real()) < len(l.neurons) {
		l.neurons = l.real()
		l.neurons = l.neurons[:len(l.neurons):len(l.neurons)]
		l.handsAll = false
	}
	l.spanTested, l.force, l.through = false, nil, nil
	for _, n := range l.neurons {
		for _, j := range n.resolved {
			n.W[j] = 0
		}
		n.resolved = nil
		n.sign, n.assumed = 0, false // the new one disturbed the votes
	}
	s.emit(Event{Type: "found", Layer: l.index, Neuron: len(l.neurons)})
	s.emit(Event{Type: "completed", Layer: l.index, Neuron: len(l.neurons)})
	l.neurons = append(l.neurons, u)
}

// handedOn returns a neuron of the layer after l as one of l, nil if it reads
// anything but the inputs that l hands on. Its row ŵ is known up to some
// directions; that all of its weights of l's own neurons are 0 decides some of
// these, and the others must agree.
func (s *State) handedOn(l *layer, n *neuron) *neuron {
	if !l.handsAll || n.part == nil {
		return nil
	}
	found, d := len(l.real()), len(l.neurons[0].W)
	f := n.part.Fragment.Clone()
	unit := make([]float64, f.N)
	agree := 0
	for k := range found {
		unit[k] = 1
		if !f.Add(unit, 0) {
			agree++
		}
		unit[k] = 0
	}
	row := f.Row()
	if agree < leastAgree || linalg.MaxAbs(row[:found]) > float64(readsNothing*linalg.Norm(row[:len(n.W)])) {
		return nil
	}
	at := make([]int, f.N) // where l has what the next layer reads
	for c, p := range l.neurons[found:] {
		at[found+c] = slices.Index(p.W, 1)
	}
	at[f.N-1] = d
	norm := linalg.Norm(row[:len(n.W)])
	part := &guess{spots: n.part.spots, Fragment: signature.Fragment{N: d + 1}, ev: signature.Evidence{N: d + 1}}
	for i, a := range f.A {
		e := make([]float64, d+1)
		for c := found; c < f.N; c++ {
			e[at[c]] += f.U[i*f.N+c]
		}
		if part.Add(e, a/norm) {
			part.ev.Add(e, a/norm, max(n.WErr, 1e-13))
		}
	}
	if l.deep == nil && part.Rank() <= d {
		return nil
	}
	u := &neuron{Hyperplane: signature.Hyperplane{C: append([]float64(nil), n.C...), CErr: float64(n.CErr * norm), WErr: n.WErr},
		hits: n.hits, strength: float64(n.strength * norm)}
	linalg.Scale(norm, u.C)
	full := part.Row()
	u.W, u.B = full[:d:d], full[d]
	if l.deep != nil {
		if same, _, _ := l.whose(&part.Fragment, twinTol); same != nil {
			return nil
		}
		u.part = part
	}
	return u
}

// leastAgree is how many weights must turn out to be 0 by themselves.
const leastAgree = 3

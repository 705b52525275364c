package extract

import (
	"math"
	"slices"
)

// overruled is how far beyond the known part of a row a weight is set that only
// has to keep its neuron on one side; a bias that has to keep it on likewise.
const overruled = 64

// fold puts what the layers handed on back into the victim's shape, the last
// layer first, and gives the weights that only have to keep a neuron off a size
// that does.
func (s *State) fold() {
	if s.folded {
		return
	}
	s.folded = true
	for i := len(s.layers) - 1; i >= 1; i-- {
		l := s.layers[i]
		s.foldLayer(l, s.readers(i))
		for _, f := range l.force {
			if n := l.neurons[f.neuron]; !f.on {
				n.W[f.input] = float64(-n.sign * overruled)
			}
		}
	}
}

// reader is a row of the next layer: its weights of a layer's neurons, those
// handed on included.
type reader struct {
	w     []float64
	knows func(j int) bool // whether a weight was measured
	// put replaces the weights and adds to the bias.
	put func(w []float64, b float64)
}

// readers returns the rows that read layer i, counted from 0.
func (s *State) readers(i int) []reader {
	var out []reader
	if i+1 < len(s.layers) {
		for _, n := range s.layers[i+1].real() {
			knows := func(j int) bool { return n.dim(j) || slices.Contains(n.passed, j) }
			out = append(out, reader{w: n.W, knows: knows, put: func(w []float64, b float64) { n.W, n.B = w, n.B+b }})
		}
	} else if i+1 == s.hidden() && s.out != nil {
		for o, w := range s.out.w {
			out = append(out, reader{w: w, knows: func(int) bool { return true }, put: func(w []float64, b float64) { s.out.w[o] = w; s.out.b[o] += b }})
		}
	}
	return out
}

func (s *State) foldLayer(l *layer, readers []reader) {
	found := l.real()
	passed := l.neurons[len(found):]
	if len(passed) == 0 {
		return
	}
	f := folding{s: s, l: l, found: found, readers: readers, bias: make([]float64, len(readers))}
	for c, p := range passed {
		if p.of != nil {
			f.decide(p.of, len(found)+c)
		}
	}
	switch {
	case !l.handsAll:
		f.share(nil, nil)
	case !f.toldByOutputs():
		f.constant()
	}
	for m, r := range readers {
		w := append([]float64(nil), r.w[:len(found)]...)
		for q := range f.on {
			w = append(w, f.alpha[m][q])
		}
		r.put(w, f.bias[m])
	}
	l.neurons = append(found[:len(found):len(found)], f.on...)
}

// toldByOutputs tells apart what the last hidden layer hands on, as foldBefore does for
// the others, where several outputs read it.
func (f *folding) toldByOutputs() bool {
	if f.l.index != f.s.hidden() || len(f.readers) < 2 {
		return false
	}
	var rows []*guess
	for o, w := range f.s.out.w {
		rows = append(rows, &guess{Fragment: *wholeFragment(w, f.s.out.b[o])})
	}
	t := newTelling(f.l, rows, f.s.width(f.l.index))
	w, ok := t.solve()
	if !ok {
		return false
	}
	t.settle(f.s, f.l)
	for k, wrong := range t.wrong {
		if wrong {
			f.turn(k)
		}
	}
	if len(w) > len(t.free) {
		w = f.s.mix(f.l, w, t.free)
	}
	f.share(w, t.free)
	return true
}

// folding is the work on one layer.
type folding struct {
	s       *State
	l       *layer
	found   []*neuron
	readers []reader
	bias    []float64   // by reader, what its bias changes by
	on      []*neuron   // recovered though they never switch
	alpha   [][]float64 // by reader, its weights of those
}

// column returns where the readers have input j of the layer, −1 if nowhere.
func (f *folding) column(j int) int { return f.l.column(j) }

// decide tells the sign of a neuron whose z was handed on as column col: the
// readers have A relu(s z) + B z, with B = 0 if s is right and B = −s A if not.
func (f *folding) decide(n *neuron, col int) {
	k := 0
	for f.found[k] != n {
		k++
	}
	ab, aa, bb := 0.0, 0.0, 0.0
	for _, r := range f.readers {
		if !r.knows(col) {
			continue
		}
		b := r.w[col]
		bb += float64(b * b)
		if r.knows(k) {
			ab -= float64(n.sign * r.w[k] * b)
			aa += float64(r.w[k] * r.w[k])
		}
	}
	switch t := ab / aa; {
	case aa > 0 && math.Abs(t) < clearTerm:
	case aa > 0 && math.Abs(t-1) < clearTerm:
		n.sign = -n.sign
	case !(aa > 0) && len(f.readers) > 0 && bb < clearTerm*clearTerm: // it is off wherever it was seen
	default:
		return
	}
	f.settled(k)
}

// settled takes the sign of a neuron for known.
func (f *folding) settled(k int) {
	if n := f.found[k]; n.assumed {
		n.assumed = false
		f.s.emit(Event{Type: "signed", Layer: f.l.index, Neuron: k, Confidence: 1})
	}
}

// clearTerm is how far from 0 or 1 a number may be that must be one of them.
const clearTerm = 1e-2

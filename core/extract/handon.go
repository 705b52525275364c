package extract

import (
	"slices"

	"peel/core/rng"
	"peel/core/signature"
)

// What a layer hands on. The next layer may see more of a layer than its
// activations: some of its inputs h_j, or a pre-activation z_k, as they are.
//
// If neuron k never switches and is on, the next layer's rows contain
// A_mk z_k, a linear function of h_{i−1}: with all of h_{i−1} among their
// inputs they can be recovered though nothing of k was ever seen, and the part of them
// that has rank one is neuron k. If the sign of neuron k is not known, z_k among
// the inputs makes it a matter of convention, because
//
//	relu(−z) = relu(z) − z,
//
// and the weights of z_k in the next layer tell what it was. (New here.)

// handOn adds input j of layer l to what the next layer sees.
func (s *State) handOn(l *layer, j int) {
	before := s.layers[l.index-2]
	row := make([]float64, len(before.neurons))
	row[j] = 1
	if slices.ContainsFunc(l.neurons, func(n *neuron) bool { return n.pass && n.of == nil && n.W[j] == 1 }) {
		return
	}
	n := &neuron{Hyperplane: signature.Hyperplane{W: row}, sign: 1, pass: true, part: &guess{Fragment: *wholeFragment(row, 0)}}
	if l.index > 2 || s.base() == 0 {
		n.hits = before.neurons[j].hits
	} else { // the chart's coordinate j comes on where it is 0
		r := rng.New(s.cfg.Seed, uint64(s.round), 0x4a2d, uint64(j))
		for range spotsKept {
			p := r.NormalVec(make([]float64, l.chart.dim), l.chart.size)
			p[j] = 0
			n.hits = append(n.hits, signature.Hit{P: p})
		}
	}
	l.neurons = append(l.neurons, n)
}

// handAllOn adds all inputs of layer l: then no sign of it has to be right, and
// neurons that never switch need not be seen.
func (s *State) handAllOn(l *layer) {
	l.handsAll = true
	for j := range s.layers[l.index-2].neurons {
		s.handOn(l, j)
	}
}

// postpone hands on the pre-activations of neurons whose signs are not known,
// for the next layer to tell them.
func (s *State) postpone(l *layer) {
	for _, u := range slices.Clone(l.neurons) {
		if u.sign != 0 || u.part != nil && len(u.unseen()) > 0 && s.base() == 0 {
			continue
		}
		u.sign, u.assumed = 1, true
		if l.deep != nil {
			u.sign = l.likely(u)
		}
		if l.handsAll { // z is a combination of what is handed on already
			continue
		}
		part := &guess{Fragment: *wholeFragment(u.W, u.B)}
		if u.part != nil {
			part.Fragment = *u.part.Fragment.Clone()
			unit := make([]float64, u.part.N)
			for _, j := range u.unseen() { // z without what such weights add, which resolve hands on
				unit[j] = 1
				part.Add(unit, 0)
				unit[j] = 0
			}
		}
		l.neurons = append(l.neurons, &neuron{Hyperplane: signature.Hyperplane{W: slices.Clone(u.W), B: u.B}, sign: 1, pass: true, of: u, part: part})
	}
}

// column returns where the next layer's rows have input j of the layer, −1 if it
// was not handed on.
func (l *layer) column(j int) int {
	return slices.IndexFunc(l.neurons, func(p *neuron) bool { return p.pass && p.of == nil && p.W[j] == 1 })
}

// real returns the neurons without what is handed on.
func (l *layer) real() []*neuron {
	n := len(l.neurons)
	for n > 0 && l.neurons[n-1].pass {
		n--
	}
	return l.neurons[:n]
}

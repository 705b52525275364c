package extract

import (
	"math"
	"slices"

	"peel/core/rng"
)

// resolve settles the weights of a signed layer that no critical point shows.
//
// The weight w_kj shows where the hyperplane of neuron k meets inputs with
// h_j > 0. If it never does, z_k has one sign wherever h_j > 0, and by
// continuity the sign it has where h_j just comes on, which the known weights
// give. If that is the inactive side, any weight that keeps it there makes the
// same function. If it is the active side, w_kj h_j passes straight through to
// the next layer, which takes h_j among its inputs to tell how much; behind the
// last hidden layer the output tells.
func (s *State) resolve(l *layer) {
	if l.deep == nil {
		return
	}
	r := rng.New(s.cfg.Seed, uint64(s.round), 0xb11d)
	var open []int // inputs of neurons whose signs are open: they may pass through or not
	for k, n := range l.neurons {
		sides := l.sides(k, r)
		for _, j := range n.unseen() {
			side := sides[j]
			if side == 0 {
				continue
			}
			n.resolved = append(n.resolved, j)
			on := float64(n.sign*side) > 0
			l.force = append(l.force, force{neuron: k, input: j, on: on})
			if on {
				l.through = append(l.through, passing{neuron: k, input: j})
			} else if slices.ContainsFunc(l.neurons, func(p *neuron) bool { return p.of == n }) {
				open = append(open, j)
			}
		}
	}
	if l.index < s.hidden() {
		for _, t := range l.through {
			s.handOn(l, t.input)
		}
		for _, j := range open {
			s.handOn(l, j)
		}
	}
}

// dim reports whether the neuron's weight of an input was measured.
func (n *neuron) dim(j int) bool {
	if slices.Contains(n.resolved, j) {
		return false
	}
	unit := make([]float64, n.part.N)
	unit[j] = 1
	return n.part.Outside(unit) < 1e-6
}

// passing is a weight of a neuron that is active wherever its input is.
type passing struct{ neuron, input int }

// unseen lists the inputs whose weights the neuron lacks entirely.
func (n *neuron) unseen() []int {
	var out []int
	unit := make([]float64, n.part.N)
	for j := range n.part.N - 1 {
		if slices.Contains(n.resolved, j) {
			continue
		}
		unit[j] = 1
		if n.part.Outside(unit) > 1-1e-6 {
			out = append(out, j)
		}
		unit[j] = 0
	}
	return out
}

// sides returns, for the inputs whose weights neuron k lacks, the sign that its
// pre-activation has wherever they are active, as far as that is seen.
func (l *layer) sides(k int, r *rng.Stream) map[int]float64 {
	sides := map[int]float64{}
	for grew := true; grew; {
		grew = false
		for _, j := range l.neurons[k].unseen() {
			if sides[j] == 0 {
				sides[j] = l.sideAt(k, j, sides, r)
				grew = grew || sides[j] != 0
			}
		}
	}
	return sides
}

// sideAt returns the sign of neuron k's pre-activation where input j just comes
// on, 0 when it has both or too little was seen. Where others of its unknown
// weights act too, sides tells.
func (l *layer) sideAt(k, j int, sides map[int]float64, r *rng.Stream) float64 {
	pre := l.deep.pre
	if len(l.deep.spots[j]) == 0 { // it does not come on anywhere
		return 0
	}
	own, _ := pre.input(j, l.chart.size)
	n := l.neurons[k]
	unseen := n.unseen()
	side, seen := 0.0, 0
	// sign is that of the pre-activation at a place, 0 when it is not known.
	sign := func(y []float64) float64 {
		a := append(pre.values(y), 1)
		a[j] = 0
		z, other := 0.0, false
		for _, i := range unseen {
			if a[i] != 0 {
				z, other = sides[i], true
			}
		}
		if !other && n.part.Outside(a) <= spanned {
			z = math.Copysign(1, n.Zh(a))
		}
		return z
	}
	known := newSurface(pre, wholeFragment(n.W, n.B), l.chart.size)
	for _, spot := range l.deep.spots[j] {
		pl := own.land(append([]float64(nil), spot...))
		for range 16 {
			if pl == nil {
				break
			}
			if z := sign(pl.y); z != 0 {
				if side != 0 && z != side {
					return 0
				}
				side = z
				seen++
			}
			if next, _ := own.step(pl, r.NormalVec(make([]float64, pre.n), 1), float64(l.chart.size*math.Ldexp(4, -r.Intn(4)))); next != nil {
				pl = next
			}
		}
		// And towards where it would be the other.
		if pl != nil {
			if _, b := known.approach(own, pl, r); b != nil && sign(b)*side < 0 {
				return 0
			}
		}
	}
	if seen < 8 {
		return 0
	}
	return side
}

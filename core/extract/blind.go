package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// overruled is how far beyond the known part of a row a weight is set that only
// has to keep its neuron on one side.
const overruled = 64

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
			}
		}
	}
	if l.index < s.hidden() {
		l.handOn(s.layers[l.index-2])
	}
}

// handOn adds the inputs that pass through the layer to what the next one sees.
func (l *layer) handOn(before *layer) {
	var inputs []int
	for _, t := range l.through {
		if !slices.Contains(inputs, t.input) {
			inputs = append(inputs, t.input)
		}
	}
	for _, j := range inputs {
		row := make([]float64, l.deep.pre.width())
		row[j] = 1
		l.neurons = append(l.neurons, &neuron{Hyperplane: signature.Hyperplane{W: row}, sign: 1, pass: true,
			part: &guess{Fragment: *wholeFragment(row, 0)}, hits: before.neurons[j].hits})
	}
}

// real returns the neurons without what is handed on.
func (l *layer) real() []*neuron {
	n := len(l.neurons)
	for n > 0 && l.neurons[n-1].pass {
		n--
	}
	return l.neurons[:n]
}

// fold puts what passed through a layer back into its rows: with w_kj missing,
// the weight of h_j in row m of the next layer is Σ_k w_mk s_k w_kj. And it gives
// the weights that only have to keep a neuron off a size that does.
func (s *State) fold() {
	for i, l := range s.layers {
		for _, f := range l.force {
			if n := l.neurons[f.neuron]; !f.on {
				n.W[f.input] = float64(-n.sign * overruled)
			}
		}
		if i == len(s.layers)-1 {
			break
		}
		passed := l.neurons[len(l.real()):]
		for p, u := range passed {
			col := len(l.real()) + p
			input := slices.Index(u.W, 1)
			var of []int
			for _, t := range l.through {
				if t.input == input {
					of = append(of, t.neuron)
				}
			}
			var a, rhs []float64
			for _, m := range s.layers[i+1].real() {
				if m.dim(col) {
					row := make([]float64, len(of))
					ok := true
					for c, k := range of {
						ok = ok && m.dim(k)
						row[c] = float64(m.W[k] * l.neurons[k].sign)
					}
					if ok {
						a, rhs = append(a, row...), append(rhs, m.W[col])
					}
				}
			}
			if len(rhs) < len(of) {
				s.warn("layer %d: what passes straight through it could not be told", l.index)
				continue
			}
			q := linalg.Factor(a, len(of))
			rank := len(of)
			for rank > 0 && q.Diag(rank-1) <= float64(1e-9*q.Diag(0)) {
				rank--
			}
			x, _ := q.Solve(rhs, rank)
			for c, k := range of {
				l.neurons[k].W[input] += x[c]
			}
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
	own, _ := pre.input(j, l.chart.size)
	n := l.neurons[k]
	unseen := n.unseen()
	side, seen := 0.0, 0
	for _, spot := range l.deep.spots[j] {
		pl := own.land(append([]float64(nil), spot...))
		for range 16 {
			if pl == nil {
				break
			}
			a := append(pre.values(pl.y), 1)
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
			if z != 0 {
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
	}
	if seen < 8 {
		return 0
	}
	return side
}

package fidelity

import (
	"fmt"
	"math"

	"peel/core/nn"
)

// Bound is the third grade: a proof about every input of a set, where samples
// are evidence about a few. With aligned layers h (of the victim) and ĥ (of the
// recovered network, each neuron divided by its scale), from the input on,
//
//	e_i ≥ |h_i − ĥ_i|,  e_0 = 0,
//	e_i = |A_i| e_{i−1} + |ΔA_i| (|h_{i−1}| + e_{i−1}) + |Δb_i| + ρ_i,
//
// element by element, because ReLU brings no two numbers further apart; A_i is
// m×n, e_i has length m, |h_i| is bounded by intervals, and Epsilon is the
// largest entry after the output layer, in the units of f. The first layer's
// inputs are bounded by the set itself, in the 2-norm where that is less.
//
// ρ_i is what float64 may do: m sums of n products, in any order, on both sides
// (Higham 2002, section 3.1), and every number of this computation is rounded
// outward. So Epsilon bounds |f − f̂| as real functions and as computed answers.
//
// Source: Carlini, Jagielski, Mironov 2020, who call a copy with
// P(|f − f̂| ≤ ε) ≥ 1 − δ functionally equivalent up to (ε, δ) and bound ε by
// propagating the error of each layer through the aligned network.
type Bound struct {
	Set     string  `json:"set"`               // "every x in [0,1]^784"
	Epsilon float64 `json:"epsilon,omitempty"` // |f(x) − f̂(x)| ≤ Epsilon for every x of the set and every output
	Delta   float64 `json:"delta,omitempty"`   // at most this share of N(0,1) inputs lies outside the set
	Why     string  `json:"why,omitempty"`     // why there is no bound, a plain sentence; Epsilon is then 0
}

// Certify bounds |f − f̂| over a set, given the rows as align pairs them.
func Certify(victim, recovered *nn.Network, rows []Layer, set Set) Bound {
	b := Bound{Set: set.Name, Delta: set.Delta}
	p := proof{victim: victim, recovered: recovered, rows: rows, set: set}
	if eps, err := p.epsilon(); err != nil {
		b.Why = err.Error()
	} else {
		b.Epsilon = eps
	}
	return b
}

// bounds certifies over the sets that a report names.
func bounds(victim, recovered *nn.Network, r *Report) []Bound {
	var out []Bound
	for _, set := range []Set{UnitBox(victim.In()), NormalBall(victim.In())} {
		if r.Note != "" {
			out = append(out, Bound{Set: set.Name, Delta: set.Delta, Why: r.Note})
			continue
		}
		out = append(out, Certify(victim, recovered, r.Layers, set))
	}
	return out
}

// proof propagates intervals and errors through two aligned networks.
type proof struct {
	victim, recovered *nn.Network
	rows              []Layer
	set               Set
}

func (p *proof) epsilon() (float64, error) {
	v, r := &interval{set: p.set}, &interval{set: p.set} // what each network's activations can be
	var e []float64                                      // by neuron of the victim; 0 where it has no counterpart
	below := identity(p.victim.In())
	for i := range p.rows {
		a, b, rows := &p.victim.Layers[i], &p.recovered.Layers[i], p.rows[i].Rows
		e = p.step(i, a, b, below, rows, v, e)
		v, r = v.after(a), r.after(b)
		if i == len(p.rows)-1 {
			break
		}
		if err := p.follows(i, rows, v, r); err != nil {
			return 0, err
		}
		for k := range e {
			switch {
			case rows[k].Match < 0:
				e[k] = 0 // off on the whole set, or of no effect
			default:
				// Neither activation is negative, so they differ by no more than the larger.
				e[k] = min(e[k], max(v.hi[k], up(r.hi[rows[k].Match]/rows[k].Scale, 2)))
			}
		}
		below = rows
	}
	eps := 0.0
	for k, row := range p.rows[len(p.rows)-1].Rows {
		if row.Match < 0 {
			return 0, fmt.Errorf("output %d differs by more than %g of its weights", k+1, matchTolerance)
		}
		eps = max(eps, e[k])
	}
	if !(eps <= math.MaxFloat64) {
		return 0, fmt.Errorf("the numbers of these networks are too large or too small for float64 to bound")
	}
	return eps, nil
}

// follows reports what keeps hidden layer i (from 0) from being followed neuron
// by neuron. A neuron without a counterpart does no harm if it is off on the
// whole set or if nothing follows it.
func (p *proof) follows(i int, rows []Row, v, r *interval) error {
	taken := make([]bool, len(r.hi))
	for k, row := range rows {
		switch {
		case row.Match >= 0 && row.Scale < 0 && row.Undecided:
			return fmt.Errorf("the run left the sign of neuron %d of layer %d undecided, and the copy has it reversed", k+1, i+1)
		case row.Match >= 0 && row.Scale < 0:
			return fmt.Errorf("neuron %d of layer %d has its sign reversed in the copy", k+1, i+1)
		case row.Match >= 0:
			taken[row.Match] = true
		case !(v.hi[k] <= 0) && follows(&p.victim.Layers[i+1], k):
			return fmt.Errorf("neuron %d of layer %d has no counterpart in the copy, and it cannot be shown to be off on all these inputs%s", k+1, i+1, p.hint(i, k, v))
		}
	}
	for m := range taken {
		if !taken[m] && !(r.hi[m] <= 0) && follows(&p.recovered.Layers[i+1], m) {
			return fmt.Errorf("the copy has a neuron in layer %d that the victim has not, and it cannot be shown to be off on all these inputs", i+1)
		}
	}
	return nil
}

// hint says what else a neuron without a counterpart may be.
func (p *proof) hint(i, k int, v *interval) string {
	switch {
	case v.lo[k] > 0:
		return "; it is on for all of them, so the copy may hold it folded into other weights, where rows cannot be compared one to one"
	case p.rows[i].Duplicates > 0:
		return "; neurons with one hyperplane are merged in the copy, where rows cannot be compared one to one"
	}
	return ""
}

// follows reports whether a layer has a weight on its input j.
func follows(l *nn.Layer, j int) bool {
	for k := range l.Out {
		if l.W[k*l.In+j] != 0 {
			return true
		}
	}
	return false
}

// step returns the bounds on |z − ẑ| of layer i from those on |h − ĥ| below it.
func (p *proof) step(i int, a, b *nn.Layer, below, rows []Row, v *interval, e []float64) []float64 {
	out := make([]float64, a.Out)
	n := a.In
	for k, row := range rows {
		if row.Match < 0 {
			continue
		}
		// d bounds |ΔA|, each entry with the rounding of the rescaled weight; off
		// is ΔA·centre + Δb, and slack what rounding may add to it.
		db, slackB := difference(a.B[k], b.B[row.Match], 1, row.Scale)
		off, slack := db, slackB
		var carried, sum, squares, weight, weights float64
		for j, under := range below {
			if under.Match < 0 {
				continue
			}
			w := a.Row(k)[j]
			d, s := difference(w, b.Row(row.Match)[under.Match], under.Scale, row.Scale)
			bound := math.Abs(d) + s
			if i == 0 {
				off += d * p.set.Centre
				slack += (s + math.Abs(d)*gamma(n+2)) * p.set.Centre
				sum += bound * p.set.Half
				squares += bound * bound
			} else {
				carried += math.Abs(w)*e[j] + bound*(v.hi[j]+e[j])
			}
			both := 2*math.Abs(w) + bound
			weight += both * (v.size(j) + at(e, j))
			weights += both * both
		}
		if i == 0 { // Cauchy–Schwarz where it is the better bound
			carried = min(sum, length(squares)*p.set.Radius)
			weight = min(weight, length(weights)*p.set.norm(n))
		}
		rounding := gamma(n+2) * (weight + 2*math.Abs(a.B[k]) + math.Abs(db) + slackB)
		out[k] = up(carried+math.Abs(off)+slack+rounding, n+8)
	}
	return out
}

func at(e []float64, j int) float64 {
	if e == nil {
		return 0
	}
	return e[j]
}

// difference is w − w'·in/out with a bound on the rounding of that. A product
// so small that float64 cannot hold it precisely makes the bound infinite.
func difference(w, other, in, out float64) (d, slack float64) {
	t := other * in
	q := t / out
	if other != 0 && !(math.Abs(t) > 0x1p-960 && math.Abs(q) > 0x1p-960) {
		return 0, math.Inf(1)
	}
	return w - q, 0x1p-51 * (math.Abs(w) + math.Abs(q))
}

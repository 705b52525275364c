package extract

import (
	"fmt"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/sign"
	"peel/core/signature"
)

// A layer wider than its input has dependent rows: no move changes one neuron
// alone, so freeze says nothing. But because
//
//	relu(−z) = relu(z) − z,
//
// a neuron taken with the wrong sign is the right one and something linear in
// the layer's inputs. So the layer is handed on with any signs, along with its
// inputs u: the next layer's rows are found as a_j·h + ℓ_j·u + b_j. Where signs
// are right ℓ_j = 0, so in general
//
//	ℓ_j + Σ_k e_k a_jk w_k = 0,   e_k = 1 if the sign of k is wrong, else 0,
//
// for every row j of the next layer: linear equations that decide all e_k, once
// a few rows are known. No vote is needed, and none can be wrong. (New here.)

// handAll hands a layer on with its inputs, before its signs are known: those
// that are open are taken to be + (see newKnown).
func (s *State) handAll(l *layer) stage {
	n := l.inputs()
	for j := range n {
		if l.index > 1 {
			s.handOn(l, j)
			continue
		}
		row := make([]float64, n)
		row[j] = 1
		l.neurons = append(l.neurons, &neuron{Hyperplane: signature.Hyperplane{W: row}, sign: 1, pass: true})
	}
	l.handed = true
	return s.enterDeep(l.index + 1)
}

// toldByNext reports whether a deep layer can be handed on without its signs:
// all of it must be known.
func (s *State) toldByNext(l *layer) bool {
	return len(l.neurons) == s.width(l.index) && !slices.ContainsFunc(l.neurons, func(n *neuron) bool { return len(n.unseen()) > 0 })
}

// inputs is how many inputs the layer's rows have.
func (l *layer) inputs() int { return len(l.neurons[0].W) }

// tell decides the signs of a layer that was handed on without them from the
// rows found of the next layer, l, and goes over to those signs. It reports
// whether it could.
func (s *State) tell(l *layer) bool {
	before := s.layers[l.index-2]
	if !before.handed || len(l.neurons) == 0 || l.asked == l.learned {
		return false
	}
	l.asked = l.learned
	open, a, r, tol := before.signEquations(l)
	e, margin, ok := sign.Bits(a, r, len(open), tol)
	if !ok {
		return false
	}
	flip := make([]bool, len(before.real()))
	for i, k := range open {
		n := before.neurons[k]
		if n.sign = 1; e[i] == 1 {
			n.sign, flip[k] = -1, true
		}
		s.emit(Event{Type: "signed", Layer: before.index, Neuron: k, Confidence: 1 - margin})
	}
	before.takeBack()
	s.change(l, flip)
	return true
}

// takeBack ends the handing on of a layer's inputs.
func (l *layer) takeBack() { l.neurons, l.handed = l.real(), false }

// signEquations returns A e = r for the signs of the layer that are open, from
// the rows found of the next one. What is not known of a row takes equations
// away.
func (l *layer) signEquations(next *layer) (open []int, a, r []float64, tol float64) {
	for k, n := range l.real() {
		if n.sign == 0 {
			open = append(open, k)
		}
	}
	m, d := len(l.real()), l.inputs()
	for _, u := range next.neurons {
		if u.pass {
			continue
		}
		rest, known := u.lacks()
		var away []float64 // directions of ℓ that are not known
		for i := 0; i < len(rest); i += u.part.N {
			away = append(away, rest[i+m:i+m+d]...)
		}
		for k, n := range l.real() {
			if !known[k] {
				away = append(away, n.W...)
			}
		}
		block := make([]float64, 0, (len(open)+1)*d) // columns, the last is r
		for _, k := range open {
			col := make([]float64, d)
			if known[k] {
				linalg.Axpy(u.W[k], l.neurons[k].W, col)
			}
			block = append(block, col...)
		}
		col := make([]float64, d)
		linalg.Axpy(-1, u.W[m:m+d], col)
		block = append(block, col...)
		project(block, away, d)
		rows := linalg.Transpose(block, d)
		for i := range d {
			row := rows[i*(len(open)+1):][:len(open)+1]
			a, r = append(a, row[:len(open)]...), append(r, row[len(open)])
		}
		tol = max(tol, u.WErr)
	}
	return open, a, r, max(float64(16*tol), 1e-10)
}

// lacks returns an orthonormal basis of what is not known of a row, and which
// of its weights are known.
func (n *neuron) lacks() (rest []float64, known []bool) {
	known = make([]bool, n.part.N)
	f := n.part.Clone()
	unit := make([]float64, f.N)
	for j, out := range n.part.Axes() {
		unit[j] = 1
		if known[j] = out < 1e-6; !known[j] && f.Add(unit, 0) {
			rest = append(rest, f.U[(f.Rank()-1)*f.N:][:f.N]...)
		}
		unit[j] = 0
	}
	return rest, known
}

// project removes from vectors of length d their part in the span of others.
func project(vectors, span []float64, d int) {
	if len(span) == 0 {
		return
	}
	q := linalg.Factor(linalg.Transpose(span, d), len(span)/d)
	rank := q.Rank(float64(1e-9 * q.Diag(0)))
	basis := q.Basis(rank)
	for i := 0; i < len(vectors); i += d {
		for range 2 {
			for j := 0; j < len(basis); j += d {
				linalg.Axpy(-linalg.Dot(basis[j:j+d], vectors[i:i+d]), basis[j:j+d], vectors[i:i+d])
			}
		}
	}
}

// change goes over to other signs of the layer before l, whose inputs are no
// longer handed on: with h_k + z_k in place of h_k for every k that is flipped
// all weights of those inputs vanish.
func (s *State) change(l *layer, flip []bool) {
	c := &changed{before: s.layers[l.index-2], flip: flip}
	for _, n := range l.neurons {
		was := n.part.Row()
		c.guess(n.part)
		row := n.part.Row()
		linalg.Scale(1/linalg.Norm(was[:len(was)-1]), row) // the scale that C belongs to
		norm := linalg.Norm(row[:len(row)-1])
		linalg.Scale(1/norm, row)
		n.W, n.B = row[:len(row)-1], row[len(row)-1]
		linalg.Scale(norm, n.C)
		n.CErr *= norm
		n.strength *= norm
		n.WErr /= norm
	}
	for _, g := range l.deep.guesses {
		c.guess(g)
		if g.apart != nil {
			c.guess(g.apart)
		}
	}
	old := l.deep
	l.deep = newDeep(s.prefix(l.index), l.chart, rng.New(s.cfg.Seed, uint64(s.round), 0xdee9))
	l.deep.guesses, l.deep.spots = old.guesses, old.spots[:len(flip)]
	l.barren = 0
	s.forget(l)
}

// changed rewrites what is known of rows over (h, u, 1) for rows over (h, 1).
type changed struct {
	before *layer
	flip   []bool
}

// functional returns u' such that ⟨ŵ', u'⟩ = ⟨ŵ, u⟩.
func (c *changed) functional(u []float64) []float64 {
	m := len(c.flip)
	last := u[len(u)-1]
	out := append(append([]float64(nil), u[:m]...), last)
	for k, v := range c.flip {
		if v {
			n := c.before.neurons[k]
			out[k] -= linalg.Dot(n.W, u[m:len(u)-1]) + float64(n.B*last)
		}
	}
	return out
}

// guess rewrites a fragment and its evidence.
func (c *changed) guess(g *guess) {
	old, oldEv := g.Fragment, g.ev
	n := len(c.flip) + 1
	var rows, values []float64
	for i, a := range old.A {
		u := c.functional(old.U[i*old.N:][:old.N])
		if size := linalg.Norm(u); size > 0 {
			linalg.Scale(1/size, u)
			rows, values = append(rows, u...), append(values, a/size)
		}
	}
	q := linalg.Factor(linalg.Transpose(rows, n), len(values))
	rank := q.Rank(1e-3) // a direction barely there would be known with great error
	row := q.MinNorm(values, rank)
	g.lone = false
	g.Fragment = signature.Fragment{N: n, U: q.Basis(rank)}
	g.A = linalg.MulVec(g.U, row)
	g.ev = signature.Evidence{N: n}
	for j := 0; j < len(oldEv.M); j += old.N + 1 {
		g.ev.M = append(append(g.ev.M, c.functional(oldEv.M[j:j+old.N])...), oldEv.M[j+old.N])
	}
	g.Fragment.Fit(&g.ev)
}

// untold says which signs could not be told.
func (s *State) untold(l *layer) {
	before := s.layers[l.index-2]
	s.missing = append(s.missing, fmt.Sprintf("layer %d: %d of %d signs are undecided, because too little was found of layer %d, which tells them",
		before.index, before.unsigned(), s.width(before.index), l.index))
}

// orientation is the sign that is used of a neuron, + while it is open.
func (n *neuron) orientation() float64 {
	if n.sign == 0 {
		return 1
	}
	return math.Copysign(1, n.sign)
}

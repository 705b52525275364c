package extract

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
	"peel/core/signature"
)

// randomPrefix returns two or three layers of 6 to 10 neurons. The first is the
// identity for every other seed, as it is in the chart of the second layer.
func randomPrefix(seed uint64) (*prefix, *rng.Stream) {
	r := rng.New(seed, 0x5e1f)
	p := &prefix{n: 6 + r.Intn(5)}
	in := p.n
	for i := range 2 + r.Intn(2) {
		out := 6 + r.Intn(5)
		if i == 0 {
			out = max(out, p.n)
		}
		l := nn.NewLayer(in, out)
		r.NormalVec(l.W, 1/math.Sqrt(float64(in)))
		r.NormalVec(l.B, 0.3)
		if i == 0 && seed%2 == 0 {
			l = nn.Layer{In: in, Out: in, W: identity(in), B: make([]float64, in)}
		}
		p.layers = append(p.layers, l)
		p.pass = append(p.pass, make([]bool, l.Out))
		p.force = append(p.force, nil)
		p.blind = append(p.blind, nil)
		in = l.Out
	}
	return p, r
}

// opened returns the place, of a few, where the prefix passes most dimensions.
func opened(p *prefix, r *rng.Stream) *place {
	var best *place
	most := 0
	for range 100 {
		pl := p.at(r.NormalVec(make([]float64, p.n), 2))
		if gamma, _ := pl.jacobians(); linalg.Norm(gamma) == 0 {
			continue
		}
		if v, _ := pl.span(p.n, 1e-3); len(v) > most {
			best, most = pl, len(v)
		}
	}
	return best
}

// rowThrough returns a random augmented row that vanishes at a place.
func rowThrough(pl *place, r *rng.Stream) []float64 {
	row := r.NormalVec(make([]float64, len(pl.h)+1), 1)
	row[len(pl.h)] = 0
	row[len(pl.h)] = -linalg.Dot(row, pl.augmented())
	return row
}

// onPlane fails unless a row vanishes at y up to tol of its terms.
func onPlane(t *testing.T, p *prefix, row, y []float64, tol float64, what string) {
	t.Helper()
	a := append(p.values(y), 1)
	if z := linalg.Dot(row, a); !(math.Abs(z) <= tol*linalg.Norm(row)*linalg.Norm(a)) {
		t.Fatalf("%s: z = %.1e, (h, 1) of size %.1e", what, z, linalg.Norm(a))
	}
}

// agree fails unless two vectors agree to tol of their size or 1.
func agree(t *testing.T, x, y []float64, tol float64, what string) {
	t.Helper()
	if len(x) != len(y) {
		t.Fatalf("%s: %d and %d numbers", what, len(x), len(y))
	}
	for i := range x {
		if !(math.Abs(x[i]-y[i]) <= tol*(1+linalg.MaxAbs(y))) {
			t.Fatalf("%s: entry %d is %v and %v", what, i, x[i], y[i])
		}
	}
}

// With a whole row known, walks go on for ever and stay on its hyperplane.
func TestStepsOnAKnownSurface(t *testing.T) {
	for seed := range uint64(12) {
		p, r := randomPrefix(seed)
		from := opened(p, r)
		row := rowThrough(from, r)
		s := newSurface(p, wholeFragment(row[:len(row)-1], row[len(row)-1]), 1)
		pl := s.land(from.y)
		moved, regions := 0, 0
		for i := range 200 {
			next, edge := s.step(pl, r.NormalVec(make([]float64, p.n), 1), math.Ldexp(4, -r.Intn(5)))
			if edge != nil {
				t.Fatalf("seed %d, step %d: a facet, though all is known", seed, i)
			}
			if next == nil { // a corner
				continue
			}
			what := fmt.Sprintf("seed %d, step %d", seed, i)
			onPlane(t, p, row, next.y, 1e-8, what)
			agree(t, next.h, p.values(next.y), 1e-10, what) // it is a place, not only a point
			if !next.same(p.at(next.y)) {
				t.Fatalf("%s: the place is not in the region of its point", what)
			}
			if moved++; !next.same(pl) {
				regions++
			}
			pl = next
		}
		// Corners are rare, and a step of up to 4 often leaves a region of size one.
		if moved < 150 || regions < 20 {
			t.Errorf("seed %d: %d steps of 200, into %d other regions", seed, moved, regions)
		}
	}
}

// With a row known in one region only, walks stay on its hyperplane as long as
// they can tell, and end at facets that show one direction more.
func TestStepsOnAPartlyKnownSurface(t *testing.T) {
	facets := 0
	for seed := range uint64(12) {
		p, r := randomPrefix(seed)
		from := opened(p, r)
		row := rowThrough(from, r)
		f := &signature.Fragment{N: len(row)}
		f.Add(from.augmented(), 0)
		_, u := from.span(p.n, 1e-9) // all but rounding errors
		d := len(from.h)
		for m := range len(u) / d {
			e := append(slices.Clone(u[m*d:][:d]), 0)
			f.Add(e, linalg.Dot(row, e))
		}
		s := newSurface(p, f, 1)
		pl := s.land(from.y)
		if pl == nil || !s.decided(pl) {
			t.Fatalf("seed %d: the row is not known where it was measured", seed)
		}
		for i := range 100 {
			what := fmt.Sprintf("seed %d, step %d", seed, i)
			next, edge := s.step(pl, r.NormalVec(make([]float64, p.n), 1), 16)
			if next != nil {
				// The true row, of which the surface knows a part; what lies up to
				// spanned outside the known span counts as known.
				onPlane(t, p, row, next.y, 10*spanned, what)
				pl = next
			}
			if edge == nil {
				continue
			}
			facets++
			if math.Abs(linalg.Norm(edge.e)-1) > 1e-12 {
				t.Fatalf("%s: ‖e‖ = %v", what, linalg.Norm(edge.e))
			}
			for _, x := range linalg.MulVec(f.U, edge.e) {
				// Rounding errors, over the part outside of 1/100 at least.
				if math.Abs(x) > 1e-10 {
					t.Fatalf("%s: e has a part %.1e in the known span", what, x)
				}
			}
			onPlane(t, p, row, edge.q, 10*spanned, what)
			// h is continuous, so the Jacobians differ by p ⊗ m, and beyond the
			// facet h moves along p.
			mm := linalg.Dot(edge.m, edge.m)
			beyond, _ := edge.to.jacobians()
			before, _ := edge.from.jacobians()
			jump := slices.Clone(beyond)
			linalg.Axpy(-1, before, jump)
			along := linalg.MulVec(jump, edge.m)
			linalg.Scale(1/mm, along)
			for k, v := range along {
				linalg.Axpy(-v, edge.m, jump[k*p.n:][:p.n])
			}
			if rest := linalg.Norm(jump); rest > 1e-12*(1+linalg.Norm(beyond)) {
				t.Fatalf("%s: Γ′ − Γ is not of rank one, by %.1e", what, rest)
			}
			out := append(along, 0)
			f.Reject(out)
			want := linalg.Norm(out)
			linalg.Scale(1/want, out)
			agree(t, edge.e, out, 1e-9, what+", e")
			lever := want * math.Abs(linalg.Dot(edge.m, edge.dir))
			if math.Abs(edge.lever-lever) > 1e-9*lever {
				t.Fatalf("%s: lever %v, want %v", what, edge.lever, lever)
			}
			// Once measured, the direction is known and the walk goes on beyond.
			g := f.Clone()
			if !g.Add(edge.e, linalg.Dot(row, edge.e)) {
				t.Fatalf("%s: nothing new", what)
			}
			if wider := newSurface(p, g, 1); !wider.decided(edge.to) {
				t.Fatalf("%s: the row is still not known beyond the facet", what)
			}
		}
	}
	if facets < 100 { // of 1200 steps
		t.Errorf("%d facets", facets)
	}
}

// at agrees with values and, inside a region, with finite differences; what a
// region tells of other places of it is what at says there.
// The stretches of a line are where it is straight.
// A corner is where both the row and an input whose weight it lacks vanish; all
// that shows beyond it is that weight.
// Forced neurons do not switch while their input is active; inputs handed on
// are themselves.
// The same inside a prefix: values, Jacobian and walls.
// Where inputs leave what is known of a row, a place is vague.

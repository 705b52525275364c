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
		if linalg.Norm(pl.gamma) == 0 {
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
			jump := make([]float64, len(edge.to.gamma))
			for k := range jump {
				jump[k] = edge.to.gamma[k] - edge.from.gamma[k]
			}
			along := linalg.MulVec(jump, edge.m)
			linalg.Scale(1/mm, along)
			for k, v := range along {
				linalg.Axpy(-v, edge.m, jump[k*p.n:][:p.n])
			}
			if rest := linalg.Norm(jump); rest > 1e-12*(1+linalg.Norm(edge.to.gamma)) {
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
func TestPlaces(t *testing.T) {
	for seed := range uint64(30) {
		p, r := randomPrefix(seed)
		pl := p.at(r.NormalVec(make([]float64, p.n), 2))
		what := fmt.Sprintf("seed %d", seed)
		if !slices.Equal(pl.h, p.values(pl.y)) {
			t.Fatalf("%s: h is %v, alone %v", what, pl.h, p.values(pl.y))
		}
		dir := r.NormalVec(make([]float64, p.n), 1)
		normalise(dir)
		margin := pl.margin()
		// h is linear inside a region: only rounding errors, over the step, count.
		step := 0.9 * margin
		y := slices.Clone(pl.y)
		linalg.Axpy(step, dir, y)
		slope := p.values(y)
		linalg.Axpy(-1, pl.h, slope)
		linalg.Scale(1/step, slope)
		agree(t, slope, linalg.MulVec(pl.gamma, dir), 1e-13/step, what+", slope")
		if !p.at(y).same(pl) {
			t.Fatalf("%s: another region within the margin", what)
		}
		// The nearest wall is as far as the margin says.
		nearest := false
		for _, w := range pl.walls {
			if g := linalg.Norm(w.grad); math.Abs(w.z)/g <= margin {
				y := slices.Clone(pl.y)
				linalg.Axpy(-1.001*w.z/(g*g), w.grad, y)
				nearest = nearest || !p.at(y).same(pl)
			}
		}
		if !nearest {
			t.Fatalf("%s: no wall at the margin", what)
		}

		back := slices.Clone(dir)
		linalg.Scale(-1, back)
		t1, through := pl.exit(dir)
		t0, _ := pl.exit(back)
		if around := pl.around(dir); around != min(t0, t1) || margin > around*(1+1e-12) {
			t.Fatalf("%s: exits at %v and %v, around %v, margin %v", what, t0, t1, around, margin)
		}
		if math.IsInf(t1, 1) {
			continue
		}
		for _, x := range []float64{0.3, 0.999} {
			q := pl.shifted(x*t1, dir)
			if q == nil {
				t.Fatalf("%s: another region before the exit", what)
			}
			want := p.at(q.y)
			agree(t, q.h, want.h, 1e-12, what+", shifted h")
			agree(t, q.gamma, want.gamma, 1e-12, what+", shifted Γ")
			if !q.same(want) {
				t.Fatalf("%s: a shifted place is not in the region of its point", what)
			}
			for i := range q.walls {
				agree(t, []float64{q.walls[i].z}, []float64{want.walls[i].z}, 1e-12, what+", shifted wall")
				agree(t, q.walls[i].grad, want.walls[i].grad, 1e-12, what+", shifted wall's gradient")
			}
		}
		if pl.shifted(1.001*t1, dir) != nil {
			t.Fatalf("%s: the same region beyond the exit", what)
		}
		y = slices.Clone(pl.y)
		linalg.Axpy(t1+1e-9, dir, y)
		if !p.at(y).differs(pl, through) {
			t.Fatalf("%s: beyond the exit not wall %d alone has another side", what, through)
		}
	}
}

// The stretches of a line are where it is straight.
func TestWalkAlongALine(t *testing.T) {
	for seed := range uint64(10) {
		p, r := randomPrefix(seed)
		base, dir := r.NormalVec(make([]float64, p.n), 1), r.NormalVec(make([]float64, p.n), 1)
		normalise(dir)
		parts := p.walk(base, dir, -8, 8, 1000) // far more than such a line has
		at := func(x float64) []float64 {
			y := slices.Clone(base)
			linalg.Axpy(x, dir, y)
			return append(p.values(y), 1)
		}
		end := -8.0
		for i, s := range parts {
			what := fmt.Sprintf("seed %d, stretch %d of %d", seed, i, len(parts))
			if s.t0 != end || s.t1 <= s.t0 {
				t.Fatalf("%s: from %v to %v after %v", what, s.t0, s.t1, end)
			}
			end = s.t1
			for _, x := range []float64{0, 0.25, 0.5, 0.75, 1} {
				mix := make([]float64, len(s.a0))
				linalg.Axpy(1-x, s.a0, mix)
				linalg.Axpy(x, s.a1, mix)
				// The ends of stretches are known to 1e-9 of the line.
				agree(t, mix, at(s.t0+x*(s.t1-s.t0)), 1e-7, what)
			}
		}
		if end != 8 || len(parts) < 5 {
			t.Errorf("seed %d: %d stretches up to %v", seed, len(parts), end)
		}
	}
}

// A corner is where both the row and an input whose weight it lacks vanish; all
// that shows beyond it is that weight.
func TestCorner(t *testing.T) {
	found, tried := 0, 0
	for seed := range uint64(12) {
		p, r := randomPrefix(seed)
		row := rowThrough(opened(p, r), r)
		d := p.width()
		for want := range d {
			f := &signature.Fragment{N: d + 1}
			for k := range d + 1 {
				unit := make([]float64, d+1)
				if unit[k] = 1; k != want {
					f.Add(unit, row[k])
				}
			}
			own, wall := p.input(want, 1)
			var spots [][]float64
			for range 40 {
				if pl := own.land(r.NormalVec(make([]float64, p.n), 2)); pl != nil && len(spots) < 4 {
					spots = append(spots, pl.y)
				}
			}
			if len(spots) == 0 { // its hyperplane lies where nothing leads
				continue
			}
			tried++
			s := newSurface(p, f, 1)
			e := s.corner(want, spots, r)
			if e == nil {
				continue
			}
			found++
			what := fmt.Sprintf("seed %d, input %d", seed, want)
			onPlane(t, p, s.row, e.q, 1e-8, what)
			here := p.at(e.q)
			w := here.walls[wall]
			// A step of the walk ends up to 1e-7 beyond a facet, where the input's
			// hyperplane bends away from the chord that is bisected.
			if math.Abs(w.z) > 1e-6*(1+linalg.MaxAbs(here.y))*linalg.Norm(w.grad) {
				t.Errorf("%s: its pre-activation is %.1e", what, w.z)
			}
			if e.from.h[want] != 0 || !(e.to.h[want] > 0) {
				t.Errorf("%s: it is %v before and %v beyond", what, e.from.h[want], e.to.h[want])
			}
			for k, v := range e.e {
				x := 0.0
				if k == want {
					x = 1
				}
				if math.Abs(math.Abs(v)-x) > 1e-9 {
					t.Errorf("%s: entry %d of e is %v", what, k, v)
				}
			}
		}
	}
	t.Logf("%d corners of %d", found, tried)
	// 77 of 94 were measured: some do not meet near where the walk starts.
	if 3*found < 2*tried || tried < 50 {
		t.Errorf("%d corners of %d", found, tried)
	}
	p, r := randomPrefix(1)
	if newSurface(p, wholeFragment(make([]float64, p.width()), 1), 1).corner(0, nil, r) != nil {
		t.Error("a corner from nowhere")
	}
}

// Forced neurons do not switch while their input is active; inputs handed on
// are themselves.
func TestActivate(t *testing.T) {
	fs := []force{{neuron: 0, input: 0, on: true}, {neuron: 1, input: 0, on: false}, {neuron: 2, input: 1, on: true}}
	for _, c := range []struct{ z, in, want []float64 }{
		{[]float64{-3, 5, -2, 7}, []float64{0, 0}, []float64{0, 5, 0, 7}},
		{[]float64{-3, 5, -2, 7}, []float64{1, 0}, []float64{-3, 0, 0, 7}},
		{[]float64{-3, 5, -2, -7}, []float64{0, 2}, []float64{0, 5, -2, 0}},
		{[]float64{3, -5, 2, -7}, []float64{1, 2}, []float64{3, 0, 2, 0}},
	} {
		z := slices.Clone(c.z)
		if activate(z, c.in, fs); !slices.Equal(z, c.want) {
			t.Errorf("z = %v, inputs %v: %v, want %v", c.z, c.in, z, c.want)
		}
		z = slices.Clone(c.z)
		activate(z, c.in, nil)
		for k, v := range z {
			if v != max(0, c.z[k]) {
				t.Errorf("z = %v without force: %v", c.z, z)
			}
		}
	}
}

// The same inside a prefix: values, Jacobian and walls.
func TestForceAndPassInAPrefix(t *testing.T) {
	forced := 0
	for seed := range uint64(20) {
		p, r := randomPrefix(seed)
		last := len(p.layers) - 1
		l := &p.layers[last]
		const on, off, input, handed = 0, 1, 2, 3
		p.force[last] = []force{{neuron: on, input: input, on: true}, {neuron: off, input: input}}
		l.W, l.B = append(l.W, make([]float64, l.In)...), append(l.B, 0)
		l.Out++
		pass := l.Out - 1
		l.Row(pass)[handed] = 1
		p.pass[last] = append(p.pass[last], true)
		before := &prefix{n: p.n, layers: p.layers[:last], pass: p.pass[:last], force: p.force[:last], blind: p.blind[:last]}
		for range 20 {
			what := fmt.Sprintf("seed %d", seed)
			pl := p.at(r.NormalVec(make([]float64, p.n), 2))
			in := before.values(pl.y)
			z := make([]float64, l.Out)
			nn.Affine(z, l.W, in, l.B)
			want := slices.Clone(z)
			for k := range want {
				want[k] = max(0, want[k])
			}
			if in[input] > 0 {
				want[on], want[off] = z[on], 0
				if z[on] < 0 || z[off] > 0 {
					forced++
				}
			}
			if want[pass] != in[handed] {
				t.Fatalf("%s: %v is handed on as %v", what, in[handed], want[pass])
			}
			agree(t, pl.h, want, 0, what+", at")
			agree(t, p.values(pl.y), want, 0, what+", values")
			dir := r.NormalVec(make([]float64, p.n), 1)
			normalise(dir)
			step := 0.9 * pl.margin()
			y := slices.Clone(pl.y)
			linalg.Axpy(step, dir, y)
			slope := p.values(y)
			linalg.Axpy(-1, pl.h, slope)
			linalg.Scale(1/step, slope)
			agree(t, slope, linalg.MulVec(pl.gamma, dir), 1e-13/step, what+", slope")
			// No wall of those that do not switch here is in the way.
			walls := pl.walls[len(pl.walls)-l.Out:]
			for k, w := range walls {
				fixed := k == pass || in[input] > 0 && (k == on || k == off)
				if fixed != (linalg.Norm(w.grad) == 0 && math.Abs(w.z) == 1) && linalg.Norm(in) > 0 {
					t.Fatalf("%s: wall %d is %v, fixed %v", what, k, w, fixed)
				}
			}
		}
		if last < 2 { // only what comes through an earlier layer is ever handed on
			continue
		}
		// An input handed on comes on where it did a layer before.
		own, wall := p.input(pass, 1)
		direct, same := before.input(handed, 1)
		y := r.NormalVec(make([]float64, p.n), 2)
		if wall != same || own.at(y) != direct.at(y) {
			t.Errorf("seed %d: the input handed on is wall %d, before it was %d", seed, wall, same)
		}
	}
	if forced < 20 { // of 400 places
		t.Errorf("force mattered at %d places", forced)
	}
}

// Where inputs leave what is known of a row, a place is vague.
func TestBlind(t *testing.T) {
	p, r := randomPrefix(4)
	u := make([]float64, p.layers[1].In+1)
	u[2] = 1 // the weight of input 2 is not known
	p.blind[1] = []blind{{neuron: 0, u: u}}
	seen := map[bool]int{}
	for range 200 {
		pl := p.at(r.NormalVec(make([]float64, p.n), 2))
		on := pl.y[2] > 0 // layer 1 is the identity
		if pl.vague != on {
			t.Fatalf("input 2 is on: %v, vague: %v", on, pl.vague)
		}
		seen[on]++
	}
	if seen[true] < 50 || seen[false] < 50 {
		t.Errorf("seen %v", seen)
	}
	// Walks stay out of there, however they push.
	var from *place
	for from == nil || from.vague {
		from = opened(p, r)
	}
	row := rowThrough(from, r)
	s := newSurface(p, wholeFragment(row[:len(row)-1], row[len(row)-1]), 1)
	pl, moved, stopped := from, 0, 0
	for range 200 {
		dir := r.NormalVec(make([]float64, p.n), 1)
		dir[2] += 2
		next, edge := s.step(pl, dir, 4)
		if edge != nil || next != nil && (next.vague || next.y[2] > 0) {
			t.Fatalf("from %v to %v, %v", pl.y, next, edge)
		}
		if next == nil {
			stopped++
			continue
		}
		pl = next
		moved++
	}
	if moved < 20 || stopped < 20 {
		t.Errorf("%d steps of 200, %d stopped", moved, stopped)
	}
}

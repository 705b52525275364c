package extract

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"peel/core/linalg"
	"peel/core/nn"
)

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
		_, grads := pl.jacobians()
		margin := pl.margin(grads)
		// h is linear inside a region: only rounding errors, over the step, count.
		step := 0.9 * margin
		y := slices.Clone(pl.y)
		linalg.Axpy(step, dir, y)
		slope := p.values(y)
		linalg.Axpy(-1, pl.h, slope)
		linalg.Scale(1/step, slope)
		agree(t, slope, pl.along(dir).h, 1e-13/step, what+", slope")
		if !p.at(y).same(pl) {
			t.Fatalf("%s: another region within the margin", what)
		}
		// The nearest wall is as far as the margin says.
		nearest := false
		for i, z := range pl.walls {
			if g := linalg.Norm(pl.grad(i)); math.Abs(z)/g <= margin {
				y := slices.Clone(pl.y)
				linalg.Axpy(-1.001*z/(g*g), pl.grad(i), y)
				nearest = nearest || !p.at(y).same(pl)
			}
		}
		if !nearest {
			t.Fatalf("%s: no wall at the margin", what)
		}

		row := r.NormalVec(make([]float64, len(pl.h)+1), 1)
		agree(t, p.slope(pl.y, row), pl.gradient(row), 1e-12, what+", gradient of a row")
		agreeJacobians(t, pl, dir, row, what)

		back := slices.Clone(dir)
		linalg.Scale(-1, back)
		t1, through := pl.along(dir).exit()
		t0, _ := pl.along(back).exit()
		if around := pl.along(dir).around(); around != min(t0, t1) || margin > around*(1+1e-12) {
			t.Fatalf("%s: exits at %v and %v, around %v, margin %v", what, t0, t1, around, margin)
		}
		if math.IsInf(t1, 1) {
			continue
		}
		for _, x := range []float64{0.3, 0.999} {
			q := pl.along(dir).to(x * t1)
			if q == nil {
				t.Fatalf("%s: another region before the exit", what)
			}
			want := p.at(q.y)
			agree(t, q.h, want.h, 1e-12, what+", shifted h")
			agree(t, q.along(dir).h, want.along(dir).h, 1e-12, what+", shifted slope")
			if !q.same(want) {
				t.Fatalf("%s: a shifted place is not in the region of its point", what)
			}
			for i := range q.walls {
				agree(t, []float64{q.walls[i]}, []float64{want.walls[i]}, 1e-12, what+", shifted wall")
				agree(t, q.grad(i), want.grad(i), 1e-12, what+", shifted wall's gradient")
			}
		}
		if pl.along(dir).to(1.001*t1) != nil {
			t.Fatalf("%s: the same region beyond the exit", what)
		}
		y = slices.Clone(pl.y)
		linalg.Axpy(t1+1e-9, dir, y)
		if !p.at(y).differs(pl, through) {
			t.Fatalf("%s: beyond the exit not wall %d alone has another side", what, through)
		}
	}
}

// agreeJacobians compares what is computed of the derivatives with all of them.
func agreeJacobians(t *testing.T, pl *place, dir, row []float64, what string) {
	t.Helper()
	gamma, grads := pl.jacobians()
	m := pl.along(dir)
	agree(t, m.h, linalg.MulVec(gamma, dir), 1e-12, what+", Γ and a direction")
	agree(t, m.walls, linalg.MulVec(grads, dir), 1e-12, what+", walls and a direction")
	d := len(pl.h)
	agree(t, pl.gradient(row), linalg.MulVec(linalg.Transpose(gamma, len(dir)), row[:d]), 1e-12, what+", a row and Γ")
	for i := range pl.walls {
		if pl.moves(i) {
			agree(t, pl.grad(i), grads[i*len(dir):][:len(dir)], 1e-12, what+", a wall's gradient")
		}
	}
}

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

func TestActivate(t *testing.T) {
	fs := []force{{neuron: 0, input: 0, on: true}, {neuron: 1, input: 0, on: false}, {neuron: 2, input: 1, on: true}}
	for _, c := range []struct{ z, in, want []float64 }{
		{[]float64{-3, 5, -2, 7}, []float64{0, 0}, []float64{0, 5, 0, 7}},
		{[]float64{-3, 5, -2, 7}, []float64{1, 0}, []float64{-3, 0, 0, 7}},
		{[]float64{-3, 5, -2, -7}, []float64{0, 2}, []float64{0, 5, -2, 0}},
		{[]float64{3, -5, 2, -7}, []float64{1, 2}, []float64{3, 0, 2, 0}},
	} {
		z := slices.Clone(c.z)
		if activate(z, c.in, fs, nil); !slices.Equal(z, c.want) {
			t.Errorf("z = %v, inputs %v: %v, want %v", c.z, c.in, z, c.want)
		}
		z = slices.Clone(c.z)
		activate(z, c.in, nil, nil)
		for k, v := range z {
			if v != max(0, c.z[k]) {
				t.Errorf("z = %v without force: %v", c.z, z)
			}
		}
	}
}

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
			_, grads := pl.jacobians()
			step := 0.9 * pl.margin(grads)
			y := slices.Clone(pl.y)
			linalg.Axpy(step, dir, y)
			slope := p.values(y)
			linalg.Axpy(-1, pl.h, slope)
			linalg.Scale(1/step, slope)
			agree(t, slope, pl.along(dir).h, 1e-13/step, what+", slope")
			// No wall of those that do not switch here is in the way.
			first := len(pl.walls) - l.Out
			for k, z := range pl.walls[first:] {
				fixed := k == pass || in[input] > 0 && (k == on || k == off)
				if fixed != (linalg.Norm(pl.grad(first+k)) == 0 && math.Abs(z) == 1) && linalg.Norm(in) > 0 {
					t.Fatalf("%s: wall %d is %v, fixed %v", what, k, z, fixed)
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

package extract

import (
	"fmt"
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/signature"
)

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
			e := s.corner(want, spots, 1, r)
			if e == nil {
				continue
			}
			found++
			what := fmt.Sprintf("seed %d, input %d", seed, want)
			onPlane(t, p, s.row, e.q, 1e-8, what)
			here := p.at(e.q)
			z := here.walls[wall]
			// A step of the walk ends up to 1e-7 beyond a facet, where the input's
			// hyperplane bends away from the chord that is bisected.
			if math.Abs(z) > 1e-6*(1+linalg.MaxAbs(here.y))*linalg.Norm(here.grad(wall)) {
				t.Errorf("%s: its pre-activation is %.1e", what, z)
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
	if newSurface(p, wholeFragment(make([]float64, p.width()), 1), 1).corner(0, nil, 1, r) != nil {
		t.Error("a corner from nowhere")
	}
}

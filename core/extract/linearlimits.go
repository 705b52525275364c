package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
)

// limit says on which side of the hyperplane of neuron k an input is where the
// row is not known.
type limit struct {
	k    int
	side float64
	a    []float64 // (h, 1), of norm 1
}

// limits collects such inputs, near and far out. They cost no query.
func (t *linear) limits(r *rng.Stream) []limit {
	var out []limit
	l := t.l
	for i := range limitPoints {
		y := l.deep.somewhere(r)
		if i%4 == 0 {
			r.NormalVec(y, math.Ldexp(l.chart.size, r.Intn(12)-1))
		}
		pl := l.deep.pre.at(y)
		if pl.vague {
			continue
		}
		a := pl.augmented()
		for k, n := range l.neurons {
			if len(t.free[k]) == 0 || n.part.Outside(a) <= spanned {
				continue
			}
			if side := l.side(k, pl); side != 0 {
				unit := slices.Clone(a)
				normalise(unit)
				out = append(out, limit{k, side, unit})
			}
		}
	}
	return out
}

// keep moves x along what is open until every neuron is on the side that it is
// known to be on, by some margin: whoever is off there may have any weights that
// keep it off. (The relaxation method of Agmon, Motzkin and Schoenberg 1954.) It
// reports whether that was possible.
func (t *linear) keep(x, null []float64, limits []limit) bool {
	n := len(null) / t.wide
	// side·z = z0 + g·v at each input, with x + Σ v_i null_i.
	var z0, g []float64
	for _, m := range limits {
		z := float64(m.side * linalg.Dot(t.row(m.k, x, 1), m.a))
		own := make([]float64, n)
		for i := range own {
			own[i] = float64(m.side * linalg.Dot(t.row(m.k, null[i*t.wide:][:t.wide], 0), m.a))
		}
		if linalg.Norm(own) > linearRank {
			z0, g = append(z0, z), append(g, own...)
		} else if z < -linearBalance {
			return false
		}
	}
	for margin := 1.0; margin >= leastMargin; margin /= 4 {
		v := make([]float64, n)
		for range keepRounds {
			moved := false
			for i, z := range z0 {
				row := g[i*n:][:n]
				size := linalg.Norm(row)
				if z += linalg.Dot(row, v); z < float64(margin*size) {
					linalg.Axpy((float64(2*margin*size)-z)/float64(size*size), row, v)
					moved = true
				}
			}
			if !moved {
				for i, c := range v {
					linalg.Axpy(c, null[i*t.wide:][:t.wide], x)
				}
				return true
			}
		}
	}
	return len(z0) == 0
}

const (
	// linearBalance is how far off an equation of the signs may be.
	linearBalance = 1e-7
	// limitPoints is how many inputs must be on the right side.
	limitPoints = 1500
	// keepRounds is how often each is gone through, leastMargin the smallest
	// distance from the other side, in units of what is open.
	keepRounds  = 2000
	leastMargin = 1e-5
)

package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
)

const (
	// ratioPairs is of how many pairs of wrong inputs the ratios are taken at most.
	ratioPairs = 2048
	// ratioError is the error, relative to its terms, of one that holds, and ratioRank
	// what is left of a weight, relative to the largest, below which it is not decided.
	ratioError = 1e-6
	ratioRank  = 1e-8
	// ratioTrials is how many rows are made of a few groups each, and ratioRounds how
	// often the best of them is made anew of all that agree with it.
	ratioTrials = 256
	ratioRounds = 8
)

// ratio is a pair of wrong inputs at which the same neurons behind a layer are on.
type ratio struct {
	p, q   lack
	rp, rq float64
}

// rowOfRatios is rowsOf where no group of wrong inputs is large enough, as in an early
// layer, behind which nearly every input has other neurons on. What two inputs of one
// group lack has the ratio of the newcomer's pre-activations there,
//
//	r_p ⟨x, (h_q, 1)⟩ = r_q ⟨x, (h_p, 1)⟩,
//
// whatever the outputs follow it by: that is linear in the row x, and the same row in
// all groups. Rows come from a few groups at random, and the one counts with which
// most others agree. (New here.)
func (t *patcher) rowOfRatios(at int, groups map[string][]lack, keys []string) *newcomer {
	pairs := ratiosOf(groups, keys)
	on := usual(pairs, t.net.Layers[at].In)
	for len(on) > 0 {
		kept := slices.DeleteFunc(slices.Clone(pairs), func(e ratio) bool { return !e.p.within(on) || !e.q.within(on) })
		if len(kept) < len(on)+patchExcess {
			return nil
		}
		x, held, decided := t.solveRatios(kept, on)
		if len(held) < len(on)+patchExcess || float64(len(held)) < float64(comeLeast*float64(len(kept))) {
			return nil
		}
		if decided {
			return t.fromRatios(at, x, held, on)
		}
		on = withoutRarest(on, held)
	}
	return nil
}

// ratiosOf pairs the wrong inputs of every group with the one that lacks most, in the
// output that shows it best.
func ratiosOf(groups map[string][]lack, keys []string) []ratio {
	var out []ratio
	for _, key := range keys {
		group := groups[key]
		o, most := 0, 0
		for i, k := range group {
			for q, v := range k.r {
				if math.Abs(v) > math.Abs(group[most].r[o]) {
					o, most = q, i
				}
			}
		}
		for i, k := range group {
			if i != most && len(out) < ratioPairs {
				out = append(out, ratio{p: k, q: group[most], rp: k.r[o], rq: group[most].r[o]})
			}
		}
	}
	return out
}

// usual lists the inputs of a layer that are on in enough pairs to tell.
func usual(pairs []ratio, wide int) []int {
	seen := make([]int, wide)
	for _, e := range pairs {
		for j := range seen {
			if e.p.h[j] > 0 || e.q.h[j] > 0 {
				seen[j]++
			}
		}
	}
	var on []int
	for j, n := range seen {
		if n >= patchExcess {
			on = append(on, j)
		}
	}
	return on
}

// withoutRarest drops the input that is on in the fewest pairs.
func withoutRarest(on []int, pairs []ratio) []int {
	rarest, least := 0, math.MaxInt
	for i, j := range on {
		n := 0
		for _, e := range pairs {
			if e.p.h[j] > 0 || e.q.h[j] > 0 {
				n++
			}
		}
		if n < least {
			rarest, least = i, n
		}
	}
	return slices.Delete(slices.Clone(on), rarest, rarest+1)
}

// solveRatios returns the row with which most pairs agree and these pairs, and
// whether they decide it up to its length.
func (t *patcher) solveRatios(pairs []ratio, on []int) (x []float64, held []ratio, decided bool) {
	wide := len(on) + 1
	f := &rowFit{on: on}
	p, q := make([][]float64, len(pairs)), make([][]float64, len(pairs))
	a := make([]float64, 0, len(pairs)*wide)
	for i, e := range pairs {
		p[i], q[i] = f.row(e.p), f.row(e.q)
		size := float64(math.Abs(e.rp)*linalg.Norm(q[i])) + float64(math.Abs(e.rq)*linalg.Norm(p[i]))
		for j, v := range p[i] {
			a = append(a, (float64(e.rp*q[i][j])-float64(e.rq*v))/size)
		}
	}
	// agree lists the pairs that agree with a row, which is on at them all or off.
	agree := func(x []float64) (some []int) {
		side := 0.0
		for i, e := range pairs {
			zp, zq := linalg.Dot(x, p[i]), linalg.Dot(x, q[i])
			if zp == 0 || side != 0 && (zp > 0) != (side > 0) {
				continue
			}
			u, v := float64(e.rp*zq), float64(e.rq*zp)
			if math.Abs(u-v) <= float64(ratioError*(math.Abs(u)+math.Abs(v))) {
				if side == 0 {
					side = zp
				}
				some = append(some, i)
			}
		}
		return some
	}
	equations := func(some []int) *linalg.QR {
		rows := make([]float64, 0, len(some)*wide)
		for _, i := range some {
			rows = append(rows, a[i*wide:][:wide]...)
		}
		return linalg.Factor(rows, wide)
	}
	var best []int
	for range ratioTrials {
		var some []int
		for len(some) < 2*wide && len(some) < len(pairs) {
			i := t.r.Intn(len(pairs))
			for i > 0 && sameGroup(pairs[i-1], pairs[i]) {
				i--
			}
			some = append(some, i)
			for i++; i < len(pairs) && sameGroup(pairs[i-1], pairs[i]); i++ {
				some = append(some, i)
			}
		}
		if len(some) < wide {
			break
		}
		y, _ := equations(some).Smallest()
		if now := agree(y); len(now) > len(best) {
			best, x = now, y
		}
	}
	for range ratioRounds {
		if len(best) < wide {
			return nil, nil, false
		}
		y, _ := equations(best).Smallest()
		now := agree(y)
		if len(now) < len(best) {
			break
		}
		best, x = now, y
	}
	for _, i := range best {
		held = append(held, pairs[i])
	}
	r := equations(best)
	return x, held, r.Rank(float64(ratioRank*r.Diag(0))) == wide-1
}

// sameGroup reports whether two pairs are of one group.
func sameGroup(a, b ratio) bool { return a.q.key == b.q.key }

// fromRatios returns the newcomer with the row x, on where the pairs are.
func (t *patcher) fromRatios(at int, x []float64, held []ratio, on []int) *newcomer {
	f := &rowFit{on: on}
	votes := 0
	for _, e := range held {
		if linalg.Dot(x, f.row(e.p)) > 0 {
			votes++
		} else {
			votes--
		}
	}
	f.x = x
	return t.newcomerOf(at, f, float64(votes))
}

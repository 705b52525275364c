package extract

import (
	"cmp"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
)

// assumption is a weight that no critical point showed: of neuron k of a layer
// (from 0) and input j of it. What it is taken for is right as far as inputs
// came on which it acts.
type assumption struct{ layer, neuron, input int }

// untried chooses inputs on which the network rests on assumptions. Of random
// inputs one in a hundred thousand may switch on both ends of such a weight; but
// the network itself tells which, so that only those need be asked: importance
// sampling at the price of computing. (New here.)
type untried struct {
	net  *nn.Network // in the chart of deep layers
	open [][][]int   // by layer and neuron, the inputs whose weights are assumptions
	h    [][]float64 // by layer, its inputs
}

const (
	// untriedPool is how many random inputs are computed for each that is asked.
	untriedPool = 32
	// untriedRoom is how many numbers such inputs take up at most.
	untriedRoom = 1 << 22
	// untriedEach is how many inputs each assumption is tried on: half of them
	// those where the rest of the neuron's row speaks most for its being on.
	untriedEach = 8
)

func (s *State) newUntried(net *nn.Network) *untried {
	u := &untried{net: net}
	for i, row := range s.openRows(net) {
		var open [][]int
		for _, p := range row {
			open = append(open, p.open)
		}
		u.open = append(u.open, open)
		u.h = append(u.h, make([]float64, net.Layers[i].In))
	}
	return u
}

// tried are inputs on which an assumption acts: how many, the first of them, and
// those with the most lean, which is z of the neuron without it over the
// activation of its input.
type tried struct {
	count int
	first []int
	best  foremost[int]
}

func (t *tried) add(i int, lean float64) {
	if t.count++; len(t.first) < untriedEach/2 {
		t.first = append(t.first, i)
	}
	t.best.add(i, lean)
}

// choose returns up to most of the inputs y, those first that try assumptions
// few others try.
func (u *untried) choose(y []float64, most int) []int {
	acts := map[assumption]*tried{}
	dim := u.net.In()
	for i := range len(y) / dim {
		u.collect(i, y[i*dim:][:dim], acts)
	}
	var keys []assumption
	for a := range acts {
		keys = append(keys, a)
	}
	slices.SortFunc(keys, func(a, b assumption) int {
		return cmp.Or(cmp.Compare(acts[a].count, acts[b].count), cmp.Compare(a.layer, b.layer), cmp.Compare(a.neuron, b.neuron), cmp.Compare(a.input, b.input))
	})
	var out []int
	taken := map[int]bool{}
	for _, a := range keys {
		for _, i := range append(acts[a].first, acts[a].best.kept...) {
			if len(out) < most && !taken[i] {
				taken[i] = true
				out = append(out, i)
			}
		}
	}
	return out
}

// collect notes the assumptions that act on input i.
func (u *untried) collect(i int, y []float64, acts map[assumption]*tried) {
	copy(u.h[0], y)
	for at := range u.open {
		l, h := &u.net.Layers[at], u.h[at]
		for k, open := range u.open[at] {
			row := l.Row(k)
			for n, j := range open {
				if h[j] <= 0 {
					continue
				}
				z := l.B[k]
				for q, v := range h {
					if v > 0 && !slices.Contains(open, q) {
						z += float64(row[q] * v)
					}
				}
				for _, j := range open[n:] {
					if h[j] > 0 {
						a := assumption{at, k, j}
						if acts[a] == nil {
							acts[a] = &tried{best: foremost[int]{most: untriedEach / 2}}
						}
						acts[a].add(i, z/h[j])
					}
				}
				break
			}
		}
		if at+1 < len(u.open) {
			nn.Affine(u.h[at+1], l.W, h, l.B)
			for k, v := range u.h[at+1] {
				u.h[at+1][k] = max(0, v)
			}
		}
	}
}

// surveySpread gives the pre-activations of layer 1 on normal inputs of any
// deviation: W x + b is distributed like Rᵀ g + b for normal g, where Wᵀ = Q R.
type surveySpread struct {
	r    []float64 // rows of Rᵀ
	b    []float64
	half []float64 // W (½, …, ½)
	rank int
}

func newSurveySpread(first *nn.Layer) *surveySpread {
	q := linalg.Factor(linalg.Transpose(first.W, first.In), first.Out)
	t := &surveySpread{b: first.B, rank: min(first.In, first.Out), half: make([]float64, first.Out)}
	t.r = linalg.Transpose(q.Triangle(), first.Out)
	x := make([]float64, first.In)
	for j := range x {
		x[j] = 0.5
	}
	nn.Affine(t.half, first.W, x, make([]float64, first.Out))
	return t
}

// point sets y to those of one input and returns it: normal, or with the mean and
// deviation of U[0,1].
func (t *surveySpread) point(i int, y []float64, r *rng.Stream) []float64 {
	g := make([]float64, t.rank)
	switch i % 8 {
	case 5:
		r.NormalVec(g, math.Sqrt(1.0/12))
	case 6:
		r.NormalVec(g, 8)
	case 7:
		r.NormalVec(g, 64)
	default:
		r.NormalVec(g, 1)
	}
	nn.Affine(y, t.r, g, t.b)
	if i%8 == 5 {
		linalg.Axpy(1, t.half, y)
	}
	return y
}

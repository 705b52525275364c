package extract

import (
	"cmp"
	"math"
	"slices"

	"peel/core/linalg"
)

// rowFit is a row x fitted to what one output lacks at wrong inputs,
//
//	⟨x, (h, 1)⟩ = f − f̂,
//
// with the inputs of the layer that are on there. Another neuron that was missed,
// or a wrong weight, acts on some of them, and with few inputs on it acts on few. So
// the row is fitted first where the same few inputs are on, and then one input more at
// a time, for whose weight most wrong inputs must say the same. (New here.)
type rowFit struct {
	output int
	on     []int
	x      []float64 // a weight for each of these, and the bias
	blur   float64   // the error that the rest of the network may cause, relative to (h, 1)
	loose  float64   // and that of the bias, which hardly shows far out
}

const (
	// fitStarts is how many sets of inputs of each size are tried to begin with, of
	// fitSets.
	fitStarts = 4
	fitSets   = 256
	// fitHalf is the part of the wrong inputs that must agree.
	fitHalf = 0.5
	// fitAgree is how much what two of them say of a weight may differ.
	fitAgree = 1e-3
)

// support lists the inputs that are on.
func (k *lack) support() []int {
	var on []int
	for j, v := range k.h {
		if v > 0 {
			on = append(on, j)
		}
	}
	return on
}

// supports lists sets of inputs that are on together: of each size those within which
// most wrong inputs lie.
func supports(group []lack) [][]int {
	type set struct {
		on    []int
		count int
	}
	seen := map[string]bool{}
	var all []set
	for _, k := range group {
		on := k.support()
		key := make([]byte, len(k.h))
		for _, j := range on {
			key[j] = 1
		}
		if seen[string(key)] || len(seen) == fitSets {
			continue
		}
		seen[string(key)] = true
		f := &rowFit{on: on}
		all = append(all, set{on, len(f.within(group))})
	}
	slices.SortStableFunc(all, func(p, q set) int {
		return cmp.Or(cmp.Compare(len(p.on), len(q.on)), cmp.Compare(q.count, p.count))
	})
	var out [][]int
	taken := map[int]int{}
	for _, s := range all {
		if taken[len(s.on)]++; taken[len(s.on)] <= fitStarts {
			out = append(out, s.on)
		}
	}
	return out
}

// shownBy is the output that shows best what a group of wrong inputs lacks.
func shownBy(group []lack) int {
	o, most := 0, 0.0
	for q := range group[0].r {
		sum := 0.0
		for _, k := range group {
			sum += math.Abs(k.r[q])
		}
		if sum > most {
			o, most = q, sum
		}
	}
	return o
}

// bestRow returns the row that explains most of a group of wrong inputs, and which of
// them, nil if that is little.
func bestRow(group []lack, o int) (f *rowFit, held []lack) {
	for _, on := range supports(group) {
		g := fitRow(group, o, on)
		if g == nil {
			continue
		}
		g = g.grown(group)
		if more := g.held(group); len(more) > len(held) {
			f, held = g, more
		}
		if 2*len(held) > len(group) {
			break
		}
	}
	if float64(len(held)) < float64(comeLeast*float64(len(group))) {
		return nil, nil
	}
	return f, held
}

// fitRow fits a row to the wrong inputs at which no others are on, nil if most
// of them do not agree, or are too few to tell.
func fitRow(group []lack, output int, on []int) *rowFit {
	f := &rowFit{output: output, on: on}
	kept := f.within(group)
	if !f.solve(kept) {
		return nil
	}
	held := f.held(kept)
	if len(held) < len(f.x)+patchExcess || float64(len(held)) < float64(fitHalf*float64(len(kept))) {
		return nil
	}
	if !f.solve(held) {
		return nil
	}
	return f
}

// within returns the wrong inputs at which no inputs of the layer are on but the row's.
func (f *rowFit) within(group []lack) []lack {
	var out []lack
	for _, k := range group {
		if k.within(f.on) {
			out = append(out, k)
		}
	}
	return out
}

// within reports whether no other inputs are on.
func (k *lack) within(on []int) bool {
	for j, v := range k.h {
		if v > 0 && !slices.Contains(on, j) {
			return false
		}
	}
	return true
}

// solve fits the row by least absolute errors. Inputs that are on nowhere in the
// group are left out.
func (f *rowFit) solve(group []lack) bool {
	var on []int
	for _, j := range f.on {
		if slices.ContainsFunc(group, func(k lack) bool { return k.h[j] > 0 }) {
			on = append(on, j)
		}
	}
	f.on = on
	wide := len(f.on) + 1
	if len(group) < wide+patchExcess {
		return false
	}
	var a, rhs []float64
	for _, k := range group {
		row := f.row(k)
		size := linalg.Norm(row)
		linalg.Scale(1/size, row)
		a, rhs = append(a, row...), append(rhs, k.r[f.output]/size)
	}
	f.blur = float64(patchBlur * linalg.MaxAbs(rhs))
	f.x, _ = leastAbsolute(a, rhs, wide, len(rhs), f.blur, comeRank)
	f.loose = float64(f.blur*math.Sqrt(float64(len(rhs)))) / apart(a, wide)
	return true
}

// apart is how much the last column of a shows apart from the others.
func apart(a []float64, wide int) float64 {
	n := len(a) / wide
	last := make([]float64, n)
	others := make([]float64, 0, n*(wide-1))
	for i := range n {
		last[i] = a[i*wide+wide-1]
		others = append(others, a[i*wide:][:wide-1]...)
	}
	if wide == 1 {
		return linalg.Norm(last)
	}
	q := linalg.Factor(others, wide-1)
	r := q.Rank(float64(comeRank * q.Diag(0)))
	basis := q.Basis(r)
	for b := range r {
		row := basis[b*n:][:n]
		linalg.Axpy(-linalg.Dot(row, last), row, last)
	}
	return linalg.Norm(last)
}

// row is (h, 1) of the inputs that are on.
func (f *rowFit) row(k lack) []float64 {
	row := make([]float64, 0, len(f.on)+1)
	for _, j := range f.on {
		row = append(row, k.h[j])
	}
	return append(row, 1)
}

// held returns the wrong inputs that the row explains.
func (f *rowFit) held(group []lack) []lack {
	var out []lack
	for _, k := range f.within(group) {
		row := f.row(k)
		miss := math.Abs(k.r[f.output] - linalg.Dot(row, f.x))
		if miss <= float64(10*patchError*math.Abs(k.r[f.output]))+float64(f.blur*linalg.Norm(row)) {
			out = append(out, k)
		}
	}
	return out
}

// grown returns the row with the weights of as many more inputs as wrong inputs
// agree on.
func (f *rowFit) grown(group []lack) *rowFit {
	for {
		next, most := 0, 0
		var weight float64
		for j := range group[0].h {
			if slices.Contains(f.on, j) {
				continue
			}
			if w, agree := f.weight(group, j); agree > most {
				next, most, weight = j, agree, w
			}
		}
		if most == 0 {
			return f.trusted(group)
		}
		wider := &rowFit{output: f.output, on: append(slices.Clone(f.on), next), blur: f.blur, loose: f.loose}
		wider.x = append(append(slices.Clone(f.x[:len(f.on)]), weight), f.x[len(f.on)])
		if !wider.solve(wider.held(group)) || !slices.Contains(wider.on, next) {
			return f.trusted(group)
		}
		f = wider
	}
}

// trusted returns the row without the inputs where it explains less than half of what
// is lacking.
func (f *rowFit) trusted(group []lack) *rowFit {
	within, held := f.within(group), f.held(group)
	t := &rowFit{output: f.output, blur: f.blur, loose: f.loose}
	for i, j := range f.on {
		on := func(k lack) bool { return k.h[j] > 0 }
		if float64(count(held, on)) >= float64(fitHalf*float64(count(within, on))) {
			t.on, t.x = append(t.on, j), append(t.x, f.x[i])
		}
	}
	t.x = append(t.x, f.x[len(f.on)])
	return t
}

func count(all []lack, is func(lack) bool) int {
	n := 0
	for _, k := range all {
		if is(k) {
			n++
		}
	}
	return n
}

// weight returns the weight of one more input, and how many wrong inputs say so: none
// if they are too few or most do not agree.
func (f *rowFit) weight(group []lack, j int) (w float64, agree int) {
	wider := &rowFit{output: f.output, on: append(slices.Clone(f.on), j)}
	var says []float64
	for _, k := range wider.within(group) {
		if k.h[j] > 0 {
			says = append(says, (k.r[f.output]-linalg.Dot(f.row(k), f.x))/k.h[j])
		}
	}
	slices.Sort(says)
	i := 0
	for e := range says {
		for says[e]-says[i] > float64(fitAgree*max(math.Abs(says[e]), math.Abs(says[i]))) {
			i++
		}
		if e-i+1 > agree {
			w, agree = says[(i+e)/2], e-i+1
		}
	}
	if agree < patchExcess || float64(agree) < float64(fitHalf*float64(len(says))) {
		return 0, 0
	}
	return w, agree
}

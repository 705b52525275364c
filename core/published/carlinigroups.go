package published

import (
	"cmp"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/rng"
)

// sighting is a critical point with the signature measured there.
type sighting struct {
	place
	w     []float64 // the row up to scale, NaN where unknown
	into  int       // the sighting it was joined to, as in a union-find
	hits  int       // further points on the row, recognised without a signature
	aside bool      // not compared any more
}

// group is sightings that agree on one row.
type group struct {
	members []int
	size    int       // members on one hyperplane
	w       []float64 // NaN where no member knows
	b       float64
	spread  float64 // the largest difference between members and w, of ‖w‖ = 1
	full    bool    // no entry is missing
	hits    int
}

const (
	// fewest is the number of sightings a row needs (C's program takes 3 in every
	// layer; its paper names 2 for layer 1).
	fewest = 3
	// sameRatio times ln d is how far two ratios may differ, and sameSize or twice
	// ln d − 2 of them must agree (C). C takes 1e-3, as it solves in float32. With
	// hundreds of inputs that joins neurons of layer 2 whose normals resemble each
	// other. Here errors are smaller, but for answers as coarse as float32.
	sameRatio, sameCoarse = 1e-5, 1e-3
	sameSize              = 4
	// mostAxes is the number of entries that ratios are taken to (C).
	mostAxes = 20
	// loose is the spread above which a group counts nothing, and sure the one
	// below which F puts a row aside.
	loose, sure = 0.01, 5e-3
	// sameBias is how far biases may differ, relative to the input.
	sameBias = 1e-6
)

// likeness is what it takes for two signatures to agree.
type likeness struct {
	axes []int
	tol  float64
	need int
}

func (h *hunt) likeness(axes []int) likeness {
	d := h.known.width()
	l := ln(d)
	return likeness{axes, float64(h.a.Noise.Relax(sameRatio, sameCoarse) * max(l, 1)), min(d, max(sameSize, int(math.Ceil(float64(2*(l-2))))))}
}

// agree reports whether enough entries of two signatures have one ratio.
func (l likeness) agree(a, b []float64) bool {
	for _, x := range l.axes {
		if !(a[x] != 0 && b[x] != 0) || a[x] != a[x] || b[x] != b[x] {
			continue
		}
		u, v, same := 1/a[x], 1/b[x], 0
		for i, p := range a {
			// |p − q|/|p| + |p − q|/|q| < tol, without a division.
			p, q := float64(p*u), float64(b[i]*v)
			d, p, q := math.Abs(p-q), math.Abs(p), math.Abs(q)
			if float64(d*(p+q)) < float64(float64(l.tol*p)*q) {
				same++
			}
		}
		if same >= l.need {
			return true
		}
	}
	return false
}

// root finds what sighting i was joined into.
func (h *hunt) root(i int) int {
	for h.seen[i].into != i {
		i = h.seen[i].into
	}
	return i
}

func (h *hunt) join(i, j int) {
	a, b := h.root(i), h.root(j)
	h.seen[max(a, b)].into = min(a, b)
}

// solve compares the new sightings with all others, joins those that agree and
// sorts the groups into rows and incomplete ones.
func (h *hunt) solve() {
	d := h.known.width()
	axes := rng.New(h.a.Seed, uint64(h.a.Layer), uint64(h.fresh)).Perm(d)
	like := h.likeness(axes[:min(d, mostAxes)])
	for i := h.fresh; i < len(h.seen); i++ {
		s := h.seen[i]
		s.into = i
		for _, g := range h.set {
			if like.agree(s.w, g.w) {
				s.aside = true
				h.seen[g.members[0]].hits++
				break
			}
		}
		for j := 0; j < i && !s.aside; j++ {
			if t := h.seen[j]; !t.aside && h.root(i) != h.root(j) && like.agree(s.w, t.w) {
				h.join(i, j)
			}
		}
	}
	h.fresh = len(h.seen)
	groups := h.groups()
	like = h.likeness(axes)
	for merged := true; merged; {
		merged = false
		for i, g := range groups {
			for _, f := range groups[:i] {
				if like.agree(f.w, g.w) && h.unite(f, g) {
					merged = true
				}
			}
		}
		if merged {
			groups = h.groups()
		}
	}
	h.choose(groups)
}

// unite joins two groups, unless they are one already or both were put aside.
func (h *hunt) unite(f, g *group) bool {
	if slices.Contains(h.set, f) {
		f, g = g, f
	}
	switch {
	case slices.Contains(h.set, f) || h.root(f.members[0]) == h.root(g.members[0]):
		return false
	case !slices.Contains(h.set, g):
		h.join(f.members[0], g.members[0])
	default:
		for _, m := range f.members {
			h.seen[m].aside = true
			h.seen[g.members[0]].hits++
		}
		f.members = g.members // not to be united again
	}
	return true
}

// groups assembles what was joined, in order of first sighting. One sighting
// alone is no group.
func (h *hunt) groups() []*group {
	at := make([]int, len(h.seen))
	var all []*group
	for i, s := range h.seen {
		if s.aside {
			continue
		}
		r := h.root(i)
		if r == i {
			at[i] = len(all)
			all = append(all, &group{})
		}
		g := all[at[r]]
		g.members = append(g.members, i)
		g.hits += s.hits
	}
	all = slices.DeleteFunc(all, func(g *group) bool { return len(g.members) < 2 })
	for _, g := range all {
		h.assemble(g)
	}
	for _, g := range h.set {
		g.hits = 0
		for _, m := range g.members {
			g.hits += h.seen[m].hits
		}
	}
	return append(all, h.set...)
}

// choose takes the largest groups for the rows of this layer: points of deeper
// layers agree less often, as their neurons look different from cell to cell.
func (h *hunt) choose(groups []*group) {
	slices.SortStableFunc(groups, func(a, b *group) int {
		if h.rules.full && a.full != b.full {
			if a.full {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.size+b.hits, a.size+a.hits)
	})
	h.rows, h.partial = nil, nil
	for i, g := range groups {
		if i >= h.a.Width() {
			break
		}
		if g.size < fewest || g.spread > loose || h.twice(g) {
			continue
		}
		if !g.full {
			h.partial = append(h.partial, g)
			continue
		}
		h.rows = append(h.rows, g)
		if h.rules.drop && g.spread < sure && !slices.Contains(h.set, g) {
			h.set = append(h.set, g)
			for _, m := range g.members {
				h.seen[m].aside = true
			}
		}
	}
}

// twice reports whether a row was found already.
func (h *hunt) twice(g *group) bool {
	for _, f := range h.rows {
		s := align(f.w, g.w)
		worst := 0.0
		for j, v := range g.w {
			if v == v {
				worst = max(worst, math.Abs(f.w[j]-float64(s*v)))
			}
		}
		if worst < 1e-2/math.Sqrt(float64(len(g.w))) {
			return true
		}
	}
	return false
}

// assemble sets the row of a group: members are scaled to each other over the
// entries they share, beginning with the one that knows most, and each entry is
// the median.
func (h *hunt) assemble(g *group) {
	d := h.known.width()
	left := slices.Clone(g.members)
	var scaled [][]float64
	w := make([]float64, d)
	for j := range w {
		w[j] = math.NaN()
	}
	values := make([]float64, 0, len(left))
	for len(left) > 0 {
		best, most := 0, -1
		for i, m := range left {
			if n := shared(w, h.seen[m].w, len(scaled) == 0); n > most {
				best, most = i, n
			}
		}
		v := slices.Clone(h.seen[left[best]].w)
		left = slices.Delete(left, best, best+1)
		s := 1.0
		if len(scaled) > 0 {
			if s = align(w, v); s == 0 {
				continue
			}
		} else {
			s = 1 / known(v)
		}
		linalg.Scale(s, v)
		scaled = append(scaled, v)
		for j := range w {
			values = values[:0]
			for _, u := range scaled {
				if u[j] == u[j] {
					values = append(values, u[j])
				}
			}
			if len(values) > 0 {
				w[j] = middle(values)
			}
		}
	}
	g.w = w
	size := known(w)
	linalg.Scale(1/size, w)
	g.spread, g.full = 0, true
	for j := range w {
		if w[j] != w[j] {
			g.full = false
			continue
		}
		for _, u := range scaled {
			if u[j] == u[j] {
				g.spread = max(g.spread, math.Abs(u[j]/size-w[j]))
			}
		}
	}
	h.offset(g)
}

// offset sets the bias that most members agree on, and how many do. Where one
// input alone is active, a neuron of a deeper layer has that input's row as its
// normal, but lies elsewhere.
func (h *hunt) offset(g *group) {
	size := make([]float64, len(g.members)) // of h
	b := make([]float64, len(g.members))
	for i, m := range g.members {
		size[i], b[i] = linalg.Norm(h.seen[m].h), -off(h.seen[m].h, g.w, 0)
	}
	tol := float64(4*g.spread) + sameBias
	g.size = 0
	for i, v := range b {
		n, near := 0, i
		for j, u := range b {
			if math.Abs(u-v) <= float64(tol*(1+max(size[i], size[j]))) {
				if n++; size[j] < size[near] {
					near = j
				}
			}
		}
		if n > g.size { // the nearest is the most exact
			g.size, g.b = n, b[near]
		}
	}
}

// contains reports whether a hidden vector of that size lies on the hyperplane
// of a complete row.
func (g *group) contains(y []float64, size float64) bool {
	return math.Abs(linalg.Dot(g.w, y)+g.b) <= float64(onOwn*(math.Abs(g.b)+size))
}

// shared counts the entries that both know, or those of b alone.
func shared(a, b []float64, alone bool) int {
	n := 0
	for j, v := range b {
		if v == v && (alone || a[j] == a[j]) {
			n++
		}
	}
	return n
}

// align returns the scale that takes b to a: the median of their ratios where
// both are known, and 0 where there are none.
func align(a, b []float64) float64 {
	var r []float64
	for j, v := range b {
		if q := a[j] / v; q == q && q != 0 && !math.IsInf(q, 0) {
			r = append(r, q)
		}
	}
	if len(r) == 0 {
		return 0
	}
	return middle(r)
}

// known is the norm of what is known of a row.
func known(w []float64) float64 {
	s := 0.0
	for _, v := range w {
		if v == v {
			s += float64(v * v)
		}
	}
	return math.Sqrt(s)
}

// middle returns the median and sorts its argument.
func middle(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	if n%2 == 1 {
		return x[n/2]
	}
	return float64((x[n/2-1] + x[n/2]) / 2)
}

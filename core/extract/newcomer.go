package extract

import (
	"cmp"
	"slices"

	"peel/core/linalg"
)

// newcomer is a neuron that was missed, in the coordinates of the recovered
// network: it is on where w·h + b > 0, and the next layer weighs it by c.
type newcomer struct {
	Layer int     `json:"layer"` // from 0
	W     Vec     `json:"w"`
	B     float64 `json:"b"`
	C     Vec     `json:"c"`
	// On lists the inputs that were on where it was. Where another one is, it is
	// taken to be off.
	On []int `json:"on"`
	// At is its place in its layer, where another may have been.
	At   int  `json:"at"`
	came bool // whether it was missed
}

const (
	// comeGroups is how many groups of wrong inputs are tried, and comeLeast the
	// part of one that must hold.
	comeGroups = 4
	comeLeast  = 0.25
	// comeNear says that a part of the wrong inputs tells what the next layer weighs
	// a newcomer by: one in so many, those nearest to its hyperplane.
	comeNear = 4
	// comeRank is what is left of an input, relative to the largest, below which its
	// weight is not decided.
	comeRank = 1e-10
	// comeAsked is at how many fresh inputs that switch a newcomer on the network
	// is checked.
	comeAsked = 64
)

// come looks for a neuron missed in layer at. Where it is on, what the answers
// lack is
//
//	f − f̂ = G c (w·h + b),
//
// where h are the layer's inputs and G is the derivative of the outputs by the
// pre-activations of the next layer. On wrong inputs with one G this is linear in
// h, whatever regions before the layer they lie in, and tells w and b up to a
// factor; inputs with different G then tell c. A neuron of another layer may look
// so where few inputs of this one are on. So a newcomer must make the network
// right on fresh inputs that switch it on. (New here.)
func (t *patcher) come(at int) (*newcomer, error) {
	if len(t.free[at]) == 0 {
		return nil, nil
	}
	groups, keys, all := t.groups(at)
	rows, others := []*newcomer{t.rowOfRatios(at, groups, keys)}, fragments(groups, keys)
	for _, key := range keys[:min(comeGroups, len(keys))] {
		rows = append(rows, t.rowsOf(at, groups[key], others)...)
	}
	for _, n := range rows {
		if n == nil {
			continue
		}
		if ok, err := t.fits(n, all); err != nil {
			return nil, err
		} else if ok {
			return n, nil
		}
	}
	return nil, nil
}

// groups sorts what wrong inputs lack by which neurons behind a layer are on, the
// largest group first.
func (t *patcher) groups(at int) (groups map[string][]lack, keys []string, all []lack) {
	groups = map[string][]lack{}
	for _, p := range t.wrong() {
		k := t.lacks(at, p)
		groups[k.key] = append(groups[k.key], k)
		all = append(all, k)
	}
	for key := range groups {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), cmp.Compare(a, b))
	})
	return groups, keys, all
}

// fits adds a newcomer with a row to the network, with what the next layer weighs it
// by, and reports whether that explains what all wrong inputs lack; else the network
// stays as it was.
func (t *patcher) fits(n *newcomer, all []lack) (bool, error) {
	n.nearest(all)
	if !t.weigh(n, all[:len(all)/comeNear]) && !t.weigh(n, all) {
		return false, nil
	}
	net, made, free := t.net.Clone(), len(t.made), t.free[n.Layer]
	t.put(n)
	t.settle(n)
	// Where the next layer's neuron was off without it, its weight does not show
	// to first order.
	for t.fewer(n, len(all)) {
		if ok, err := t.improve(false); err != nil {
			return false, err
		} else if !ok {
			break
		}
	}
	t.read(n)
	if t.fewer(n, len(all)) {
		if ok, err := t.confirmed(n); ok || err != nil {
			return ok, err
		}
	}
	t.net, t.made, t.free[n.Layer] = net, t.made[:made], free
	return false, nil
}

// fewer reports whether a newcomer makes the network right on more inputs than it
// has weights.
func (t *patcher) fewer(n *newcomer, before int) bool {
	return len(t.wrong())+len(n.On)+len(n.C)+patchExcess <= before
}

// confirmed asks at fresh inputs that switch a newcomer on, and reports whether
// the network is right on more of them with it than without.
func (t *patcher) confirmed(n *newcomer) (bool, error) {
	var y [][]float64
	for _, p := range t.pool() {
		if len(y) < comeAsked && linalg.Dot(n.W, t.inputs(n.Layer, p))+n.B > 0 {
			y = append(y, p)
		}
	}
	if len(y) == 0 { // it acts nowhere else
		return true, nil
	}
	fresh, err := t.answered(y)
	if err != nil {
		return false, err
	}
	with := len(fresh.wrong())
	t.remove(n.Layer, n.At)
	without := len(fresh.wrong())
	t.put(n)
	return 2*with <= without, nil
}

// rowsOf returns newcomers that explain most of what a group of wrong inputs lacks, of
// which one output shows the row, up to what the next layer weighs it by: with what
// rows of other groups tell of it, and without.
func (t *patcher) rowsOf(at int, group []lack, others []*rowFit) []*newcomer {
	o := shownBy(group)
	f, held := bestRow(group, o)
	if f == nil {
		return nil
	}
	side := 0.0
	for _, k := range held {
		side += k.r[o]
	}
	rows := []*newcomer{t.newcomerOf(at, f, side)}
	if u := f.joined(others); len(u.on) > len(f.on) {
		rows = slices.Insert(rows, 0, t.newcomerOf(at, u, side))
	}
	return rows
}

// nearest sorts wrong inputs by how far beyond its hyperplane they are, those last
// where it is off. The nearer, the less it changes which neurons behind it are on.
func (n *newcomer) nearest(all []lack) {
	for i := range all {
		all[i].z = linalg.Dot(n.W, all[i].h) + n.B
	}
	slices.SortStableFunc(all, func(p, q lack) int {
		if on := p.z > 0; on != (q.z > 0) {
			if on {
				return -1
			}
			return 1
		}
		return cmp.Compare(p.z, q.z)
	})
}

// read reads what the network weighs a newcomer by.
func (t *patcher) read(n *newcomer) {
	for q := range n.C {
		n.C[q] = t.net.Layers[n.Layer+1].Row(q)[n.At]
	}
}

// put adds a newcomer to the network.
func (t *patcher) put(n *newcomer) {
	n.At = t.free[n.Layer][0]
	t.free[n.Layer] = t.free[n.Layer][1:]
	t.write(n)
}

// write writes a neuron into the network.
func (t *patcher) write(n *newcomer) {
	l := &t.net.Layers[n.Layer]
	copy(l.Row(n.At), n.W)
	l.B[n.At] = n.B
	for q, c := range n.C {
		t.net.Layers[n.Layer+1].Row(q)[n.At] = c
	}
}

// remove takes neuron k of a layer out of the network.
func (t *patcher) remove(at, k int) {
	t.free[at] = append([]int{k}, t.free[at]...)
	l, next := &t.net.Layers[at], &t.net.Layers[at+1]
	clear(l.Row(k))
	l.B[k] = 0
	for q := range next.Out {
		next.Row(q)[k] = 0
	}
}

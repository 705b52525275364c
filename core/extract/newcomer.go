package extract

import (
	"cmp"
	"math"
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
	at int   // its place in its layer
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
	if t.found[at] >= t.net.Layers[at].Out {
		return nil, nil
	}
	groups := map[string][]lack{}
	var all []lack
	for _, p := range t.wrong() {
		k := t.lacks(at, p)
		groups[k.key] = append(groups[k.key], k)
		all = append(all, k)
	}
	keys := make([]string, 0, len(groups))
	for key := range groups {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(groups[b]), len(groups[a])), cmp.Compare(a, b))
	})
	for _, key := range keys[:min(comeGroups, len(keys))] {
		n := t.rowOf(at, groups[key])
		if n == nil {
			continue
		}
		n.nearest(all)
		if !t.weigh(n, all[:len(all)/comeNear]) && !t.weigh(n, all) {
			continue
		}
		net, made := t.net.Clone(), len(t.made)
		t.put(n)
		t.settle(n)
		// Where the next layer's neuron was off without it, its weight does not show
		// to first order.
		for t.fewer(n, len(all)) && t.improve() {
		}
		t.read(n)
		if t.fewer(n, len(all)) {
			if ok, err := t.confirmed(n); ok || err != nil {
				return n, err
			}
		}
		t.net, t.made = net, t.made[:made]
		t.found[at]--
	}
	return nil, nil
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
	var all []float64
	for _, p := range t.pool() {
		if len(y) < comeAsked && linalg.Dot(n.W, t.inputs(n.Layer, p))+n.B > 0 {
			y, all = append(y, p), append(all, p...)
		}
	}
	if len(y) == 0 { // it acts nowhere else
		return true, nil
	}
	f := make([]float64, len(y)*len(t.f[0]))
	if err := t.in.Query(all, f); err != nil {
		return false, err
	}
	fresh := &patcher{net: t.net, y: y}
	for i := range y {
		fresh.f = append(fresh.f, f[i*len(t.f[0]):][:len(t.f[0])])
	}
	with := len(fresh.wrong())
	t.remove(n.Layer)
	without := len(fresh.wrong())
	t.put(n)
	return 2*with <= without, nil
}

// rowOf returns the newcomer that explains most of what a group of wrong inputs
// lacks, of which one output shows the row, up to what the next layer weighs it by.
func (t *patcher) rowOf(at int, group []lack) *newcomer {
	o, most := 0, 0.0 // the output that shows it best
	for q := range group[0].r {
		sum := 0.0
		for _, k := range group {
			sum += math.Abs(k.r[q])
		}
		if sum > most {
			o, most = q, sum
		}
	}
	var f *rowFit
	var held []lack
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
	if f == nil || float64(len(held)) < float64(comeLeast*float64(len(group))) {
		return nil
	}
	c, sum := linalg.Norm(f.x[:len(f.on)]), 0.0
	for _, k := range held {
		sum += k.r[o]
	}
	if !(c > 0) {
		return nil
	}
	c = math.Copysign(c, sum)
	n := &newcomer{Layer: at, W: make(Vec, t.net.Layers[at].In), On: f.on, B: f.x[len(f.on)] / c}
	for j := range n.W {
		n.W[j] = -overruled
	}
	for i, j := range n.On {
		n.W[j] = f.x[i] / c
	}
	return n
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
		n.C[q] = t.net.Layers[n.Layer+1].Row(q)[n.at]
	}
}

// put adds a newcomer to the network.
func (t *patcher) put(n *newcomer) {
	n.at = t.found[n.Layer]
	t.found[n.Layer]++
	t.write(n)
}

// write writes a neuron into the network.
func (t *patcher) write(n *newcomer) {
	l := &t.net.Layers[n.Layer]
	copy(l.Row(n.at), n.W)
	l.B[n.at] = n.B
	for q, c := range n.C {
		t.net.Layers[n.Layer+1].Row(q)[n.at] = c
	}
}

// remove takes the last neuron of a layer out of the network.
func (t *patcher) remove(at int) {
	t.found[at]--
	l, next, k := &t.net.Layers[at], &t.net.Layers[at+1], t.found[at]
	clear(l.Row(k))
	l.B[k] = 0
	for q := range next.Out {
		next.Row(q)[k] = 0
	}
}

package extract

import (
	"cmp"
	"math"
	"slices"

	"peel/core/linalg"
)

const (
	// joinGroups is how many groups of wrong inputs are asked for weights of one
	// newcomer, and joinAgree how well they must agree where they know the same.
	joinGroups = 16
	joinAgree  = 1e-3
	// joinBias is the error of a bias, relative to the row: it hardly shows far out.
	joinBias = 1e-5
)

// Where a newcomer is on, few inputs of its layer may be on, and in another group of
// wrong inputs others. The rows that groups tell are of the same newcomer if they agree
// on the inputs that they share, up to what the outputs follow each by; and together
// they tell more of it. (New here.)

// join returns what two rows tell together, in the units of the first, nil if they
// share no input or do not agree.
func (f *rowFit) join(g *rowFit) *rowFit {
	fg, gg := 0.0, 0.0
	for i, j := range f.on {
		if k := slices.Index(g.on, j); k >= 0 {
			fg += float64(f.x[i] * g.x[k])
			gg += float64(g.x[k] * g.x[k])
		}
	}
	if !(gg > 0) || fg == 0 {
		return nil
	}
	s := fg / gg
	u := &rowFit{output: f.output, on: slices.Clone(f.on), x: slices.Clone(f.x[:len(f.on)]), blur: f.blur, loose: f.loose}
	for k, j := range g.on {
		w := float64(s * g.x[k])
		if i := slices.Index(f.on, j); i < 0 {
			u.on, u.x = append(u.on, j), append(u.x, w)
		} else if math.Abs(w-f.x[i]) > float64(joinAgree*math.Abs(f.x[i])) {
			return nil
		}
	}
	b, c := f.x[len(f.on)], float64(s*g.x[len(g.on)])
	loose := math.Abs(float64(s * g.loose))
	if math.Abs(c-b) > float64(joinAgree*math.Abs(b))+float64(joinBias*linalg.Norm(u.x))+f.loose+loose {
		return nil
	}
	if loose < f.loose {
		b, u.loose = c, loose
	}
	u.x = append(u.x, b)
	return u
}

// fragments returns the rows that the largest groups of wrong inputs tell.
func fragments(groups map[string][]lack, keys []string) []*rowFit {
	var out []*rowFit
	for _, key := range keys[:min(joinGroups, len(keys))] {
		if f, _ := bestRow(groups[key], shownBy(groups[key])); f != nil {
			out = append(out, f)
		}
	}
	return out
}

// joined returns a row with what others tell more of it.
func (f *rowFit) joined(others []*rowFit) *rowFit {
	rest := slices.Clone(others)
	for i := 0; i < len(rest); i++ {
		if u := f.join(rest[i]); u != nil {
			rest = slices.Delete(rest, i, i+1)
			if len(u.on) > len(f.on) {
				f, i = u, -1 // others may share an input now
			} else {
				i--
			}
		}
	}
	return f
}

// again looks for more weights of neurons that are known in part: where others of
// their inputs are on, they are taken to be off, and by now wrong inputs may show that
// they are not. Where nothing comes of that, one that was missed before is looked for
// anew. It returns those of them that changed; of others weights are corrected.
func (t *patcher) again(at int, parts []*newcomer) ([]newcomer, error) {
	var out []newcomer
	for _, n := range parts {
		before := len(t.wrong())
		if before < patchExcess {
			break
		}
		net, made, free, row := t.net.Clone(), len(t.made), t.free[at], t.rows[at][n.At]
		t.remove(at, n.At)
		t.rows[at][n.At] = patchable{}
		u, err := t.extended(n)
		if err == nil && u == nil && n.came {
			if u, err = t.come(at); u != nil && len(u.On) < len(n.On) {
				u = nil
			}
		}
		if err != nil {
			return nil, err
		}
		helped := u != nil && u.At == n.At && len(t.wrong())+patchExcess <= before
		if helped && n.came {
			out = append(out, *u)
			continue
		}
		more := t.made[made:]
		t.net, t.made, t.free[at], t.rows[at][n.At] = net, t.made[:made], free, row
		if helped {
			t.widen(n, u, more, before)
		}
	}
	return out, nil
}

// widen writes what u tells more of a neuron than n does into the network, in its own
// units, with the corrections that came along, if that helps.
func (t *patcher) widen(n, u *newcomer, more []change, before int) {
	net, made := t.net.Clone(), len(t.made)
	known := slices.MaxFunc(n.On, func(i, j int) int { return cmp.Compare(math.Abs(n.W[i]), math.Abs(n.W[j])) })
	if n.W[known] == 0 || u.W[known] == 0 {
		return
	}
	s := n.W[known] / u.W[known]
	row := t.net.Layers[n.Layer].Row(n.At)
	c := change{layer: n.Layer, neuron: n.At}
	for _, j := range u.On {
		if !slices.Contains(n.On, j) {
			c.inputs, c.delta = append(c.inputs, j), append(c.delta, float64(s*u.W[j])-row[j])
		}
	}
	t.make(c)
	for _, c := range more {
		t.make(c)
	}
	if n.Layer+1 < len(t.rows) {
		for q, w := range u.C {
			was := t.net.Layers[n.Layer+1].Row(q)[n.At]
			if w /= s; math.Abs(w-was) > float64(patchError*math.Abs(was)) {
				t.make(change{layer: n.Layer + 1, neuron: q, inputs: []int{n.At}, delta: []float64{w - was}})
			}
		}
	}
	if len(t.wrong())+patchExcess > before {
		t.net, t.made = net, t.made[:made]
	}
}

// make makes a correction.
func (t *patcher) make(c change) {
	row := t.net.Layers[c.layer].Row(c.neuron)
	for i, j := range c.inputs {
		row[j] += c.delta[i]
	}
	t.made = append(t.made, c)
}

// extended puts a newcomer back into the network with more weights, nil if groups of
// wrong inputs tell none.
func (t *patcher) extended(n *newcomer) (*newcomer, error) {
	groups, keys, all := t.groups(n.Layer)
	f := n.row().joined(fragments(groups, keys))
	if len(f.on) == len(n.On) {
		return nil, nil
	}
	u := t.newcomerOf(n.Layer, f, 1)
	if ok, err := t.fits(u, all); !ok || err != nil {
		return nil, err
	}
	return u, nil
}

// row is what is known of a newcomer.
func (n *newcomer) row() *rowFit {
	f := &rowFit{on: slices.Clone(n.On)}
	for _, j := range n.On {
		f.x = append(f.x, n.W[j])
	}
	f.x = append(f.x, n.B)
	return f
}

// newcomerOf returns a newcomer with a row, or with its opposite.
func (t *patcher) newcomerOf(at int, f *rowFit, side float64) *newcomer {
	c := linalg.Norm(f.x[:len(f.on)])
	if !(c > 0) || side == 0 {
		return nil
	}
	c = math.Copysign(c, side)
	n := &newcomer{Layer: at, W: make(Vec, t.net.Layers[at].In), On: f.on, B: f.x[len(f.on)] / c}
	for j := range n.W {
		n.W[j] = -overruled
	}
	for i, j := range n.On {
		n.W[j] = f.x[i] / c
	}
	return n
}

// partsOf lists the neurons of a layer that are taken to be off for some of their
// inputs: those that were missed, and others that are mostly off.
func (s *State) partsOf(p *patcher, at int) []*newcomer {
	var out []*newcomer
	for k, n := range s.layers[at].neurons {
		if k >= len(p.rows[at]) || n.part == nil || n.part.Rank() == n.part.N {
			continue
		}
		c := &newcomer{Layer: at, At: k, W: slices.Clone(p.net.Layers[at].Row(k)), B: p.net.Layers[at].B[k], came: n.came}
		for j, w := range c.W {
			if w > -overruled/2 && (w != 0 || j < n.part.N-1 && n.dim(j)) {
				c.On = append(c.On, j)
			}
		}
		if n.came || len(c.On) < len(c.W) && len(c.On) > 0 && p.mostlyOff(c) {
			out = append(out, c)
		}
	}
	return out
}

// mostlyOff reports whether a neuron is off at most of the inputs.
func (t *patcher) mostlyOff(n *newcomer) bool {
	on := 0
	for _, y := range t.y {
		if linalg.Dot(n.W, t.inputs(n.Layer, y))+n.B > 0 {
			on++
		}
	}
	return 2*on < len(t.y)
}

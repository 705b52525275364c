package extract

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/signature"
)

// newcomer is a neuron of the last hidden layer that was missed, in the
// coordinates of the recovered network: it is on where w·h + b > 0 and adds c_o
// times that to output o.
type newcomer struct {
	W Vec     `json:"w"`
	B float64 `json:"b"`
	C Vec     `json:"c"`
	// On lists the inputs that were on where it was. Where another one is, it is
	// taken to be off.
	On []int `json:"on"`
}

const (
	// comeLeast is the part of the wrong inputs that it must explain.
	comeLeast = 0.5
	// comeRank is what is left of an input, relative to the largest, below which its
	// weight is not decided.
	comeRank = 1e-10
)

// come looks for a neuron missed in the last hidden layer. Where it is on, what
// the answers lack is
//
//	f − f̂ = c (w·h + b),
//
// linear in the layer's inputs: so wrong inputs tell the row, whatever regions
// they lie in. It costs no query. (New here.)
func (t *patcher) come() *newcomer {
	last := len(t.net.Layers) - 2
	l, d := &t.net.Layers[last], t.net.Layers[last].In
	if t.found >= l.Out {
		return nil
	}
	wrong := t.wrong()
	var ins, rest [][]float64
	on := make([]bool, d)
	for _, p := range wrong {
		h := t.inputs(last, t.y[p])
		r := slices.Clone(t.f[p])
		linalg.Axpy(-1, t.after(h, last), r)
		for j, v := range h {
			on[j] = on[j] || v > 0
		}
		ins, rest = append(ins, h), append(rest, r)
	}
	var cols []int
	for j, v := range on {
		if v {
			cols = append(cols, j)
		}
	}
	wide := len(cols) + 1
	if len(wrong) < wide+patchExcess {
		return nil
	}
	// The output that shows it best.
	o, most := 0, 0.0
	for q := range rest[0] {
		sum := 0.0
		for _, r := range rest {
			sum += math.Abs(r[q])
		}
		if sum > most {
			o, most = q, sum
		}
	}
	var a, rhs []float64
	for i, h := range ins {
		row := make([]float64, 0, wide)
		for _, j := range cols {
			row = append(row, h[j])
		}
		row = append(row, 1)
		size := linalg.Norm(row)
		linalg.Scale(1/size, row)
		a, rhs = append(a, row...), append(rhs, rest[i][o]/size)
	}
	v, miss := leastAbsolute(a, rhs, wide, len(rhs), float64(patchBlur*linalg.MaxAbs(rhs)), comeRank)
	held := 0
	for i, b := range rhs {
		if miss[i] <= float64(10*patchError*math.Abs(b))+float64(patchBlur*linalg.MaxAbs(rhs)) {
			held++
		}
	}
	if held < wide+patchExcess || float64(held) < float64(comeLeast*float64(len(rhs))) {
		return nil
	}
	c := linalg.Norm(v[:wide-1])
	if !(c > 0) {
		return nil
	}
	sum := 0.0
	for _, b := range rhs {
		sum += b
	}
	c = math.Copysign(c, sum)
	n := &newcomer{W: make(Vec, d), B: v[wide-1] / c, C: make(Vec, len(rest[0])), On: cols}
	for j := range n.W {
		n.W[j] = -overruled
	}
	for i, j := range cols {
		n.W[j] = v[i] / c
	}
	for q := range n.C { // by least squares over the inputs where it is on
		var zr, zz float64
		for i, h := range ins {
			if z := linalg.Dot(n.W, h) + n.B; z > 0 {
				zr += float64(z * rest[i][q])
				zz += float64(z * z)
			}
		}
		if zz > 0 && len(n.C) > 1 {
			n.C[q] = zr / zz
		} else {
			n.C[q] = c
		}
	}
	t.put(n)
	if left := len(t.wrong()); 2*left > len(wrong) {
		t.remove()
		return nil
	}
	return n
}

// put adds a newcomer to the network, and remove takes the last one out again.
func (t *patcher) put(n *newcomer) {
	last := len(t.net.Layers) - 2
	copy(t.net.Layers[last].Row(t.found), n.W)
	t.net.Layers[last].B[t.found] = n.B
	for o, c := range n.C {
		t.net.Layers[last+1].Row(o)[t.found] = c
	}
	t.found++
}

func (t *patcher) remove() {
	t.found--
	last := len(t.net.Layers) - 2
	clear(t.net.Layers[last].Row(t.found))
	t.net.Layers[last].B[t.found] = 0
	out := &t.net.Layers[last+1]
	for o := range out.Out {
		out.Row(o)[t.found] = 0
	}
}

// welcome adds newcomers to the last hidden layer and to the output.
func (s *State) welcome(all []newcomer) bool {
	i := len(s.layers) - 1
	l := s.layers[i].copied()
	d, found := s.cfg.Sizes[len(s.cfg.Sizes)-3], len(s.layers[i-1].real())
	out := newOutput(s.dout(), s.width(l.index))
	for o := range out.w {
		copy(out.w[o], s.out.w[o])
		out.b[o] = s.out.b[o]
	}
	for _, c := range all {
		if len(c.W) != d || len(c.C) != s.dout() || len(l.neurons) >= s.width(l.index) {
			return false
		}
		k := len(l.neurons)
		n := &neuron{Hyperplane: signature.Hyperplane{W: slices.Clone(c.W[:found]), B: c.B, C: slices.Clone(c.C)}, sign: 1}
		f := signature.Fragment{N: l.deep.pre.width() + 1}
		unit := make([]float64, f.N)
		for _, j := range append(slices.Clone(c.On), f.N-1) {
			if j < 0 || j >= found && j != f.N-1 {
				return false
			}
			unit[j] = 1
			if f.Add(unit, c.B); j < f.N-1 {
				f.A[f.Rank()-1] = c.W[j]
			}
			unit[j] = 0
		}
		n.part = &guess{Fragment: f, ev: signature.Evidence{N: f.N}}
		l.neurons = append(l.neurons, n)
		for o := range out.w {
			out.w[o][k] = c.C[o]
		}
		s.emit(Event{Type: "found", Layer: l.index, Neuron: k})
		s.emit(Event{Type: "completed", Layer: l.index, Neuron: k})
		s.emit(Event{Type: "signed", Layer: l.index, Neuron: k, Confidence: 1})
	}
	s.layers[i], s.out = l, out
	return true
}

package nn

// Eval evaluates a network. It owns scratch space: use one Eval per goroutine.
type Eval struct {
	net  *Network
	a, b []float64 // activations of two consecutive layers
}

// NewEval returns an evaluator of n.
func NewEval(n *Network) *Eval {
	w := 0
	for i := range n.Layers {
		w = max(w, n.Layers[i].Out)
	}
	return &Eval{net: n, a: make([]float64, w), b: make([]float64, w)}
}

// Forward writes f(x) to y; len(x) = d0, len(y) = dout. It allocates nothing.
func (e *Eval) Forward(x, y []float64) {
	l := &e.net.Layers[0]
	z := e.a[:l.Out]
	Affine(z, l.W, x, l.B)
	e.After(z, y)
}

// After writes the output that follows from the pre-activations z of the first
// layer (length d1).
func (e *Eval) After(z, y []float64) {
	layers := e.net.Layers
	copy(e.a, z)
	cur, next := e.a[:len(z)], e.b
	for i := 1; i < len(layers); i++ {
		relu(cur)
		l := &layers[i]
		out := next[:l.Out]
		Affine(out, l.W, cur, l.B)
		cur, next = out, cur[:cap(cur)]
	}
	copy(y, cur)
}

func relu(z []float64) {
	for i, v := range z {
		if !(v > 0) {
			z[i] = 0
		}
	}
}

// Affine computes z = W x + b for a row-major W of len(z) rows and len(x)
// columns: each sum starts at the bias and runs through ascending index.
// Four rows are summed side by side, which changes the speed and not a bit of
// the result.
func Affine(z, w, x, b []float64) {
	n := len(x)
	k := 0
	for ; k+4 <= len(z); k += 4 {
		w0, w1 := w[k*n:][:n], w[(k+1)*n:][:n]
		w2, w3 := w[(k+2)*n:][:n], w[(k+3)*n:][:n]
		s0, s1, s2, s3 := b[k], b[k+1], b[k+2], b[k+3]
		for j, v := range x {
			s0 += float64(w0[j] * v)
			s1 += float64(w1[j] * v)
			s2 += float64(w2[j] * v)
			s3 += float64(w3[j] * v)
		}
		z[k], z[k+1], z[k+2], z[k+3] = s0, s1, s2, s3
	}
	for ; k < len(z); k++ {
		row := w[k*n:][:n]
		s := b[k]
		for j, v := range x {
			s += float64(row[j] * v)
		}
		z[k] = s
	}
}

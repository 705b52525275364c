package fit

import (
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
)

// Steps are answers at base_i + step_ij·e_j for every base point i and every
// coordinate j, and the errors to expect of them.
type Steps struct {
	Base []float64 // q×d0
	Step []float64 // q×d0
	F    []float64 // q×d0×dout
	Err  []float64 // q×d0
}

// passes is how often every column is solved.
const passes = 3

// Columns returns net with the weights of its first layer fitted to long steps
// along every coordinate, one coordinate j at a time: what column j = A_1[·, j]
// adds to the pre-activations is step·A_1[k, j], so that each column is a least
// squares problem of its own in d1 unknowns. The rest of the network, and the
// answers at the base points, must be right already.
func Columns(net *nn.Network, d Steps) *nn.Network {
	net = net.Clone()
	t := newTangent(net.Sizes(), nil)
	l := &net.Layers[0]
	q := len(d.Base) / l.In
	z := make([]float64, q*l.Out)
	for i := range q {
		nn.Affine(z[i*l.Out:][:l.Out], l.W, d.Base[i*l.In:][:l.In], l.B)
	}
	// The base points are taken as they are answered, not as the columns predict them.
	column := make([]float64, l.Out)
	for j := range l.In {
		for k := range column {
			column[k] = l.Row(k)[j]
		}
		for range passes {
			if !t.column(net, d, z, j, column) {
				break
			}
		}
		for k, v := range column {
			l.Row(k)[j] = v
		}
	}
	return net
}

// column improves column j, and reports whether it did.
func (t *tangent) column(net *nn.Network, d Steps, z0 []float64, j int, column []float64) bool {
	in, m, out := net.In(), len(column), net.Out()
	q := len(z0) / m
	rows, rhs := make([]float64, 0, q*out*m), make([]float64, 0, q*out)
	for i := range q {
		step := d.Step[i*in+j]
		for k := range column {
			t.h[1][k] = z0[i*m+k] + float64(step*column[k])
		}
		t.after(net)
		err := d.Err[i*in+j]
		for o := range out {
			rhs = append(rhs, (d.F[(i*in+j)*out+o]-t.z(net, len(net.Layers)-1, o))/err)
			t.back(net, len(net.Layers)-1, o)
			for _, g := range t.g[0] {
				rows = append(rows, float64(g*step)/err)
			}
		}
	}
	_, mid := judge(rhs, len(rhs))
	clip := max(4, float64(4*mid))
	a, b := make([]float64, m*m), make([]float64, m)
	for i, v := range rhs {
		row := rows[i*m:][:m]
		if math.Abs(v) > clip {
			w := math.Sqrt(clip / math.Abs(v))
			linalg.Scale(w, row)
			v *= w
		}
		for k, c := range row {
			linalg.Axpy(c, row[:k+1], a[k*m:][:k+1])
			b[k] += float64(c * v)
		}
	}
	largest := 0.0
	for k := range m {
		largest = max(largest, a[k*m+k])
	}
	for k := range m {
		a[k*m+k] += float64(damping * damping * largest)
	}
	x, ok := linalg.Cholesky(a, b)
	if !ok || slices.ContainsFunc(x, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
		return false
	}
	linalg.Axpy(1, x, column)
	return true
}

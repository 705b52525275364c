package published

import (
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
)

// arith is the floating-point format in which an attacker keeps numbers and
// computes: 64, 32 or 16 bits. Numbers of all formats are float64 values.
//
// One operation of float32 is that of float64, rounded. Sums of float16 numbers
// are summed in float32 and rounded at the end, as numpy does it, which F use.
type arith int

// arithOf is the format that a number of bits in method.Method stands for.
func arithOf(bits int) arith {
	if bits == 0 {
		return 64
	}
	return arith(bits)
}

// round is the number of this format nearest to v.
func (a arith) round(v float64) float64 {
	switch a {
	case 16:
		return oracle.Float16(v)
	case 32:
		return float64(float32(v))
	}
	return v
}

// vec rounds a copy of v.
func (a arith) vec(v []float64) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = a.round(x)
	}
	return out
}

// dot is Σ x_i y_i.
func (a arith) dot(x, y []float64) float64 {
	if a == 64 {
		return linalg.Dot(x, y)
	}
	var s float32
	for i, v := range x {
		s += float32(float32(v) * float32(y[i]))
	}
	return a.round(float64(s))
}

// axpy adds c·x to y.
func (a arith) axpy(c float64, x, y []float64) {
	if a == 64 {
		linalg.Axpy(c, x, y)
		return
	}
	for i, v := range x {
		y[i] = a.round(y[i] + a.round(float64(c*v)))
	}
}

// affine writes W x + b to z.
func (a arith) affine(z []float64, l *nn.Layer, x []float64) {
	if a == 64 {
		nn.Affine(z, l.W, x, l.B)
		return
	}
	for k := range z {
		z[k] = a.round(a.dot(l.Row(k), x) + l.B[k])
	}
}

// ulp is the relative spacing of numbers of the format.
func (a arith) ulp() float64 {
	switch a {
	case 16:
		return 0x1p-10
	case 32:
		return 0x1p-23
	}
	return 0x1p-52
}

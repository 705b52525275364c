package oracle_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// echo answers x with x: what a format does to a number.
type echo struct{}

func (echo) Shape() (int, int)                                { return 1, 1 }
func (echo) Query(x, y []float64) error                       { copy(y, x); return nil }
func (e echo) Restrict(_, _ []float64) (oracle.Oracle, error) { return e, nil }
func (echo) Steps(base []float64, coord []int, step, y []float64) error {
	for i := range coord {
		y[i] = base[0] + step[i]
	}
	return nil
}

func degraded(t *testing.T, p oracle.Precision, v float64) float64 {
	t.Helper()
	y := make([]float64, 1)
	if err := p.Degrade(echo{}, 1).Query([]float64{v}, y); err != nil {
		t.Fatalf("%+v of %v: %v", p, v, err)
	}
	return y[0]
}

// half is the value of the bits of a finite IEEE 754 binary16.
func half(bits uint16) float64 {
	e, m := int(bits>>10&31), float64(bits&1023)
	v := math.Ldexp(m, -24)
	if e > 0 {
		v = math.Ldexp(1024+m, e-25)
	}
	if bits>>15 == 1 {
		v = -v
	}
	return v
}

// Every float16 is itself; between two neighbours the nearer one wins, and
// half-way the one whose last bit is 0.
func TestFloat16(t *testing.T) {
	p := oracle.Precision{Format: "float16"}
	const last = 0x7bff // 65504
	for bits := uint16(0); bits <= last; bits++ {
		for _, sign := range []float64{1, -1} {
			v := sign * half(bits)
			if got := degraded(t, p, v); got != v {
				t.Fatalf("%v became %v", v, got)
			}
			if bits == last {
				continue
			}
			next := sign * half(bits+1)
			mid, even := (v+next)/2, v
			if bits&1 == 1 {
				even = next
			}
			for _, c := range []struct{ in, want float64 }{{mid, even}, {math.Nextafter(mid, v), v}, {math.Nextafter(mid, next), next}} {
				if got := degraded(t, p, c.in); got != c.want {
					t.Fatalf("%v became %v, want %v", c.in, got, c.want)
				}
			}
		}
	}
}

// What does not fit is an error that names the format.
func TestOverflow(t *testing.T) {
	for _, c := range []struct {
		format string
		fits   float64
		not    float64
	}{{"float16", 65519.99, 65520}, {"float32", 3.4028235e38, 3.5e38}} {
		o := oracle.Precision{Format: c.format}.Degrade(echo{}, 1)
		y := make([]float64, 1)
		for _, sign := range []float64{1, -1} {
			if err := o.Query([]float64{sign * c.fits}, y); err != nil {
				t.Errorf("%s: %v", c.format, err)
			}
			if err := o.Query([]float64{sign * c.not}, y); !errors.Is(err, oracle.ErrOverflow) {
				t.Errorf("%s of %v: %v, %v", c.format, sign*c.not, y, err)
			}
		}
	}
}

func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		k       int
		v, want float64
	}{{2, 1.234, 1.23}, {2, -1.236, -1.24}, {1, 0.25, 0.2}, {6, 1e-7, 0}, {6, 123456.1234567, 123456.123457}, {15, 1e9 + 0.1, 1e9 + 0.1}, {4, 1e300, 1e300}} {
		if got := degraded(t, oracle.Precision{Decimals: c.k}, c.v); got != c.want {
			t.Errorf("%v to %d places is %v, want %v", c.v, c.k, got, c.want)
		}
	}
}

// The noise of a point is the same in any batch, in any order, as a step or as
// a point, and from another wrapper with the same seed.
func TestNoiseIsAFunctionOfTheQuery(t *testing.T) {
	net := nn.New([]int{5, 3, 2}) // all zero: the answers are the noise
	make1 := func(seed uint64) oracle.Oracle {
		return oracle.Precision{Noise: 1e-3}.Degrade(oracle.NewVictim(net), seed)
	}
	r := rng.New(1)
	const n = 200
	x := r.NormalVec(make([]float64, n*5), 1)
	want := make([]float64, n*2)
	if err := make1(7).Query(x, want); err != nil {
		t.Fatal(err)
	}
	o, other := make1(7), make1(8)
	sum, same := 0.0, 0
	for _, i := range r.Perm(n) {
		p, y := x[i*5:][:5], make([]float64, 2)
		o.Query(p, y)
		if !slices.Equal(y, want[i*2:][:2]) {
			t.Fatalf("point %d: %v in a batch, %v alone", i, want[i*2:][:2], y)
		}
		sum += y[0]*y[0] + y[1]*y[1]
		moved := append([]float64(nil), p...)
		moved[3] += 0.25
		a, b := make([]float64, 2), make([]float64, 2)
		o.Query(moved, a)
		o.Steps(p, []int{3}, []float64{0.25}, b)
		if !slices.Equal(a, b) || slices.Equal(a, y) {
			t.Fatalf("point %d moved: %v as a point, %v as a step, %v before", i, a, b, y)
		}
		if other.Query(p, a); slices.Equal(a, y) {
			same++
		}
	}
	if same > 0 {
		t.Errorf("another seed gave the same noise at %d points", same)
	}
	// 400 squares of σ² have a mean within 30 % of it.
	if v := math.Sqrt(sum/(2*n)) / 1e-3; v < 0.85 || v > 1.15 {
		t.Errorf("the standard deviation is %v times what it should be", v)
	}
}

// Degraded answers are the plain ones, spoiled, however the query is described;
// a count and a budget outside see each of them once.
func TestDegradedComposes(t *testing.T) {
	r := rng.New(2)
	net := nn.New([]int{6, 4, 3})
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1)
		r.NormalVec(net.Layers[i].B, 1)
	}
	for _, p := range []oracle.Precision{{}, {Format: "float32"}, {Format: "float16"}, {Decimals: 6}, {Noise: 1e-9}, {Format: "float32", Decimals: 4, Noise: 1e-5}} {
		// An answer is of size 10 at most; its error is at most this.
		bound := 16*p.Noise + map[string]float64{"": 1e-14, "float32": 1e-6, "float16": 1e-2}[p.Format]
		if p.Decimals > 0 {
			bound += math.Pow10(-p.Decimals)
		}
		clean := oracle.NewVictim(net)
		o := oracle.Count(p.Degrade(oracle.NewVictim(net), 3), 50)
		base, dirs := r.NormalVec(make([]float64, 6), 1), r.NormalVec(make([]float64, 12), 1)
		ro, err1 := o.Restrict(base, dirs)
		rc, err2 := clean.Restrict(base, dirs)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		c, y, z := r.NormalVec(make([]float64, 2*5), 1), make([]float64, 15), make([]float64, 15)
		compare := func(what string, a, b error) {
			t.Helper()
			if a != nil || b != nil {
				t.Fatalf("%+v, %s: %v, %v", p, what, a, b)
			}
			for i := range y {
				if d := math.Abs(y[i] - z[i]); d > bound || d == 0 && p.Noise > 0 {
					t.Errorf("%+v, %s: %v became %v", p, what, z[i], y[i])
				}
			}
		}
		compare("restricted", ro.Query(c, y), rc.Query(c, z))
		coord, step := []int{0, 1, 0, 1, 0}, r.NormalVec(make([]float64, 5), 1)
		compare("restricted steps", ro.Steps(c[:2], coord, step, y), rc.Steps(c[:2], coord, step, z))
		coord = []int{5, 4, 3, 2, 1}
		compare("steps", o.Steps(base, coord, step, y), clean.Steps(base, coord, step, z))
		x := r.NormalVec(make([]float64, 30), 1)
		compare("points", o.Query(x, y), clean.Query(x, z))
		if o.Used() != 20 {
			t.Errorf("%+v: %d queries counted, want 20", p, o.Used())
		}
		if err := o.Query(make([]float64, 6*31), make([]float64, 3*31)); !errors.Is(err, oracle.ErrBudget) {
			t.Errorf("%+v: the budget does not hold: %v", p, err)
		}
	}
}

func TestPrecisionCheck(t *testing.T) {
	for _, p := range []oracle.Precision{{}, {Format: "float32"}, {Format: "float16", Decimals: 1}, {Decimals: 15}, {Noise: 1e-300}} {
		if err := p.Check(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
	for _, p := range []oracle.Precision{{Format: "float64"}, {Format: "bf16"}, {Decimals: -1}, {Decimals: 16}, {Noise: -1}, {Noise: math.NaN()}, {Noise: math.Inf(1)}} {
		if p.Check() == nil {
			t.Errorf("%+v passed", p)
		}
	}
}

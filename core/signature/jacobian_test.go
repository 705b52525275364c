package signature_test

import (
	"errors"
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/signature"
)

// Steps of every length, from well inside the linear region to well outside:
// what is returned is the gradient of the region, or an error, never something
// between. Most of the long steps leave the region in some coordinate.
func TestMeasureIsExactOrFails(t *testing.T) {
	for _, sizes := range [][]int{{10, 5, 1}, {10, 8, 6, 1}, {40, 20, 10, 3}} {
		measured, mended, cramped := 0, 0, 0
		for seed := range uint64(60) {
			b := newBench(t, seed, sizes...)
			p := b.r.NormalVec(make([]float64, sizes[0]), 1)
			want := b.gradient(p)
			h := math.Exp2(float64(seed%8) - 9) // 2^-9 to 1/4
			j, err := signature.Measure(b.o, p, nil, h, false, b.noise, b.r)
			if errors.Is(err, signature.ErrCramped) {
				cramped++
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			measured++
			for i, v := range j.D {
				// Each of the two answers of a difference is off by a few times the noise.
				if d := math.Abs(v - want[i]); d > 20*j.Err {
					t.Errorf("%v, seed %d, step %v: derivative %d is off by %.1e; the error to expect was %.1e", sizes, seed, h, i, d, j.Err)
				}
			}
			if j.Err > 2.5*float64(2*b.noise.At(p).Of(j.Value))/h {
				mended++
			}
		}
		t.Logf("%v: %d measured, %d of them with shorter steps, %d too cramped", sizes, measured, mended, cramped)
		if measured < 50 || sizes[0] == 40 && mended < 5 {
			t.Errorf("%v: only %d of 60 gradients measured, %d with shorter steps", sizes, measured, mended)
		}
	}
}

// A list of coordinates gives those entries of the gradient, in that order.
func TestMeasureSomeCoordinates(t *testing.T) {
	b := newBench(t, 3, 12, 6, 5, 2)
	p := b.r.NormalVec(make([]float64, 12), 1)
	want := b.gradient(p)
	coord := []int{11, 0, 7}
	before := b.o.Used()
	j, err := signature.Measure(b.o, p, coord, 1e-4, false, b.noise, b.r)
	if err != nil {
		t.Fatal(err)
	}
	for o := range 2 {
		for i, c := range coord {
			if d := math.Abs(j.Row(o)[i] - want[o*12+c]); d > 20*j.Err {
				t.Errorf("output %d, coordinate %d is off by %v", o, c, d)
			}
		}
	}
	// The value, one step a coordinate and two checks.
	if n := b.o.Used() - before; n != 6 {
		t.Errorf("%d queries for three coordinates, want 6", n)
	}
}

// On a hyperplane there is no gradient. By luck all steps can go to one side;
// then it is that side's gradient, never a mixture.
func TestMeasureOnAKink(t *testing.T) {
	cramped := 0
	for seed := range uint64(40) {
		b := newBench(t, seed, 8, 6, 1)
		p := b.r.NormalVec(make([]float64, 8), 1)
		w, bias := b.row(int(seed) % 6)
		linalg.Axpy(-(linalg.Dot(w, p) + bias), w, p)
		j, err := signature.Measure(b.o, p, nil, 1e-3, false, b.noise, b.r)
		if errors.Is(err, signature.ErrCramped) {
			cramped++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		off := math.Inf(1)
		for _, side := range []float64{-1e-9, 1e-9} {
			q := append([]float64(nil), p...)
			linalg.Axpy(side, w, q)
			d := b.gradient(q)
			linalg.Axpy(-1, j.D, d)
			off = min(off, linalg.MaxAbs(d))
		}
		if off > 20*j.Err {
			t.Errorf("seed %d: a mixture of two gradients, off by %v", seed, off)
		}
	}
	if cramped < 30 {
		t.Errorf("only %d of 40 points on a hyperplane were refused", cramped)
	}
}

// upward is an oracle that refuses points with a coordinate below the base's.
type upward struct {
	oracle.Oracle
	t    *testing.T
	base []float64
}

func (u upward) Query(x, y []float64) error {
	for i, v := range x {
		if v < u.base[i%len(u.base)] {
			u.t.Errorf("coordinate %d went down from %v to %v", i%len(u.base), u.base[i%len(u.base)], v)
		}
	}
	return u.Oracle.Query(x, y)
}

func (u upward) Steps(base []float64, coord []int, step, y []float64) error {
	for _, s := range step {
		if s < 0 {
			u.t.Errorf("a step of %v goes down", s)
		}
	}
	return u.Oracle.Steps(base, coord, step, y)
}

// In a chart of activations nothing below zero may be asked.
func TestUpwardNeverGoesDown(t *testing.T) {
	for seed := range uint64(30) {
		b := newBench(t, seed, 9, 7, 5, 1)
		p := make([]float64, 9)
		for i := range p {
			p[i] = b.r.Float64()
		}
		o := upward{b.o, t, p}
		h, err := signature.Room(o, p, 1, true, b.noise, b.r)
		if err != nil {
			t.Fatal(err)
		}
		j, err := signature.Measure(o, p, nil, h, true, b.noise, b.r)
		if errors.Is(err, signature.ErrCramped) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range b.gradient(p) {
			if d := math.Abs(j.D[i] - want); d > 20*j.Err {
				t.Errorf("seed %d: derivative %d is off by %v", seed, i, d)
			}
		}
	}
}

// With the nearest hyperplane at distance r, every length below r shows no
// bend. So Room gives r/4 at least: the first halving below r, halved once more.
func TestRoomUsesTheRoom(t *testing.T) {
	for seed := range uint64(50) {
		b := newBench(t, seed, 10, 8, 1)
		p := b.r.NormalVec(make([]float64, 10), 1)
		r := math.Inf(1)
		for k := range 8 {
			w, bias := b.row(k)
			r = min(r, math.Abs(linalg.Dot(w, p)+bias))
		}
		h, err := signature.Room(b.o, p, 4, false, b.noise, b.r)
		if err != nil {
			t.Fatal(err)
		}
		if h < r/4 || h > 2 {
			t.Errorf("seed %d: the nearest hyperplane is %v away, Room gives %v", seed, r, h)
		}
	}
}

func BenchmarkMeasure(b *testing.B) {
	v := newBench(b, 1, 784, 16, 16, 1)
	p := v.r.NormalVec(make([]float64, 784), 1)
	b.ReportAllocs()
	before, runs := v.o.Used(), 0
	for b.Loop() {
		if _, err := signature.Measure(v.o, p, nil, 1e-3, false, v.noise, v.r); err != nil {
			b.Fatal(err)
		}
		runs++
	}
	b.ReportMetric(float64(v.o.Used()-before)/float64(runs), "queries/gradient")
}

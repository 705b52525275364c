// Kernelcases prints networks, questions and the answers of core/oracle.Victim,
// for the test that holds the sealed kernel to the same bits. One JSON object a
// line; numbers are little-endian float64 in base64, so that no bit is lost.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"

	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// question is one call: Kind is query, steps, queryIn or stepsIn. The last two
// ask the subspace of K directions opened by Dirs at Base in Slot, or, where
// there is an Inner, the one that it opens in that one's coordinates.
type question struct {
	Kind  string  `json:"kind"`
	Inner *inner  `json:"inner,omitempty"`
	N     int     `json:"n"`
	K     int     `json:"k,omitempty"`
	Slot  int     `json:"slot"`
	Base  string  `json:"base,omitempty"`
	Dirs  string  `json:"dirs,omitempty"`
	X     string  `json:"x,omitempty"`
	Coord []int32 `json:"coord,omitempty"`
	Step  string  `json:"step,omitempty"`
	Y     string  `json:"y"`
}

type inner struct {
	K    int    `json:"k"`
	Slot int    `json:"slot"`
	Base string `json:"base"`
	Dirs string `json:"dirs"`
}

type testCase struct {
	Sizes     []int      `json:"sizes"`
	Canonical string     `json:"canonical"`
	Questions []question `json:"questions"`
}

// Widths on both sides of the kernel's blocks of eight and two rows, batches on
// both sides of its groups of 64 points and the trampoline's 256.
var shapes = [][]int{
	{1, 1, 1}, {2, 3, 1}, {3, 2, 2, 1}, {5, 7, 8, 3}, {4, 8, 1}, {9, 9, 9, 9, 9},
	{10, 5, 5, 1}, {2, 16, 8, 1}, {17, 15, 10, 2}, {30, 23, 17, 10}, {784, 16, 16, 1}, {100, 33, 1, 5},
}

func main() {
	enc := json.NewEncoder(os.Stdout)
	for i, sizes := range shapes {
		if err := enc.Encode(makeCase(sizes, rng.New(1, uint64(i)))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func makeCase(sizes []int, r *rng.Stream) testCase {
	net := nn.New(sizes)
	for i := range net.Layers {
		l := &net.Layers[i]
		r.NormalVec(l.W, 1/math.Sqrt(float64(l.In)))
		r.NormalVec(l.B, 0.3)
	}
	v := oracle.NewVictim(net)
	c := testCase{Sizes: sizes, Canonical: base64.StdEncoding.EncodeToString(net.Canonical())}
	d0 := sizes[0]
	for _, n := range []int{1, 2, 3, 64, 65, 300} {
		c.Questions = append(c.Questions, ask(v, "query", d0, n, r), ask(v, "steps", d0, n, r))
	}
	for slot, k := range []int{1, 2, 5, 16, 3} {
		base, dirs := r.NormalVec(make([]float64, d0), 1), r.NormalVec(make([]float64, k*d0), 1)
		s, err := v.Restrict(base, dirs)
		check(err)
		for _, n := range []int{1, 7, 130} {
			for _, kind := range []string{"queryIn", "stepsIn"} {
				q := ask(s, kind, k, n, r)
				q.K, q.Slot, q.Base, q.Dirs = k, slot%4, words(base), words(dirs)
				c.Questions = append(c.Questions, q)
			}
		}
		for _, k2 := range []int{1, 2, 3, 6} { // a subspace of this one
			base2, dirs2 := r.NormalVec(make([]float64, k), 1), r.NormalVec(make([]float64, k2*k), 1)
			s2, err := s.Restrict(base2, dirs2)
			check(err)
			for _, kind := range []string{"queryIn", "stepsIn"} {
				q := ask(s2, kind, k2, 5, r)
				q.K, q.Slot, q.Base, q.Dirs = k, slot%4, words(base), words(dirs)
				q.Inner = &inner{K: k2, Slot: 4 + k2, Base: words(base2), Dirs: words(dirs2)}
				c.Questions = append(c.Questions, q)
			}
		}
	}
	return c
}

// ask puts n random points, or steps from one, to an oracle of input width k.
// One point in four lies far out, where rounding is coarse.
func ask(o oracle.Oracle, kind string, k, n int, r *rng.Stream) question {
	_, out := o.Shape()
	y := make([]float64, n*out)
	q := question{Kind: kind, N: n}
	scale := 1.0
	if r.Intn(4) == 0 {
		scale = 1e6
	}
	if kind == "query" || kind == "queryIn" {
		x := r.NormalVec(make([]float64, n*k), scale)
		check(o.Query(x, y))
		q.X = words(x)
	} else {
		base, step, coord := r.NormalVec(make([]float64, k), scale), r.NormalVec(make([]float64, n), 1e-3), make([]int, n)
		for i := range coord {
			coord[i] = r.Intn(k)
			q.Coord = append(q.Coord, int32(coord[i]))
		}
		check(o.Steps(base, coord, step, y))
		q.X, q.Step = words(base), words(step)
	}
	q.Y = words(y)
	return q
}

func words(x []float64) string {
	b := make([]byte, 0, 8*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

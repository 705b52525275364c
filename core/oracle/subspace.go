package oracle

import (
	"fmt"
	"slices"
)

// Compose describes a subspace of a subspace in the outer coordinates: with
// x = base + dirsᵀc and c = base2 + dirs2ᵀe it returns the base (d0) and the
// directions (k2×d0) of e ↦ x.
func Compose(base, dirs, base2, dirs2 []float64) (b, d []float64, err error) {
	in := len(base)
	k := len(dirs) / in
	if len(base2) != k || len(dirs2)%max(k, 1) != 0 {
		return nil, nil, fmt.Errorf("oracle: a subspace of R^%d needs a base and directions of that length", k)
	}
	b = append([]float64(nil), base...)
	d = make([]float64, len(dirs2)/max(k, 1)*in)
	compose(b, d, dirs, base2, dirs2)
	return b, d, nil
}

// compose is Compose with the results in b, which holds the base before, and d,
// which holds zeros.
func compose(b, d, dirs, base2, dirs2 []float64) {
	in, k := len(b), len(base2)
	accumulate(b, dirs, base2)
	for i := range len(d) / in {
		accumulate(d[i*in:][:in], dirs, dirs2[i*k:][:k])
	}
}

// accumulate adds Σ_j c_j dirs_j to x, in ascending order of j for every entry.
// Four directions are added in one pass, which changes the speed and not a bit
// of the result.
func accumulate(x, dirs, c []float64) {
	in := len(x)
	j := 0
	for ; j+4 <= len(c); j += 4 {
		c0, c1, c2, c3 := c[j], c[j+1], c[j+2], c[j+3]
		d0, d1 := dirs[j*in:][:in], dirs[(j+1)*in:][:in]
		d2, d3 := dirs[(j+2)*in:][:in], dirs[(j+3)*in:][:in]
		for i, v := range x {
			v += float64(c0 * d0[i])
			v += float64(c1 * d1[i])
			v += float64(c2 * d2[i])
			v += float64(c3 * d3[i])
			x[i] = v
		}
	}
	for ; j < len(c); j++ {
		for i, v := range dirs[j*in:][:in] {
			x[i] += float64(c[j] * v)
		}
	}
}

// Plain hides the structure of queries: every point is written out and asked
// with Query, as a remote oracle must be asked.
type Plain struct{ Oracle }

func (p Plain) Restrict(base, dirs []float64) (Oracle, error) {
	in, _ := p.Shape()
	if len(base) != in || len(dirs)%in != 0 {
		return nil, fmt.Errorf("oracle: a subspace of R^%d needs a base and directions of that length", in)
	}
	return &plainSubspace{p: p, base: append([]float64(nil), base...), dirs: append([]float64(nil), dirs...)}, nil
}

func (p Plain) Steps(base []float64, coord []int, step []float64, y []float64) error {
	var x []float64
	return writeOutSteps(p, base, coord, step, y, &x)
}

type plainSubspace struct {
	p          Plain
	base, dirs []float64
	x, c       []float64 // points written out: inputs, and coordinates here
}

func (s *plainSubspace) Shape() (in, out int) {
	d0, out := s.p.Shape()
	return len(s.dirs) / d0, out
}

func (s *plainSubspace) Query(c, y []float64) error {
	d0, _ := s.p.Shape()
	k, out := s.Shape()
	if err := checkBatch(c, y, k, out); err != nil {
		return err
	}
	n := len(c) / k
	x := room(&s.x, n*d0)
	for i := range n {
		copy(x[i*d0:], s.base)
		accumulate(x[i*d0:][:d0], s.dirs, c[i*k:][:k])
	}
	return s.p.Query(x, y)
}

func (s *plainSubspace) Steps(base []float64, coord []int, step []float64, y []float64) error {
	return writeOutSteps(s, base, coord, step, y, &s.c)
}

func (s *plainSubspace) Restrict(base, dirs []float64) (Oracle, error) {
	b, d, err := Compose(s.base, s.dirs, base, dirs)
	if err != nil {
		return nil, err
	}
	return s.p.Restrict(b, d)
}

// room returns n numbers of scratch, which grows when it must.
func room(scratch *[]float64, n int) []float64 {
	*scratch = slices.Grow((*scratch)[:0], n)[:n]
	return *scratch
}

// writeOutSteps asks steps as whole points, which it writes to scratch.
func writeOutSteps(o Oracle, base []float64, coord []int, step, y []float64, scratch *[]float64) error {
	in, out := o.Shape()
	if err := checkSteps(base, coord, step, y, in, out); err != nil {
		return err
	}
	x := room(scratch, len(coord)*in)
	for i, j := range coord {
		copy(x[i*in:], base)
		x[i*in+j] += step[i]
	}
	return o.Query(x, y)
}

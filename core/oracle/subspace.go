package oracle

import "fmt"

// Compose describes a subspace of a subspace in the outer coordinates: with
// x = base + dirsᵀc and c = base2 + dirs2ᵀe it returns the base (d0) and the
// directions (k2×d0) of e ↦ x.
func Compose(base, dirs, base2, dirs2 []float64) (b, d []float64, err error) {
	in := len(base)
	k := len(dirs) / in
	if len(base2) != k || len(dirs2)%max(k, 1) != 0 {
		return nil, nil, fmt.Errorf("oracle: a subspace of R^%d needs a base and directions of that length", k)
	}
	k2 := len(dirs2) / max(k, 1)
	b = append([]float64(nil), base...)
	accumulate(b, dirs, base2)
	d = make([]float64, k2*in)
	for i := range k2 {
		accumulate(d[i*in:][:in], dirs, dirs2[i*k:][:k])
	}
	return b, d, nil
}

// accumulate adds Σ_j c_j dirs_j to x.
func accumulate(x, dirs, c []float64) {
	in := len(x)
	for j, cj := range c {
		for i, v := range dirs[j*in:][:in] {
			x[i] += float64(cj * v)
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
	return writeOutSteps(p, base, coord, step, y)
}

type plainSubspace struct {
	p          Plain
	base, dirs []float64
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
	x := make([]float64, n*d0)
	for i := range n {
		copy(x[i*d0:], s.base)
		accumulate(x[i*d0:][:d0], s.dirs, c[i*k:][:k])
	}
	return s.p.Query(x, y)
}

func (s *plainSubspace) Steps(base []float64, coord []int, step []float64, y []float64) error {
	return writeOutSteps(s, base, coord, step, y)
}

func (s *plainSubspace) Restrict(base, dirs []float64) (Oracle, error) {
	b, d, err := Compose(s.base, s.dirs, base, dirs)
	if err != nil {
		return nil, err
	}
	return s.p.Restrict(b, d)
}

func writeOutSteps(o Oracle, base []float64, coord []int, step []float64, y []float64) error {
	in, out := o.Shape()
	if err := checkSteps(base, coord, step, y, in, out); err != nil {
		return err
	}
	x := make([]float64, len(coord)*in)
	for i, j := range coord {
		copy(x[i*in:], base)
		x[i*in+j] += step[i]
	}
	return o.Query(x, y)
}

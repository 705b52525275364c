package oracle

import (
	"fmt"
	"slices"

	"peel/core/nn"
)

// Victim answers queries for a network held in process. It uses the structure
// of a query: A_1·base and A_1·dirs are computed once per subspace and once per
// base point. The order of every sum is fixed (see package nn), so a sealed
// victim elsewhere that follows it gives the same bits.
type Victim struct {
	net  *nn.Network
	eval *nn.Eval
	z    []float64
	z0   []float64
	none []float64 // d1 zeros
	last *subspace // the last one of several directions: task after task opens the same
	// A line in such a subspace, in the input space.
	base, dir []float64
}

// NewVictim returns an oracle for net, which must be valid.
func NewVictim(net *nn.Network) *Victim {
	d1 := net.Layers[0].Out
	return &Victim{net: net, eval: nn.NewEval(net), z: make([]float64, d1), z0: make([]float64, d1), none: make([]float64, d1)}
}

func (v *Victim) Shape() (in, out int) { return v.net.In(), v.net.Out() }

func (v *Victim) Query(x, y []float64) error {
	in, out := v.Shape()
	if err := checkBatch(x, y, in, out); err != nil {
		return err
	}
	for i := 0; i*in < len(x); i++ {
		v.eval.Forward(x[i*in:][:in], y[i*out:][:out])
	}
	return nil
}

func (v *Victim) Steps(base []float64, coord []int, step []float64, y []float64) error {
	in, out := v.Shape()
	if err := checkSteps(base, coord, step, y, in, out); err != nil {
		return err
	}
	l := &v.net.Layers[0]
	nn.Affine(v.z0, l.W, base, l.B)
	for i, j := range coord {
		for k := range v.z {
			v.z[k] = v.z0[k] + float64(step[i]*l.W[k*in+j])
		}
		v.eval.After(v.z, y[i*out:][:out])
	}
	return nil
}

func (v *Victim) Restrict(base, dirs []float64) (Oracle, error) {
	in := v.net.In()
	if len(base) != in || len(dirs)%in != 0 {
		return nil, fmt.Errorf("oracle: a subspace of R^%d needs a base and directions of that length", in)
	}
	if v.last != nil && slices.Equal(v.last.base, base) && slices.Equal(v.last.dirs, dirs) {
		return v.last, nil
	}
	s := v.restrict(nil, base, dirs, len(dirs)/in)
	s.open(base, dirs)
	if s.k > 1 {
		v.last = s
	}
	return s, nil
}

// subspace is a Victim restricted to base + span(dirs).
type subspace struct {
	v          *Victim
	outer      *subspace // in whose coordinates base and dirs are, nil for the input space
	base, dirs []float64 // n, k×n
	z0         []float64 // A_1 base + b_1
	m          []float64 // A_1 dirsᵀ, d1×k
	k          int
}

// restrict makes a subspace of outer that is not open yet.
func (v *Victim) restrict(outer *subspace, base, dirs []float64, k int) *subspace {
	own := append(append(make([]float64, 0, len(base)+len(dirs)), base...), dirs...)
	image := make([]float64, (1+k)*len(v.z))
	return &subspace{v: v, outer: outer, base: own[:len(base):len(base)], dirs: own[len(base):],
		z0: image[:len(v.z):len(v.z)], m: image[len(v.z):], k: k}
}

// open computes the image of base and dirs, given in the input space.
func (s *subspace) open(base, dirs []float64) {
	v := s.v
	l := &v.net.Layers[0]
	nn.Affine(s.z0, l.W, base, l.B)
	for j := range s.k {
		nn.Affine(v.z, l.W, dirs[j*l.In:][:l.In], v.none)
		for i, c := range v.z {
			s.m[i*s.k+j] = c
		}
	}
}

// inputs returns base and dirs in the input space.
func (s *subspace) inputs() (base, dirs []float64) {
	if s.outer == nil {
		return s.base, s.dirs
	}
	b, d := s.outer.inputs()
	base, dirs = append([]float64(nil), b...), make([]float64, s.k*len(b))
	compose(base, dirs, d, s.base, s.dirs)
	return base, dirs
}

func (s *subspace) Shape() (in, out int) { return s.k, s.v.net.Out() }

func (s *subspace) Query(c, y []float64) error {
	_, out := s.Shape()
	if err := checkBatch(c, y, s.k, out); err != nil {
		return err
	}
	for i := 0; i*s.k < len(c); i++ {
		nn.Affine(s.v.z, s.m, c[i*s.k:][:s.k], s.z0)
		s.v.eval.After(s.v.z, y[i*out:][:out])
	}
	return nil
}

func (s *subspace) Steps(base []float64, coord []int, step []float64, y []float64) error {
	_, out := s.Shape()
	if err := checkSteps(base, coord, step, y, s.k, out); err != nil {
		return err
	}
	nn.Affine(s.v.z0, s.m, base, s.z0)
	for i, j := range coord {
		for k := range s.v.z {
			s.v.z[k] = s.v.z0[k] + float64(step[i]*s.m[k*s.k+j])
		}
		s.v.eval.After(s.v.z, y[i*out:][:out])
	}
	return nil
}

func (s *subspace) Restrict(base, dirs []float64) (Oracle, error) {
	if len(base) != s.k || len(dirs)%max(s.k, 1) != 0 {
		return nil, fmt.Errorf("oracle: a subspace of R^%d needs a base and directions of that length", s.k)
	}
	v, in := s.v, s.v.net.In()
	b, d := s.inputs()
	k := len(dirs) / max(s.k, 1)
	v.base = append(v.base[:0], b...)
	clear(room(&v.dir, k*in))
	compose(v.base, v.dir, d, base, dirs)
	inner := v.restrict(s, base, dirs, k)
	inner.open(v.base, v.dir)
	return inner, nil
}

func checkBatch(x, y []float64, in, out int) error {
	if len(x)%in != 0 || len(y) != len(x)/in*out {
		return fmt.Errorf("oracle: %d numbers are not a batch of points in R^%d with %d answers", len(x), in, len(y))
	}
	return nil
}

func checkSteps(base []float64, coord []int, step, y []float64, in, out int) error {
	if len(base) != in || len(coord) != len(step) || len(y) != len(coord)*out {
		return fmt.Errorf("oracle: %d coordinates, %d steps and %d answers do not match", len(coord), len(step), len(y))
	}
	for _, j := range coord {
		if j < 0 || j >= in {
			return fmt.Errorf("oracle: coordinate %d of %d", j, in)
		}
	}
	return nil
}

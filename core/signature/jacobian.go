// Package signature measures a neuron's row (A_i[k], b_i[k]) up to scale from
// the jump of the gradient across its hyperplane (Carlini, Jagielski, Mironov,
// CRYPTO 2020, section 4.3), proposes it as a hypothesis and confirms it by
// prediction.
package signature

import (
	"errors"
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
)

// ErrCramped means that a point has no room around it to measure a gradient.
var ErrCramped = errors.New("the linear region around the point is too small to measure a gradient")

// Jacobian is the derivative of f inside one linear region, along a list of
// coordinates.
type Jacobian struct {
	Value []float64 // f(p), dout
	D     []float64 // dout×n: D[o*n+i] = ∂f_o/∂x_coord[i]
	Err   float64   // error to expect of an entry
}

// Row returns the gradient of output o.
func (j *Jacobian) Row(o int) []float64 {
	n := len(j.D) / len(j.Value)
	return j.D[o*n:][:n]
}

// Measure takes one-sided differences at p along the coordinates in coord (nil
// for all of them) with step h: n+1 queries. Then it checks them together: a
// step along all of them at once, of random signs and sizes and a length
// of about h/2, must land where the derivatives
// say. A coordinate whose step left the linear region makes that fail, is found
// by halving the set, and is measured again the other way or closer. Typical
// total: n + 3 queries.
//
// With upward set no coordinate ever decreases, for charts with p ≥ 0.
func Measure(o oracle.Oracle, p []float64, coord []int, h float64, upward bool, noise critical.Noise, s *rng.Stream) (*Jacobian, error) {
	in, out := o.Shape()
	noise = noise.At(p)
	if coord == nil {
		coord = make([]int, in)
		for i := range coord {
			coord[i] = i
		}
	}
	value := make([]float64, out)
	if err := o.Query(p, value); err != nil {
		return nil, err
	}
	m := newMeasurement(o, p, coord, upward, noise, s)
	m.j = &Jacobian{Value: value, D: make([]float64, out*len(coord))}
	for range 4 {
		m.h, m.j.Err = h, float64(2*noise.Of(value))/h
		err := m.run()
		if err == nil {
			return m.j, nil
		}
		if !errors.Is(err, ErrCramped) {
			return nil, err
		}
		h /= 8
	}
	return nil, ErrCramped
}

// run measures all coordinates and checks them twice: one check could miss a
// coordinate by a lucky cancellation.
func (m *measurement) run() error {
	if err := m.steps(m.h); err != nil {
		return err
	}
	m.spare = 4 + len(m.coord)/16
	passed := 0
	for range 8 { // a check that had to mend something counts for nothing
		clean, err := m.check(m.all)
		if err != nil {
			return err
		}
		if clean {
			passed++
		}
		if passed == 2 {
			return nil
		}
	}
	return ErrCramped
}

type measurement struct {
	o      oracle.Oracle
	p      []float64
	coord  []int
	noise  critical.Noise
	s      *rng.Stream
	upward bool
	j      *Jacobian
	h      float64
	spare  int // how many coordinates may still be measured again

	// Scratch, so that a question allocates nothing.
	all     []int     // 0 … n−1
	step    []float64 // n
	y       []float64 // n answers, four at least
	x, want []float64 // a point, and the answer expected there
	four    [4]int
}

func newMeasurement(o oracle.Oracle, p []float64, coord []int, upward bool, noise critical.Noise, s *rng.Stream) *measurement {
	_, out := o.Shape()
	n := len(coord)
	m := &measurement{o: o, p: p, coord: coord, upward: upward, noise: noise, s: s,
		all: make([]int, n), step: make([]float64, max(n, 4)), y: make([]float64, max(n, 4)*out),
		x: make([]float64, len(p)), want: make([]float64, out)}
	for i := range m.all {
		m.all[i] = i
	}
	return m
}

// steps measures all derivatives with step h, of random sign.
func (m *measurement) steps(h float64) error {
	out, n := len(m.j.Value), len(m.coord)
	step, y := m.step[:n], m.y[:n*out]
	for i := range step {
		step[i] = float64(h * m.sign())
	}
	if err := m.o.Steps(m.p, m.coord, step, y); err != nil {
		return err
	}
	for i := range step {
		for k := range out {
			m.j.D[k*n+i] = (y[i*out+k] - m.j.Value[k]) / step[i]
		}
	}
	return nil
}

// sign is a random direction of a step.
func (m *measurement) sign() float64 {
	if m.upward {
		return 1
	}
	return m.s.Sign()
}

// check tests the coordinates in idx together, mends those that fail and reports
// whether none did.
func (m *measurement) check(idx []int) (clean bool, err error) {
	out, n := len(m.j.Value), len(m.coord)
	// Half the step, so that a single coordinate is not asked the same again.
	h := m.h / (2 * math.Sqrt(float64(len(idx))))
	x, want, y := m.x, m.want, m.y[:out]
	copy(x, m.p)
	copy(want, m.j.Value)
	for _, c := range idx {
		d := float64(h * m.sign() * (0.5 + m.s.Float64()))
		x[m.coord[c]] += d
		for k := range out {
			want[k] += float64(d * m.j.D[k*n+c])
		}
	}
	if err := m.o.Query(x, y); err != nil {
		return false, err
	}
	for k := range y {
		y[k] -= want[k]
	}
	// Each derivative is off by 2·noise/h and n of them add up like √n.
	if linalg.MaxAbs(y) <= float64(32*m.noise.Of(want)) {
		return true, nil
	}
	if len(idx) == 1 {
		return false, m.again(idx[0])
	}
	if _, err := m.check(idx[:len(idx)/2]); err != nil {
		return false, err
	}
	_, err = m.check(idx[len(idx)/2:])
	return false, err
}

// again measures one coordinate with shorter and shorter steps, both ways,
// until two that differ by a factor of two agree.
func (m *measurement) again(c int) error {
	if m.spare--; m.spare < 0 {
		return ErrCramped
	}
	out, n := len(m.j.Value), len(m.coord)
	step := m.h
	t, y := m.step[:4], m.y[:4*out]
	if m.upward {
		t, y = t[:2], y[:2*out]
	}
	for i := range m.four {
		m.four[i] = m.coord[c]
	}
	for range 6 {
		t[0], t[1] = step, step/2
		if !m.upward {
			t[2], t[3] = -step, -step/2
		}
		if err := m.o.Steps(m.p, m.four[:len(t)], t, y); err != nil {
			return err
		}
		for side := 0; side < len(t); side += 2 {
			worst := 0.0
			for k := range out {
				full, half := y[side*out+k]-m.j.Value[k], y[(side+1)*out+k]-m.j.Value[k]
				worst = max(worst, math.Abs(full-float64(2*half)))
			}
			if worst <= float64(32*m.noise.Of(m.j.Value)) {
				for k := range out {
					m.j.D[k*n+c] = (y[side*out+k] - m.j.Value[k]) / t[side]
				}
				m.j.Err = max(m.j.Err, float64(2*m.noise.Of(m.j.Value))/step)
				return nil
			}
		}
		step /= 4
	}
	return ErrCramped
}

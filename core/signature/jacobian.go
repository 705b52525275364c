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
	for range 4 {
		m := &measurement{o: o, p: p, coord: coord, upward: upward, noise: noise, s: s, h: h,
			j: &Jacobian{Value: value, D: make([]float64, out*len(coord)), Err: float64(2*noise.Of(value)) / h}}
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
	idx := make([]int, len(m.coord))
	for i := range idx {
		idx[i] = i
	}
	if err := m.steps(idx, m.h); err != nil {
		return err
	}
	m.spare = 4 + len(idx)/16
	passed := 0
	for range 8 { // a check that had to mend something counts for nothing
		clean, err := m.check(idx)
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
}

// steps measures the derivatives of the coordinates in idx with step h, of
// random sign.
func (m *measurement) steps(idx []int, h float64) error {
	out, n := len(m.j.Value), len(m.coord)
	coord, step := make([]int, len(idx)), make([]float64, len(idx))
	for i, c := range idx {
		coord[i], step[i] = m.coord[c], float64(h*m.sign())
	}
	y := make([]float64, len(idx)*out)
	if err := m.o.Steps(m.p, coord, step, y); err != nil {
		return err
	}
	for i, c := range idx {
		for k := range out {
			m.j.D[k*n+c] = (y[i*out+k] - m.j.Value[k]) / step[i]
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
	x := append([]float64(nil), m.p...)
	want := append([]float64(nil), m.j.Value...)
	for _, c := range idx {
		d := float64(h * m.sign() * (0.5 + m.s.Float64()))
		x[m.coord[c]] += d
		for k := range out {
			want[k] += float64(d * m.j.D[k*n+c])
		}
	}
	y := make([]float64, out)
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
	for _, half := range [][]int{idx[:len(idx)/2], idx[len(idx)/2:]} {
		if _, err := m.check(half); err != nil {
			return false, err
		}
	}
	return false, nil
}

// again measures one coordinate with shorter and shorter steps, both ways,
// until two that differ by a factor of two agree.
func (m *measurement) again(c int) error {
	if m.spare--; m.spare < 0 {
		return ErrCramped
	}
	out, n := len(m.j.Value), len(m.coord)
	j := m.coord[c]
	step := m.h
	y := make([]float64, 4*out)
	for range 6 {
		t := []float64{step, step / 2, -step, -step / 2}
		if m.upward {
			t = t[:2]
		}
		if err := m.o.Steps(m.p, []int{j, j, j, j}[:len(t)], t, y[:len(t)*out]); err != nil {
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

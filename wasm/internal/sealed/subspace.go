//go:build js && wasm

package sealed

import (
	"unsafe"

	"peel/core/oracle"
)

// subspace is the victim restricted to base + span(dirs).
type subspace struct {
	v          *Victim
	base, dirs []float64
	k          int
	slot       int   // in the kernel, −1 while closed
	used       int64 // the victim's clock at its last question
}

// open makes sure that the kernel holds the subspace.
func (s *subspace) open() error {
	v := s.v
	v.clock++
	s.used = v.clock
	if s.slot >= 0 {
		return nil
	}
	oldest := 0
	for i, other := range v.slots {
		if other == nil {
			oldest = i
			break
		}
		if other.used < v.slots[oldest].used {
			oldest = i
		}
	}
	if old := v.slots[oldest]; old != nil {
		old.slot = -1
		v.slots[oldest] = nil
	}
	if err := status(victimOpen(int32(oldest), at(s.base), at(s.dirs), int32(s.k))); err != nil {
		return err
	}
	v.slots[oldest], s.slot = s, oldest
	return nil
}

func (s *subspace) Shape() (in, out int) { return s.k, s.v.out }

func (s *subspace) Query(c, y []float64) error {
	n, err := batch(c, y, s.k, s.v.out)
	if err != nil || n == 0 {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	return status(victimQueryIn(int32(s.slot), at(c), int32(n), at(y)))
}

func (s *subspace) Steps(base []float64, coord []int, step []float64, y []float64) error {
	n, err := s.v.checkSteps(base, coord, step, y, s.k)
	if err != nil || n == 0 {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	return status(victimStepsIn(int32(s.slot), at(base), unsafe.Pointer(unsafe.SliceData(s.v.coord)), at(step), int32(n), at(y)))
}

func (s *subspace) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	b, d, err := oracle.Compose(s.base, s.dirs, base, dirs)
	if err != nil {
		return nil, err
	}
	return s.v.Restrict(b, d)
}

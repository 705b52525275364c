//go:build js && wasm

package sealed

import (
	"fmt"
	"unsafe"

	"peel/core/oracle"
)

// subspace is the victim restricted to base + span(dirs).
type subspace struct {
	v          *Victim
	outer      *subspace // in whose coordinates base and dirs are, nil for the input space
	base, dirs []float64
	k          int
	slot       int   // in the kernel, −1 while closed
	used       int64 // the victim's clock at its last question
}

// restrict makes a subspace of outer that is not open yet.
func (v *Victim) restrict(outer *subspace, base, dirs []float64, k int) *subspace {
	own := append(append(make([]float64, 0, len(base)+len(dirs)), base...), dirs...)
	return &subspace{v: v, outer: outer, base: own[:len(base):len(base)], dirs: own[len(base):], k: k, slot: -1}
}

// open makes sure that the kernel holds the subspace.
func (s *subspace) open() error {
	v := s.v
	v.clock++
	s.used = v.clock
	if s.slot >= 0 {
		return nil
	}
	if s.outer != nil {
		if err := s.outer.open(); err != nil {
			return err
		}
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
	var ok int32
	if s.outer != nil { // it was used just now, so it is not the oldest
		ok = victimOpenIn(int32(oldest), int32(s.outer.slot), at(s.base), at(s.dirs), int32(s.k))
	} else {
		ok = victimOpen(int32(oldest), at(s.base), at(s.dirs), int32(s.k))
	}
	if err := status(ok); err != nil {
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
	if len(base) != s.k || len(dirs)%max(s.k, 1) != 0 {
		return nil, fmt.Errorf("oracle: a subspace of R^%d needs a base and directions of that length", s.k)
	}
	return s.v.restrict(s, base, dirs, len(dirs)/max(s.k, 1)), nil
}

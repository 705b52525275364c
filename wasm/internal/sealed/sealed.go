//go:build js && wasm

// Package sealed asks the victim that lives in a WebAssembly instance of its
// own in the same worker. The functions below are a trampoline in JavaScript
// (wasm/sealed.ts): they copy questions over and answers back, and give no way
// to read a weight. Answers are bit-identical to oracle.Victim's.
//
// An idealised run is the exception, and says so everywhere: its spec names the
// layer under attack, and the layers before it are given, as the papers measure.
// For such a spec, and no other, the trampoline keeps those layers when it seals
// the victim, and Layers reads them.
package sealed

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"peel/core/oracle"
)

//go:wasmimport victim inputs
func victimInputs() int32

//go:wasmimport victim outputs
func victimOutputs() int32

//go:wasmimport victim query
func victimQuery(x unsafe.Pointer, n int32, y unsafe.Pointer) int32

//go:wasmimport victim steps
func victimSteps(base, coord, step unsafe.Pointer, n int32, y unsafe.Pointer) int32

//go:wasmimport victim open
func victimOpen(slot int32, base, dirs unsafe.Pointer, k int32) int32

//go:wasmimport victim openIn
func victimOpenIn(slot, outer int32, base, dirs unsafe.Pointer, k int32) int32

//go:wasmimport victim queryIn
func victimQueryIn(slot int32, c unsafe.Pointer, n int32, y unsafe.Pointer) int32

//go:wasmimport victim stepsIn
func victimStepsIn(slot int32, base, coord, step unsafe.Pointer, n int32, y unsafe.Pointer) int32

var errFailed = errors.New("the victim stopped answering because the browser gave it no more memory: close other tabs and resume")

// Victim is the sealed victim of this worker.
type Victim struct {
	in, out int
	coord   []int32
	// slots are the subspaces now open in the kernel, nil where free. Opening
	// another closes the one that was used longest ago; it is opened again when
	// it is asked.
	slots [slots]*subspace
	clock int64
	last  *subspace // the last one of several directions: task after task opens the same
}

const slots = 16 // SLOTS in wasm/victim/index.ts

// New returns the victim that the worker loaded, which must be there.
func New() (*Victim, error) {
	v := &Victim{in: int(victimInputs()), out: int(victimOutputs())}
	if v.in == 0 {
		return nil, errors.New("no victim was loaded into this worker")
	}
	return v, nil
}

func (v *Victim) Shape() (in, out int) { return v.in, v.out }

func (v *Victim) Query(x, y []float64) error {
	n, err := batch(x, y, v.in, v.out)
	if err != nil || n == 0 {
		return err
	}
	return status(victimQuery(at(x), int32(n), at(y)))
}

func (v *Victim) Steps(base []float64, coord []int, step []float64, y []float64) error {
	n, err := v.checkSteps(base, coord, step, y, v.in)
	if err != nil || n == 0 {
		return err
	}
	return status(victimSteps(at(base), unsafe.Pointer(unsafe.SliceData(v.coord)), at(step), int32(n), at(y)))
}

func (v *Victim) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	if len(base) != v.in || len(dirs)%v.in != 0 {
		return nil, fmt.Errorf("oracle: a subspace of R^%d needs a base and directions of that length", v.in)
	}
	if v.last != nil && slices.Equal(v.last.base, base) && slices.Equal(v.last.dirs, dirs) {
		return v.last, nil
	}
	s := v.restrict(nil, base, dirs, len(dirs)/v.in)
	if s.k > 1 {
		v.last = s
	}
	return s, nil
}

func (v *Victim) checkSteps(base []float64, coord []int, step, y []float64, in int) (int, error) {
	if len(base) != in || len(coord) != len(step) || len(y) != len(coord)*v.out {
		return 0, fmt.Errorf("oracle: %d coordinates, %d steps and %d answers do not match", len(coord), len(step), len(y))
	}
	v.coord = v.coord[:0]
	for _, j := range coord {
		if j < 0 || j >= in {
			return 0, fmt.Errorf("oracle: coordinate %d of %d", j, in)
		}
		v.coord = append(v.coord, int32(j))
	}
	return len(coord), nil
}

func batch(x, y []float64, in, out int) (int, error) {
	if in == 0 || len(x)%in != 0 || len(y) != len(x)/in*out {
		return 0, fmt.Errorf("oracle: %d numbers are not a batch of points in R^%d with %d answers", len(x), in, len(y))
	}
	return len(x) / in, nil
}

func at(x []float64) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(x)) }

func status(ok int32) error {
	if ok == 0 {
		return errFailed
	}
	return nil
}

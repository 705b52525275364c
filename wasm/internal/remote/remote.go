//go:build js && wasm

// Package remote asks a network behind HTTP. How a request is made, put together
// with others and repeated is for the worker script (wasm/httporacle.ts): here a
// batch goes out and its answers come back.
package remote

import (
	"fmt"
	"syscall/js"
	"unsafe"

	"peel/core/oracle"
	"peel/wasm/internal/bridge"
)

// Oracle is the remote network. Tasks that wait for it do not hold up others.
type Oracle struct {
	ask     js.Value // (Uint8Array of points) → Promise of a Uint8Array of answers
	in, out int
}

// New returns the oracle of a network with so many inputs and outputs.
func New(ask js.Value, in, out int) *Oracle { return &Oracle{ask, in, out} }

func (o *Oracle) Shape() (in, out int) { return o.in, o.out }

func (o *Oracle) Query(x, y []float64) error {
	if len(x)%o.in != 0 || len(y) != len(x)/o.in*o.out {
		return fmt.Errorf("oracle: %d numbers are not a batch of points in R^%d with %d answers", len(x), o.in, len(y))
	}
	if len(x) == 0 {
		return nil
	}
	answers, err := bridge.Await(o.ask.Invoke(bridge.Uint8Array(bytesOf(x))))
	if err != nil {
		return err
	}
	if n := answers.Length(); n != 8*len(y) {
		return fmt.Errorf("oracle: %d bytes are not %d answers", n, len(y))
	}
	js.CopyBytesToGo(bytesOf(y), answers)
	return nil
}

func (o *Oracle) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	return oracle.Plain{Oracle: o}.Restrict(base, dirs)
}

func (o *Oracle) Steps(base []float64, coord []int, step, y []float64) error {
	return oracle.Plain{Oracle: o}.Steps(base, coord, step, y)
}

// bytesOf are the bytes of numbers, which WebAssembly keeps little-endian, as
// they are sent.
func bytesOf(x []float64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 8*len(x))
}

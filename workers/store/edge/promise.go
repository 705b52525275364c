//go:build js && wasm

package edge

import (
	"fmt"
	"syscall/js"
)

// call calls a method that returns a promise, and waits for it.
func call(on js.Value, method string, args ...any) (result js.Value, err error) {
	defer func() { // what JavaScript throws before there is a promise
		if v := recover(); v != nil {
			err = fmt.Errorf("%s: %v", method, v)
		}
	}()
	done := make(chan struct{})
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		result = args[0]
		close(done)
		return nil
	})
	defer then.Release()
	catch := js.FuncOf(func(_ js.Value, args []js.Value) any {
		err = fmt.Errorf("%s: %s", method, args[0].Call("toString").String())
		close(done)
		return nil
	})
	defer catch.Release()
	on.Call(method, args...).Call("then", then, catch)
	<-done
	return result, err
}

// toGo copies an ArrayBuffer.
func toGo(buffer js.Value) []byte {
	bytes := js.Global().Get("Uint8Array").New(buffer)
	b := make([]byte, bytes.Length())
	js.CopyBytesToGo(b, bytes)
	return b
}

// toJS copies bytes into an ArrayBuffer.
func toJS(b []byte) js.Value {
	bytes := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(bytes, b)
	return bytes.Get("buffer")
}

//go:build js && wasm

// Package bridge lets the worker scripts call Go, and Go wait for them. The
// other side is wasm/program.ts.
package bridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"
)

// Host is the object that the worker script prepared for this program.
func Host() js.Value { return js.Global().Get("peelHost") }

// Method answers one call. What it returns is passed to js.ValueOf.
type Method func(params js.Value) (any, error)

// Serve offers methods to the worker script and never returns. Each call runs
// in a goroutine of its own and becomes a promise.
func Serve(methods map[string]Method) {
	promise := js.Global().Get("Promise")
	call := js.FuncOf(func(_ js.Value, args []js.Value) any {
		name, params := args[0].String(), args[1]
		var executor js.Func
		executor = js.FuncOf(func(_ js.Value, settle []js.Value) any {
			go func() {
				defer executor.Release()
				result, err := invoke(methods[name], name, params)
				if err != nil {
					settle[1].Invoke(js.Global().Get("Error").New(err.Error()))
					return
				}
				settle[0].Invoke(result)
			}()
			return nil
		})
		return promise.New(executor)
	})
	Host().Call("ready", call)
	select {}
}

func invoke(m Method, name string, params js.Value) (result any, err error) {
	if m == nil {
		return nil, fmt.Errorf("this worker knows no method %q", name)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("Peel made a mistake (%v): please report it with the run's seed and victim", r)
		}
	}()
	return m(params)
}

// Await blocks until a promise settles. Other goroutines and callbacks go on.
func Await(promise js.Value) (js.Value, error) {
	type outcome struct {
		v   js.Value
		err error
	}
	done := make(chan outcome, 1)
	ok := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{v: args[0]}
		return nil
	})
	defer ok.Release()
	failed := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{err: errors.New(message(args[0]))}
		return nil
	})
	defer failed.Release()
	promise.Call("then", ok, failed)
	o := <-done
	return o.v, o.err
}

func message(e js.Value) string {
	if e.Type() == js.TypeObject && e.Get("message").Type() == js.TypeString {
		return e.Get("message").String()
	}
	return js.Global().Get("String").Invoke(e).String()
}

// Bytes copies an ArrayBuffer or Uint8Array into Go.
func Bytes(v js.Value) []byte {
	u := v
	if !v.InstanceOf(js.Global().Get("Uint8Array")) {
		u = js.Global().Get("Uint8Array").New(v)
	}
	b := make([]byte, u.Length())
	js.CopyBytesToGo(b, u)
	return b
}

// Uint8Array copies bytes to JavaScript.
func Uint8Array(b []byte) js.Value {
	u := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(u, b)
	return u
}

// Value turns plain data into a JavaScript value by way of JSON.
func Value(v any) (js.Value, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return js.Undefined(), err
	}
	return js.Global().Get("JSON").Call("parse", string(b)), nil
}

// Parse turns a JavaScript value into plain data by way of JSON.
func Parse(v js.Value, into any) error {
	text := js.Global().Get("JSON").Call("stringify", v)
	if text.Type() != js.TypeString {
		return errors.New("a value is missing from a call")
	}
	return json.Unmarshal([]byte(text.String()), into)
}

//go:build js && wasm

package scorer

import (
	"fmt"
	"syscall/js"

	"peel/core/method"
	"peel/wasm/internal/bridge"
)

// methods answers with the ways to find signatures and signs.
func methods(js.Value) (any, error) {
	return bridge.Value(map[string]any{"signatures": method.Signatures, "signs": method.Signs})
}

// checkMethod {method, sizes} says what is wrong with a method for such a network,
// and nothing when it is right.
func checkMethod(p js.Value) (any, error) {
	var in struct {
		Method method.Method `json:"method"`
		Sizes  []int         `json:"sizes"`
	}
	if err := bridge.Parse(p, &in); err != nil {
		return nil, fmt.Errorf("%w: its samples and its layer must be whole numbers", method.ErrMethod)
	}
	if err := in.Method.Check(in.Sizes); err != nil {
		return err.Error(), nil
	}
	return "", nil
}

// Package weights reads and writes networks as safetensors files.
//
// Layer N (from 0) is two tensors: `layers.N.weight` of shape [out, in] and
// `layers.N.bias` of shape [out], as F64, or F32 which is widened exactly. ReLU
// stands between layers and the output is linear. Files come from strangers, so
// Decode checks every size before it allocates and refuses, in one plain
// sentence, whatever it does not fully understand.
package weights

import (
	"errors"
	"fmt"
	"unicode"

	"peel/core/nn"
)

// Meta is what a file says about its network: data set, recipe, accuracy, …
type Meta map[string]string

// ErrFile is wrapped by every error about a file that Decode refuses.
var ErrFile = errors.New("this is not a network file Peel can read")

// Limits on a file, beside those of package nn on the network in it.
const (
	MaxHeader = 1 << 20 // bytes of JSON before the numbers
	maxText   = 1 << 16 // bytes of one metadata value
)

// MaxFile is more bytes than the largest network takes: what is larger is
// refused before it is read.
const MaxFile = 8*nn.MaxParams + 8*nn.MaxWidth + MaxHeader + 8

// Refuse returns the error of a reader, of this format or another, that does not
// take a file. The sentence says what is wrong and what to do.
func Refuse(format string, args ...any) error { return refuse(format, args...) }

// Plain returns a word out of a file so that it fits into a sentence: short, and
// with nothing in it that does not print.
func Plain(s string) string {
	const most = 40
	out := []rune{}
	for _, r := range s {
		if len(out) == most {
			return string(out) + "…"
		}
		if !unicode.IsPrint(r) {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFile, fmt.Sprintf(format, args...))
}

func weightName(layer int) string { return fmt.Sprintf("layers.%d.weight", layer) }
func biasName(layer int) string   { return fmt.Sprintf("layers.%d.bias", layer) }

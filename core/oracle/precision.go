package oracle

import (
	"fmt"
	"math"
)

// Precision is how exactly an oracle answers: a defence, or just the way a
// service prints its numbers. The zero value leaves float64 answers as they are.
type Precision struct {
	// Format is the floating-point format of the answers, "float32" or
	// "float16"; empty for float64. Answers are rounded to nearest even.
	Format string `json:"precision,omitempty"`
	// Decimals is the number of decimal places, 1 to MaxDecimals; 0 for all.
	Decimals int `json:"decimals,omitempty"`
	// Noise is the standard deviation of what is added to every answer, in the
	// answer's own unit.
	Noise float64 `json:"noise,omitempty"`
}

// MaxDecimals is the largest number of decimal places: more are exact anyway.
const MaxDecimals = 15

// Check reports what is wrong with p, in one sentence.
func (p Precision) Check() error {
	switch {
	case p.Format != "" && formats[p.Format].round == nil:
		return fmt.Errorf("the precision %q is not float32 or float16 (leave it out for float64)", p.Format)
	case p.Decimals < 0 || p.Decimals > MaxDecimals:
		return fmt.Errorf("%d decimal places are not between 1 and %d (leave them out for all)", p.Decimals, MaxDecimals)
	case !(p.Noise >= 0) || p.Noise > math.MaxFloat32:
		return fmt.Errorf("the noise of %g is not a standard deviation", p.Noise)
	}
	return nil
}

// Degrade returns o with answers as inexact as p says, which must be valid.
// Noise is added first, the sum is rounded to the format, and that to the
// decimal places. Restrictions of it are as inexact. seed is that of the noise.
func (p Precision) Degrade(o Oracle, seed uint64) Oracle {
	if p.Noise > 0 {
		o = newNoisy(o, p.Noise, seed)
	}
	if f, ok := formats[p.Format]; ok {
		o = rounded{o, f.to(p.Format)}
	}
	if p.Decimals > 0 {
		o = rounded{o, decimals(p.Decimals)}
	}
	return o
}

package oracle

import (
	"errors"
	"fmt"
	"math"
)

// ErrOverflow is wrapped by the error for an answer that does not fit its
// format.
var ErrOverflow = errors.New("an answer is too large for the format it is given in")

// rounded replaces every answer v by round(v).
type rounded struct {
	Oracle
	round func(v float64) (float64, error)
}

func (r rounded) Query(x, y []float64) error {
	if err := r.Oracle.Query(x, y); err != nil {
		return err
	}
	return r.all(y)
}

func (r rounded) Steps(base []float64, coord []int, step, y []float64) error {
	if err := r.Oracle.Steps(base, coord, step, y); err != nil {
		return err
	}
	return r.all(y)
}

func (r rounded) Restrict(base, dirs []float64) (Oracle, error) {
	o, err := r.Oracle.Restrict(base, dirs)
	if err != nil {
		return nil, err
	}
	return rounded{o, r.round}, nil
}

func (r rounded) all(y []float64) (err error) {
	for i, v := range y {
		if y[i], err = r.round(v); err != nil {
			return err
		}
	}
	return nil
}

// format is a floating-point format narrower than float64.
type format struct {
	round func(v float64) float64 // ±Inf beyond largest
	most  float64                 // its largest number
}

var formats = map[string]format{
	"float32": {func(v float64) float64 { return float64(float32(v)) }, math.MaxFloat32},
	"float16": {Float16, 65504},
}

// to rounds to the format and refuses finite numbers that do not fit.
func (f format) to(name string) func(v float64) (float64, error) {
	return func(v float64) (float64, error) {
		r := f.round(v)
		if math.IsInf(r, 0) && !math.IsInf(v, 0) {
			return r, fmt.Errorf("%w: %.4g is beyond the largest %s, %.5g", ErrOverflow, v, name, f.most)
		}
		return r, nil
	}
}

// Float16 rounds to IEEE 754 binary16, nearest even: 11 significant bits,
// multiples of 2^-24, nothing beyond 65504.
func Float16(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return v
	}
	unit := math.Ldexp(1, max(math.Ilogb(v), -14)-10)
	r := math.RoundToEven(v/unit) * unit // scaling by powers of two is exact
	if math.Abs(r) > 65504 {
		return math.Inf(int(math.Copysign(1, v)))
	}
	return r
}

// decimals rounds to k decimal places: the float64 nearest to what is printed.
func decimals(k int) func(v float64) (float64, error) {
	unit := math.Pow10(k)
	return func(v float64) (float64, error) {
		if s := v * unit; math.Abs(s) < 1<<53 { // beyond, v has no such places
			return math.RoundToEven(s) / unit, nil
		}
		return v, nil
	}
}

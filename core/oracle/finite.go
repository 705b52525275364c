package oracle

import (
	"errors"
	"math"
)

// ErrNotFinite is returned when an answer is NaN or infinite: the victim
// overflowed, or what answers is not a network.
var ErrNotFinite = errors.New("an answer of the oracle is not a finite number")

// Finite refuses answers that are not finite numbers, so that nothing after it
// need think of them.
type Finite struct{ Oracle }

func (f Finite) Query(x, y []float64) error {
	if err := f.Oracle.Query(x, y); err != nil {
		return err
	}
	return checkFinite(y)
}

func (f Finite) Steps(base []float64, coord []int, step, y []float64) error {
	if err := f.Oracle.Steps(base, coord, step, y); err != nil {
		return err
	}
	return checkFinite(y)
}

func (f Finite) Restrict(base, dirs []float64) (Oracle, error) {
	o, err := f.Oracle.Restrict(base, dirs)
	if err != nil {
		return nil, err
	}
	return Finite{o}, nil
}

func checkFinite(y []float64) error {
	for _, v := range y {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return ErrNotFinite
		}
	}
	return nil
}

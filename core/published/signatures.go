package published

import (
	"errors"

	"peel/core/method"
)

// Signatures makes the first step of a method that finds rows.
func (library) Signatures(a *method.Attack) (method.Step, error) {
	return nil, errors.New("no signatures yet")
}

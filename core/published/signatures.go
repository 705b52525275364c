package published

import (
	"fmt"

	"peel/core/method"
)

// Signatures makes the first step of a method that finds rows.
func (library) Signatures(a *method.Attack) (method.Step, error) {
	switch a.Method.Signature {
	case method.Carlini:
		return newHunt(a, rules{improve: a.Method.Improve}).sweep(), nil
	case method.Foerster:
		return newHunt(a, rules{drop: true, full: true, each: true, improve: a.Method.Improve}).sweep(), nil
	}
	return nil, fmt.Errorf("%w: there is no way %q to find signatures in this package", method.ErrMethod, a.Method.Signature)
}

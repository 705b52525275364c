package published

import (
	"fmt"

	"peel/core/method"
)

// Signs makes the first step of a method that finds signs.
func (library) Signs(a *method.Attack) (method.Step, error) {
	return nil, fmt.Errorf("%w: there is no way %q to find signs in this build", method.ErrMethod, a.Method.Sign)
}

package published

import (
	"encoding/json"
	"fmt"

	"peel/core/method"
)

// Signs makes the first step of a method that finds signs, or nil where the
// method has nothing to do. A method that does not apply says why in the attack.
func (library) Signs(a *method.Attack) (method.Step, error) {
	if len(a.Rows) == 0 {
		return nil, nil
	}
	switch a.Method.Sign {
	case method.Freeze:
		return newFreeze(a), nil
	case method.Exhaustive:
		return newExhaustive(a), nil
	case method.SOE:
		return newSOE(a), nil
	case method.Wiggle:
		return newWiggle(a), nil
	case method.LastHidden:
		return newLastHidden(a), nil
	}
	return nil, fmt.Errorf("%w: there is no way %q to find signs in this build", method.ErrMethod, a.Method.Sign)
}

// signed sets a sign that was computed and not voted.
func signed(a *method.Attack, k int, sign float64) {
	a.Rows[k].Sign, a.Rows[k].Confidence = sign, 1
}

// unsigned says why a neuron has no sign.
func unsigned(a *method.Attack, k int, why string) string {
	return fmt.Sprintf("layer %d: neuron %d has no sign: %s", a.Layer, k+1, why)
}

// inapplicable says why a whole layer has no signs.
func inapplicable(a *method.Attack, format string, args ...any) {
	a.Why = append(a.Why, fmt.Sprintf("layer %d has no signs: ", a.Layer)+fmt.Sprintf(format, args...))
}

// decodeAll reads results of one type.
func decodeAll[T any](results []json.RawMessage) ([]T, error) {
	out := make([]T, len(results))
	for i, r := range results {
		if err := json.Unmarshal(r, &out[i]); err != nil {
			return nil, fmt.Errorf("task %d: its result cannot be read: %w", i, err)
		}
	}
	return out, nil
}

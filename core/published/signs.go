package published

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"peel/core/method"
)

// Signs makes the first step of a method that finds signs, or nil where the
// method has nothing to do. A method that does not apply says why in the attack.
func (library) Signs(a *method.Attack) (method.Step, error) {
	if len(a.Rows) == 0 {
		return nil, nil
	}
	switch way(a) {
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

// way is the sign method that layer k gets. Two of them are made for the last
// hidden layer; end to end, the layers before it get what the same authors use
// there: C freeze, CM systems of equations in layer 1 and wiggles after it. An
// idealised run measures what was named, whatever comes of it.
func way(a *method.Attack) string {
	if a.Method.Idealised > 0 || a.Last() {
		return a.Method.Sign
	}
	switch {
	case a.Method.Sign == method.Exhaustive:
		return method.Freeze
	case a.Method.Sign == method.LastHidden && a.Layer == 1:
		return method.SOE
	case a.Method.Sign == method.LastHidden:
		return method.Wiggle
	}
	return a.Method.Sign
}

// settle sets a sign that was computed and not voted.
func settle(a *method.Attack, k int, sign float64) {
	a.Rows[k].Sign, a.Rows[k].Confidence = sign, 1
}

// reasons collects why neurons have no sign.
type reasons struct {
	why     []string // in the order in which they came
	neurons [][]int  // 1-based
}

func (r *reasons) add(k int, why string) {
	i := slices.Index(r.why, why)
	if i < 0 {
		i = len(r.why)
		r.why, r.neurons = append(r.why, why), append(r.neurons, nil)
	}
	r.neurons[i] = append(r.neurons[i], k+1)
}

// tell puts the reasons into the attack, neurons of one reason together.
func (r *reasons) tell(a *method.Attack) {
	for i, why := range r.why {
		ids := r.neurons[i]
		who := fmt.Sprintf("neuron %d has no sign", ids[0])
		if last := len(ids) - 1; last > 0 {
			list := strings.Trim(strings.ReplaceAll(fmt.Sprint(ids[:last]), " ", ", "), "[]")
			who = fmt.Sprintf("neurons %s and %d have no sign", list, ids[last])
		}
		a.Why = append(a.Why, who+": "+why)
	}
}

// inapplicable says why a whole layer has no signs.
func inapplicable(a *method.Attack, format string, args ...any) {
	a.Why = append(a.Why, fmt.Sprintf("no sign was found: "+format, args...))
}

// all puts the answers of a step's tasks together. There are none, and the attack
// says why, when the queries ran out before all came.
func all(a *method.Attack, t method.Step, results []json.RawMessage) ([]float64, error) {
	y, err := decodeAll[[]float64](results)
	if err != nil {
		return nil, err
	}
	if len(results) < t.Tasks() {
		inapplicable(a, "the queries ran out")
		return nil, nil
	}
	return flatten(y), nil
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

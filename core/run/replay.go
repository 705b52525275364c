package run

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"peel/core/extract"
)

// Replay drives a run from its results as far as they go, asking nothing. The
// outcome is nil when more would have to be asked; then the run can go on from
// there. Results may come from a stranger: whatever they hold, Replay returns.
func Replay(spec Spec, results []extract.Result, sink Sink) (out *extract.Outcome, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("the journal does not fit this run (%v)", r)
		}
	}()
	out, err = Drive(context.Background(), spec, noHands{}, past(results), sink)
	if errors.Is(err, errEnough) {
		return nil, nil
	}
	return out, err
}

var errEnough = errors.New("the journal ends here")

// noHands is an Executor that does no task.
type noHands struct{}

func (noHands) Run(context.Context, *extract.State, []extract.Result, []extract.Task, func(extract.Result) error) error {
	return errEnough
}

// past is a Journal that is only read.
type past []extract.Result

func (p past) Load() ([]extract.Result, error) { return p, nil }
func (past) Append(extract.Result) error       { return errEnough }

// AppendResults writes results one a line, in the order of their tasks and each
// once, so that the same run gives the same text whoever did its tasks.
func AppendResults(b []byte, results []extract.Result) []byte {
	for _, r := range inOrder(results) {
		b = append(extract.AppendResult(b, r), '\n')
	}
	return b
}

// ParseResults reads what AppendResults wrote.
func ParseResults(text []byte) ([]extract.Result, error) {
	var out []extract.Result
	for n := 1; len(text) > 0; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		r, err := extract.ParseResult(line)
		if err != nil || !whole {
			return nil, fmt.Errorf("line %d of its journal is damaged", n)
		}
		out, text = append(out, r), rest
	}
	return out, nil
}

// inOrder sorts results by round and index and drops repeats.
func inOrder(results []extract.Result) []extract.Result {
	sorted := slices.Clone(results)
	slices.SortStableFunc(sorted, func(a, b extract.Result) int {
		return cmp.Or(cmp.Compare(a.Round, b.Round), cmp.Compare(a.Index, b.Index))
	})
	return slices.CompactFunc(sorted, func(a, b extract.Result) bool { return a.Round == b.Round && a.Index == b.Index })
}

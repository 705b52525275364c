package link

import (
	"errors"
	"fmt"
)

// Every error of Decode wraps one of these and is one plain sentence.
var (
	ErrForeign   = errors.New("this is not a link of Peel")
	ErrFuture    = errors.New("this link needs a newer Peel")
	ErrTruncated = errors.New("this link is cut short")
	ErrBroken    = errors.New("this link was damaged on its way")
	// ErrHostile is for a link that arrived whole and still says what Peel never
	// writes.
	ErrHostile = errors.New("this link was not made by Peel, though it looks like it")
)

// ErrExperiment is wrapped by every error about an experiment that no link can
// hold.
var ErrExperiment = errors.New("this experiment cannot be put in a link")

func hostile(format string, args ...any) error {
	return fmt.Errorf("%w: %s; do not trust where it comes from", ErrHostile, fmt.Sprintf(format, args...))
}

func future(format string, args ...any) error {
	return fmt.Errorf("%w: %s; open it in a newer one", ErrFuture, fmt.Sprintf(format, args...))
}

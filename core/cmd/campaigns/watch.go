package campaigns

import (
	"context"
	"errors"
	"time"

	"peel/core/oracle"
)

// errTime ends a run that takes longer than it may.
var errTime = errors.New("the time is used up")

// watch counts the queries of one run as they are asked, and ends it when its
// time is up or the campaign is stopped.
type watch struct {
	ctx   context.Context
	until time.Duration // on the thread's clock
	asked int64
	next  int64 // looks at the clock again when so many are asked
}

// everyQueries is how often the clock is looked at, which costs as much as a few queries.
const everyQueries = 256

func (w *watch) ask(n int) error {
	w.asked += int64(n)
	if w.asked < w.next {
		return nil
	}
	w.next = w.asked + everyQueries
	return w.check()
}

func (w *watch) check() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if threadTime() > w.until {
		return errTime
	}
	return nil
}

// watched is an oracle under a watch.
type watched struct {
	oracle.Oracle
	w *watch
}

func (o watched) Query(x, y []float64) error {
	in, _ := o.Shape()
	if err := o.w.ask(len(x) / in); err != nil {
		return err
	}
	return o.Oracle.Query(x, y)
}

func (o watched) Steps(base []float64, coord []int, step []float64, y []float64) error {
	if err := o.w.ask(len(coord)); err != nil {
		return err
	}
	return o.Oracle.Steps(base, coord, step, y)
}

func (o watched) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	r, err := o.Oracle.Restrict(base, dirs)
	if err != nil {
		return nil, err
	}
	return watched{r, o.w}, nil
}

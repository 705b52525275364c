package oracle

// Counter counts every query that passes and refuses those beyond an allowance.
type Counter struct {
	o     Oracle
	state *tally
}

type tally struct {
	used  int64
	limit int64 // < 0: none
}

// Count wraps o. A negative limit allows any number of queries.
func Count(o Oracle, limit int64) *Counter {
	return &Counter{o: o, state: &tally{limit: limit}}
}

// Used returns the number of queries answered so far, restrictions included.
func (c *Counter) Used() int64 { return c.state.used }

func (t *tally) take(n int) error {
	if t.limit >= 0 && t.used+int64(n) > t.limit {
		return ErrBudget
	}
	t.used += int64(n)
	return nil
}

func (c *Counter) Shape() (in, out int) { return c.o.Shape() }

func (c *Counter) Query(x, y []float64) error {
	in, _ := c.Shape()
	if err := c.state.take(len(x) / in); err != nil {
		return err
	}
	return c.o.Query(x, y)
}

func (c *Counter) Steps(base []float64, coord []int, step []float64, y []float64) error {
	if err := c.state.take(len(coord)); err != nil {
		return err
	}
	return c.o.Steps(base, coord, step, y)
}

func (c *Counter) Restrict(base, dirs []float64) (Oracle, error) {
	o, err := c.o.Restrict(base, dirs)
	if err != nil {
		return nil, err
	}
	return &Counter{o: o, state: c.state}, nil
}

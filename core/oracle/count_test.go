package oracle_test

import (
	"errors"
	"testing"

	"peel/core/oracle"
	"peel/core/rng"
)

// asked counts the points that reach the victim itself.
type asked struct {
	oracle.Oracle
	n *int64
}

func (a asked) Query(x, y []float64) error {
	in, _ := a.Shape()
	*a.n += int64(len(x) / in)
	return a.Oracle.Query(x, y)
}

func (a asked) Steps(base []float64, coord []int, step, y []float64) error {
	*a.n += int64(len(coord))
	return a.Oracle.Steps(base, coord, step, y)
}

func (a asked) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	o, err := a.Oracle.Restrict(base, dirs)
	return asked{o, a.n}, err
}

// A random walk through everything an oracle offers: the count is what reached
// the victim, whatever the nesting, and never above the limit; a refused batch
// reaches nobody and is not counted.
func TestCountIsExact(t *testing.T) {
	for seed := range uint64(40) {
		r := rng.New(seed)
		n := int64(0)
		limit := int64(r.Intn(120)) - 20 // one in six without a limit
		var victim oracle.Oracle = oracle.NewVictim(random(seed, 6, 4, 3, 2))
		if seed%2 == 1 {
			victim = oracle.Plain{Oracle: victim}
		}
		c := oracle.Count(asked{victim, &n}, limit)
		open := []oracle.Oracle{c}
		refused := 0
		for range 60 {
			o := open[r.Intn(len(open))]
			in, out := o.Shape()
			before := n
			size := r.Intn(6)
			var err error
			switch r.Intn(3) {
			case 0:
				err = o.Query(make([]float64, size*in), make([]float64, size*out))
			case 1:
				err = o.Steps(make([]float64, in), make([]int, size), make([]float64, size), make([]float64, size*out))
			case 2:
				s, err := o.Restrict(make([]float64, in), r.NormalVec(make([]float64, in*(1+r.Intn(3))), 1))
				must(t, err)
				open = append(open, s)
				size = 0
			}
			switch {
			case err == nil && n-before != int64(size):
				t.Fatalf("seed %d: %d points asked, %d reached the victim", seed, size, n-before)
			case errors.Is(err, oracle.ErrBudget):
				refused++
				if n != before || limit < 0 || n+int64(size) <= limit {
					t.Fatalf("seed %d: %d more after %d of %d were refused, and %d reached the victim", seed, size, before, limit, n-before)
				}
			case err != nil:
				t.Fatal(err)
			}
			if c.Used() != n || limit >= 0 && n > limit {
				t.Fatalf("seed %d: counted %d of %d, %d reached the victim", seed, c.Used(), limit, n)
			}
		}
		if limit >= 0 && limit < 20 && refused == 0 {
			t.Errorf("seed %d: a limit of %d was never felt", seed, limit)
		}
	}
}

// After a refusal a smaller batch that fits is still answered.
func TestRefusalIsNotFinal(t *testing.T) {
	c := oracle.Count(oracle.NewVictim(random(1, 3, 2, 1)), 5)
	ask := func(n int) error { return c.Query(make([]float64, 3*n), make([]float64, n)) }
	must(t, ask(3))
	if err := ask(3); !errors.Is(err, oracle.ErrBudget) || c.Used() != 3 {
		t.Fatalf("3 of 2 left: %v, %d used", err, c.Used())
	}
	must(t, ask(2))
	if err := ask(1); !errors.Is(err, oracle.ErrBudget) || c.Used() != 5 {
		t.Fatalf("1 of 0 left: %v, %d used", err, c.Used())
	}
	must(t, ask(0))
}

// A limit of zero is a limit; none is a negative one.
func TestLimitOfZero(t *testing.T) {
	c := oracle.Count(oracle.NewVictim(random(1, 3, 2, 1)), 0)
	if err := c.Query(make([]float64, 3), make([]float64, 1)); !errors.Is(err, oracle.ErrBudget) {
		t.Errorf("got %v", err)
	}
}

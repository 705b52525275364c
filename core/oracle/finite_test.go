package oracle_test

import (
	"errors"
	"math"
	"testing"

	"peel/core/oracle"
)

// Every way to ask refuses an answer that is no number, and passes numbers on.
func TestFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e308} {
		net := random(1, 4, 3, 2)
		net.Layers[1].B[1] = bad // the second output
		o := oracle.Finite{Oracle: oracle.NewVictim(net)}
		s, err := o.Restrict(make([]float64, 4), make([]float64, 8))
		must(t, err)
		s2, err := s.Restrict(make([]float64, 2), make([]float64, 2))
		must(t, err)
		y := make([]float64, 4)
		for name, err := range map[string]error{
			"query":                 o.Query(make([]float64, 8), y),
			"steps":                 o.Steps(make([]float64, 4), []int{0, 3}, []float64{1, 2}, y),
			"query in a subspace":   s.Query(make([]float64, 4), y),
			"steps in a subspace":   s.Steps(make([]float64, 2), []int{0, 1}, []float64{1, 2}, y),
			"query in one of those": s2.Query(make([]float64, 2), y),
		} {
			if want := bad != 1e308; errors.Is(err, oracle.ErrNotFinite) != want {
				t.Errorf("%v, %s: %v", bad, name, err)
			}
		}
	}
}

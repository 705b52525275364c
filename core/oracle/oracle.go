// Package oracle is the black box: the only thing the attack ever sees of its
// victim. An Oracle answers points with raw outputs; wrappers count, limit and
// degrade the answers. Nothing in this package can reach a weight except
// Victim, which answers in process and keeps them to itself.
package oracle

import "errors"

// ErrBudget is returned when a query would exceed the budget. The query was not
// asked and is not counted.
var ErrBudget = errors.New("the query budget is used up")

// Oracle answers queries. A batch is n points one after another; every point is
// one counted query however it is described.
//
// An Oracle is used by one goroutine at a time.
type Oracle interface {
	// Shape returns the input and output widths d0 and dout.
	Shape() (in, out int)
	// Query writes f of the n = len(x)/d0 points in x (n×d0) to y (n×dout).
	Query(x, y []float64) error
	// Restrict returns the oracle restricted to the affine subspace
	//
	//	c ↦ f(base + Σ_j c_j dirs_j),   base ∈ R^d0, dirs k×d0 row-major,
	//
	// as an Oracle with input width k. A simulated victim answers such points
	// in O(d1·k) instead of O(d1·d0); the answers equal the plain ones to
	// rounding, and each is one query of the same count and budget.
	Restrict(base, dirs []float64) (Oracle, error)
	// Steps writes f(base + step_i·e_{coord_i}) for every i to y (n×dout):
	// the points of a finite-difference gradient.
	Steps(base []float64, coord []int, step []float64, y []float64) error
}

package fidelity

import (
	"fmt"

	"peel/core/nn"
)

// Rows compares the rows of two networks of one shape, layer by layer, and
// nothing else. It is for a network of which only some layers were recovered:
// the others come out as they are, and are not to be looked at. undecided is
// Options.Undecided.
func Rows(victim, recovered *nn.Network, undecided [][]bool) ([]Layer, error) {
	if victim.Hidden() != recovered.Hidden() || victim.In() != recovered.In() || victim.Out() != recovered.Out() {
		return nil, fmt.Errorf("a network of sizes %v cannot be compared row by row with one of %v", recovered.Sizes(), victim.Sizes())
	}
	return align(victim, recovered, undecided), nil
}

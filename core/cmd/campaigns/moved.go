package campaigns

import (
	"errors"

	"peel/core/campaign"
)

var errMoved = errors.New("this build of Peel cannot move a neuron; leave out \"moved\"")

// moved makes a victim, and moves one of its neurons where that is asked for.
func (v *Victims) moved(victim campaign.Victim) (*made, error) {
	if victim.Moved != (campaign.Moved{}) {
		return nil, errMoved
	}
	net, err := v.make(victim)
	return &made{Network: net}, err
}

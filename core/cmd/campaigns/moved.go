package campaigns

import (
	"fmt"

	"peel/core/campaign"
	"peel/core/published"
)

// moved makes a victim, and moves one of its neurons where that is asked for.
func (v *Victims) moved(victim campaign.Victim) (*made, error) {
	net, err := v.make(victim.Whole())
	m := victim.Moved
	if err != nil || m == (campaign.Moved{}) {
		return &made{Network: net}, err
	}
	if m.Layer > net.Hidden() || m.Neuron > net.Layers[m.Layer-1].Out || m.Nearest >= net.Layers[m.Layer-1].Out {
		return nil, fmt.Errorf("%s has no neuron %d in layer %d with %d neighbours to move it by", victim.Whole().Name(), m.Neuron, m.Layer, m.Nearest)
	}
	family := published.HardFamily(net, m.Layer, m.Neuron, m.Nearest, []float64{m.Factor})
	return &made{family[0].Net, family[0].Distance}, family[0].Net.Validate()
}

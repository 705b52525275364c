// Package sign decides which side of a neuron's hyperplane is active.
package sign

import (
	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
)

// Vote is the evidence of one freeze test.
type Vote struct {
	Sign  float64 // +1 or −1 in the orientation of the hyperplane, 0 when undecided
	Ratio float64 // how many expected errors the active side moved
}

// Freeze moves from a point p of a neuron's hyperplane by ±reach·v, where v
// changes the pre-activation of this neuron of its layer and of no other. On
// the inactive side nothing reaches the output: f stays exactly where it was,
// however far the move. It asks three queries. (Carlini et al. 2020, section
// 4.4, in the form that Canales-Martínez et al. 2024, section 4.3, call
// freeze: it needs the layer's rows to be independent in the space we control.)
//
// drift is the relative error of v: how much of the move leaks to other neurons.
func Freeze(o oracle.Oracle, p, v []float64, reach, drift float64, noise critical.Noise) (Vote, error) {
	in, out := o.Shape()
	noise = noise.At(p)
	x := make([]float64, 3*in)
	y := make([]float64, 3*out)
	for i := range p {
		d := float64(reach * v[i])
		x[i], x[in+i], x[2*in+i] = p[i], p[i]+d, p[i]-d
	}
	if err := o.Query(x, y); err != nil {
		return Vote{}, err
	}
	for k := range out {
		y[out+k] -= y[k]
		y[2*out+k] -= y[k]
	}
	plus, minus := linalg.MaxAbs(y[out:2*out]), linalg.MaxAbs(y[2*out:])
	big, small, s := plus, minus, 1.0
	if minus > plus {
		big, small, s = minus, plus, -1.0
	}
	floor := float64(16*noise.Of(y[:out])) + float64(drift*big)
	if small <= floor && big > float64(100*floor) {
		return Vote{Sign: s, Ratio: big / floor}, nil
	}
	return Vote{}, nil
}

package fidelity

import "peel/core/nn"

// activity notes which hidden neurons some input has switched on. Once all have
// been, seeing more inputs costs nothing.
type activity struct {
	net  *nn.Network
	on   [][]bool
	off  int // neurons not seen on yet
	a, b []float64
}

func newActivity(net *nn.Network) *activity {
	a := &activity{net: net}
	width := 0
	for i := range net.Hidden() {
		n := net.Layers[i].Out
		a.on = append(a.on, make([]bool, n))
		a.off += n
		width = max(width, n)
	}
	a.a, a.b = make([]float64, width), make([]float64, width)
	return a
}

// see notes the neurons that x switches on.
func (a *activity) see(x []float64) {
	if a.off == 0 {
		return
	}
	h, next := x, a.a
	for i, on := range a.on {
		l := &a.net.Layers[i]
		z := next[:l.Out]
		nn.Affine(z, l.W, h, l.B)
		for k, v := range z {
			if v > 0 && !on[k] {
				on[k] = true
				a.off--
			}
			z[k] = max(v, 0)
		}
		if i%2 == 0 {
			h, next = z, a.b
		} else {
			h, next = z, a.a
		}
	}
}

// never counts the neurons of hidden layer i (from 0) that nothing switched on.
func (a *activity) never(i int) int {
	n := 0
	for _, on := range a.on[i] {
		if !on {
			n++
		}
	}
	return n
}

package oracle

import "peel/core/nn"

// Insider is an oracle that can also tell the first layers of its victim. Only an
// idealised run asks it, which attacks one layer with the true ones before it
// given, as the papers measure; its spec and everything that shows it say so.
type Insider interface {
	Oracle
	// Layers returns the first n layers. Nobody may change them.
	Layers(n int) ([]nn.Layer, error)
}

// Inside returns an oracle for net, which must be valid, that tells its layers.
func Inside(net *nn.Network) Insider { return inside{NewVictim(net), net} }

type inside struct {
	Oracle
	net *nn.Network
}

func (i inside) Layers(n int) ([]nn.Layer, error) { return i.net.Layers[:n], nil }

// Pass returns o, which asks what in asks, with in's layers.
func Pass(o Oracle, in Insider) Insider { return passed{o, in} }

// Only returns o without what it may tell besides answers.
func Only(o Oracle) Oracle {
	if _, inside := o.(Insider); inside {
		return struct{ Oracle }{o}
	}
	return o
}

type passed struct {
	Oracle
	in Insider
}

func (p passed) Layers(n int) ([]nn.Layer, error) { return p.in.Layers(n) }

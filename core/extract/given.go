package extract

import (
	"encoding/json"
	"errors"
	"fmt"

	"peel/core/linalg"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// ErrInside is returned by an idealised run against an oracle that tells nothing
// but answers.
var ErrInside = errors.New("an idealised run needs the true layers before the one it attacks, and this black box only answers; attack a network that you have")

// given are the true layers that an idealised run begins with, scaled so that
// every row w has ‖w‖ = 1; what reads it takes up its scale.
type given struct {
	Layers []givenLayer `json:"layers"`
	// Rows are those of the layer under attack, where only its signs are
	// attacked: their orientation is that whose first weight is positive.
	Rows *givenLayer `json:"rows,omitempty"`
}

type givenLayer struct {
	W Vec `json:"w"` // width×inputs
	B Vec `json:"b"`
}

// givenStage asks for the layers before the one an idealised run attacks. They
// are the result of a task like any other, so the journal holds them.
type givenStage struct{}

func (givenStage) phase() Phase      { return PhaseSubspace }
func (givenStage) layer() int        { return 0 }
func (givenStage) kind() string      { return "given" }
func (givenStage) tasks(*State) int  { return 1 }
func (givenStage) cost(*State) int64 { return 0 }
func (givenStage) mustAsk(s *State) int { // how many layers
	n := s.cfg.Method.Idealised - 1
	if s.cfg.Method.Signature == method.Given {
		n++
	}
	return n
}

func (givenStage) do(*State, int, oracle.Oracle, *rng.Stream) (any, error) { return nil, ErrInside }

// tell is do with an oracle that was not wrapped.
func (t givenStage) tell(s *State, o oracle.Oracle) (any, error) {
	in, ok := o.(oracle.Insider)
	if !ok {
		return nil, ErrInside
	}
	layers, err := in.Layers(t.mustAsk(s))
	if err != nil {
		return nil, err
	}
	g := given{Layers: unitLayers(layers)}
	if s.cfg.Method.Signature == method.Given {
		last := g.Layers[len(g.Layers)-1]
		g.Layers = g.Layers[:len(g.Layers)-1]
		orient(last)
		g.Rows = &last
	}
	return g, nil
}

// unitLayers scales rows to ‖w‖ = 1, from the first layer on. A row of zeros
// stays as it is.
func unitLayers(layers []nn.Layer) []givenLayer {
	var out []givenLayer
	var below []float64 // the scale of each input
	for i := range layers {
		l := &layers[i]
		u := givenLayer{W: append(Vec{}, l.W...), B: append(Vec{}, l.B...)}
		scale := make([]float64, l.Out)
		for k := range l.Out {
			w := u.W[k*l.In:][:l.In]
			for j, s := range below {
				w[j] = float64(w[j] * s)
			}
			if scale[k] = linalg.Norm(w); scale[k] == 0 {
				scale[k] = 1
			}
			for j := range w {
				w[j] /= scale[k]
			}
			u.B[k] /= scale[k]
		}
		out, below = append(out, u), scale
	}
	return out
}

// orient turns every row so that its first weight that is not 0 is positive.
func orient(l givenLayer) {
	n := len(l.W) / len(l.B)
	for k := range l.B {
		w := l.W[k*n:][:n]
		for _, v := range w {
			if v < 0 {
				linalg.Scale(-1, w)
				l.B[k] = -l.B[k]
			}
			if v != 0 {
				break
			}
		}
	}
}

func (t givenStage) apply(s *State, results []json.RawMessage) (stage, error) {
	if len(results) == 0 {
		return nil, nil
	}
	g, err := decode[given](results[0])
	if err != nil {
		return nil, err
	}
	for i, l := range append(g.Layers[:len(g.Layers):len(g.Layers)], g.rows()...) {
		if len(l.W) != s.width(i)*s.width(i+1) || len(l.B) != s.width(i+1) || i+1 > t.mustAsk(s) {
			return nil, fmt.Errorf("a result in the journal is damaged: the layer %d it gives has another shape", i+1)
		}
	}
	if len(g.Layers) != s.cfg.Method.Idealised-1 || len(g.rows()) != t.mustAsk(s)-len(g.Layers) {
		return nil, fmt.Errorf("a result in the journal is damaged: it gives %d layers", len(g.Layers))
	}
	s.given = &g
	return &scaleStage{}, nil
}

func (g *given) rows() []givenLayer {
	if g.Rows == nil {
		return nil
	}
	return []givenLayer{*g.Rows}
}

// neurons returns a given layer as if it had been recovered, with a sign.
func (g givenLayer) neurons(sign float64) []*neuron {
	n := len(g.W) / len(g.B)
	out := make([]*neuron, len(g.B))
	for k := range out {
		out[k] = &neuron{Hyperplane: signature.Hyperplane{W: append([]float64(nil), g.W[k*n:][:n]...), B: g.B[k]}, sign: sign}
	}
	return out
}

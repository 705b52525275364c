package extract_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"peel/core/extract"
	"peel/core/fidelity"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/run"
)

// gaussian returns a random network with biases; the weights of a neuron have
// variance 1/inputs, so that activations keep their size from layer to layer.
func gaussian(seed uint64, sizes ...int) *nn.Network {
	net, r := nn.New(sizes), rng.New(seed, 77)
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1/math.Sqrt(float64(net.Layers[i].In)))
		r.NormalVec(net.Layers[i].B, 0.1)
	}
	return net
}

// attacked is a run and what may be said about it.
type attacked struct {
	out     *extract.Outcome
	queries int64 // that reached the victim
	report  *fidelity.Report
}

// errTooMany ends a run that asks absurdly many queries.
var errTooMany = errors.New("absurdly many queries")

// most is far above what any run should need. A run that finds everything needs
// some ten queries a parameter; one that goes on looking for neurons that cannot
// be seen sweeps a limited number of lines.
func most(net *nn.Network) int64 { return 1000*int64(net.Params()) + 250_000 }

// capped answers until left queries are used up, then fails.
type capped struct {
	oracle.Oracle
	left *int64
}

func (c capped) take(n int) error {
	if *c.left -= int64(n); *c.left < 0 {
		return errTooMany
	}
	return nil
}

func (c capped) Query(x, y []float64) error {
	in, _ := c.Shape()
	if err := c.take(len(x) / in); err != nil {
		return err
	}
	return c.Oracle.Query(x, y)
}

func (c capped) Steps(base []float64, coord []int, step, y []float64) error {
	if err := c.take(len(coord)); err != nil {
		return err
	}
	return c.Oracle.Steps(base, coord, step, y)
}

func (c capped) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	o, err := c.Oracle.Restrict(base, dirs)
	return capped{o, c.left}, err
}

// attack runs the engine on an oracle of the victim's shape, with a bound on
// the queries.
func attack(o oracle.Oracle, sizes []int, seed uint64, most int64) (*extract.Outcome, int64, error) {
	left := most
	spec := run.NewSpec(run.Victim{SHA256: nn.New(sizes).Fingerprint()}, sizes, seed)
	out, err := run.Drive(context.Background(), spec, run.NewPool([]oracle.Oracle{capped{o, &left}}), &run.Memory{}, func(extract.Event) {})
	return out, most - left, err
}

// score attacks a network and checks what must hold of every run: it ends
// within the queries allowed, counts them right, claims nothing that the score
// denies, and names what is missing otherwise.
func score(t *testing.T, name string, net *nn.Network, seed uint64) *attacked {
	t.Helper()
	out, queries, err := attack(oracle.NewVictim(net), net.Sizes(), seed, most(net))
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return nil
	}
	if out.Queries != queries {
		t.Errorf("%s: %d queries counted, %d asked", name, out.Queries, queries)
	}
	if err := out.Network.Validate(); err != nil {
		t.Errorf("%s: the result is not a network: %v", name, err)
		return nil
	}
	accounted(t, name, out)
	r, err := fidelity.Compare(net, out.Network, fidelity.Options{Seed: seed, Samples: 1000, Undecided: out.Undecided()})
	if err != nil {
		t.Fatal(err)
	}
	a := &attacked{out, queries, r}
	if out.Complete && (!out.Verified || len(out.Missing) > 0 || !r.Equivalent()) {
		t.Errorf("%s: claims to be complete, but %v", name, a)
	}
	if off, scale := farOff(net, out.Network, seed); out.Complete && off > 1e-6 {
		t.Errorf("%s: claims to be complete, but at inputs of size %v it is off by %.1e; %v", name, scale, off, a)
	}
	if out.Complete && queries > 200*int64(net.Params())+2000 {
		t.Errorf("%s: complete with %d queries for %d parameters", name, queries, net.Params())
	}
	if !out.Complete && len(out.Missing) == 0 {
		t.Errorf("%s: incomplete, and does not say why", name)
	}
	return a
}

// farOff compares two networks near the origin and far from it, on dense inputs
// and on sparse ones. It returns the largest |f − g| / max |f| and where.
func farOff(f, g *nn.Network, seed uint64) (worst, scale float64) {
	r := rng.New(seed, 4242)
	x, y, z := make([]float64, f.In()), make([]float64, f.Out()), make([]float64, f.Out())
	a, b := nn.NewEval(f), nn.NewEval(g)
	for s := 0x1p-8; s <= 0x1p14; s *= 8 {
		size, diff := 0.0, 0.0
		for i := range 100 {
			r.NormalVec(x, s)
			for j := range x {
				if i%2 == 1 && r.Intn(3) > 0 {
					x[j] = 0
				}
			}
			a.Forward(x, y)
			b.Forward(x, z)
			for k := range y {
				size, diff = max(size, math.Abs(y[k])), max(diff, math.Abs(y[k]-z[k]))
			}
		}
		if d := diff / max(size, math.SmallestNonzeroFloat64); d > worst {
			worst, scale = d, s
		}
	}
	return worst, scale
}

// right reports whether every row was recovered.
func (a *attacked) right() bool {
	return a.out.Complete && a.report.Identical() && a.report.Equivalent()
}

func (a *attacked) String() string {
	s := fmt.Sprintf("complete %v, missing %q, verified to %.1e, %d queries, worst row %.1e;", a.out.Complete, a.out.Missing, a.out.MaxError, a.queries, a.report.WorstRow())
	for _, l := range a.report.Layers {
		s += fmt.Sprintf(" layer %d: %d of %d right, %d imprecise, %d signs wrong, %d missing, %d never on;", l.Index, l.Right, l.Neurons, l.Imprecise, l.WrongSigns, l.Missing, l.Inactive)
	}
	for _, p := range a.report.Samples {
		s += fmt.Sprintf(" %s off by %.1e of %.1e;", p.Name, p.MaxError, p.MaxF)
	}
	return s
}

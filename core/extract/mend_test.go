package extract

import (
	"math"
	"slices"
	"testing"

	"peel/core/critical"
	"peel/core/internal/testnet"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// lacking returns the state of a run at its check, idealised: everything is known of the network but for
// neuron gone of layer 3. Layer 1 of the network is the identity.
func lacking(t *testing.T, net *nn.Network, gone int, o oracle.Oracle) *State {
	t.Helper()
	n := net.In()
	s := New(Config{Sizes: net.Sizes(), Seed: 1})
	r := rng.New(1, 0x1ac)
	c := &chart{base: make([]float64, n), dirs: identity(n), dim: n, size: 1}
	var err error
	c.noise, err = critical.MeasureNoise(o, func(y []float64) { copy(y, c.point(r)) }, r, 8, 1e-6)
	if err != nil {
		t.Fatal(err)
	}
	s.size, s.noise = 1, c.noise
	scale := slices.Repeat([]float64{1}, n) // of the columns: the rows before have unit norm
	for i := range net.Layers[:len(net.Layers)-1] {
		from := &net.Layers[i]
		if i < 2 {
			s.layers = append(s.layers, &layer{index: i + 1, chart: c})
		} else {
			s.enterDeep(i + 1)
		}
		l := s.layers[i]
		var next []float64
		for k := range from.Out {
			if i == 2 && k == gone {
				continue
			}
			u := &neuron{Hyperplane: signature.Hyperplane{B: from.B[k]}, sign: 1, strength: 1}
			column := 0
			for j, w := range from.Row(k) {
				if i != 3 || j != gone {
					u.W = append(u.W, float64(w*scale[column]))
					column++
				}
			}
			norm := linalg.Norm(u.W)
			linalg.Scale(1/norm, u.W)
			u.B /= norm
			next = append(next, norm)
			if last := &net.Layers[i+1]; i+2 == len(net.Layers) {
				for o := range last.Out {
					u.C = append(u.C, float64(last.Row(o)[k]*norm))
				}
				u.CErr = 1e-10
			}
			if i > 0 {
				own := newSurface(s.prefix(i+1), wholeFragment(u.W, u.B), 1)
				for range 1000 {
					if len(u.hits) == spotsKept {
						break
					}
					if pl := own.land(c.point(r)); pl != nil {
						u.hits = append(u.hits, signature.Hit{P: pl.y})
					}
				}
			}
			if i > 0 && len(u.hits) == 0 {
				t.Fatalf("neuron %d of layer %d never switches", k, i+1)
			}
			if l.deep != nil {
				f := wholeFragment(u.W, u.B)
				u.part = &guess{Fragment: *f, ev: signature.Evidence{N: f.N}}
				for q := range f.N {
					u.part.ev.Add(f.U[q*f.N:][:f.N], f.A[q], 1e-12)
				}
				for _, h := range u.hits {
					u.part.spots = append(u.part.spots, h.P...)
				}
			}
			l.neurons = append(l.neurons, u)
		}
		scale = next
		l.searched, l.tested = true, true
	}
	last := &net.Layers[len(net.Layers)-1]
	s.out, s.folded = newOutput(last.Out, last.In), true
	copy(s.out.b, last.B)
	for o := range last.Out {
		for k, w := range last.Row(o) {
			s.out.w[o][k] = float64(w * scale[k])
		}
	}
	for _, l := range s.layers {
		s.unfolded = append(s.unfolded, l.copied())
	}
	s.stage = verifyStage{}
	return s
}

// A neuron that is on for one input in a hundred was missed. The check finds
// inputs where it acts, and the repair finds it, its sign, and its weights in
// the next layer.
func TestRepairFindsAMissingNeuron(t *testing.T) {
	const rare = 0.01
	for _, seed := range []uint64{0, 3} { // of the others a neuron never switches
		net := testnet.Random(0.3, 90+seed, 8, 8, 8, 8, 8, 1)
		net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
		gone := int(seed) + 2
		r := rng.New(seed, 0x4a4e)
		seldom(net, gone, rare, r)
		o := oracle.NewVictim(net)
		s := lacking(t, net, gone, o)
		before := worstMiss(net, s.network(), r)
		finish(t, s, o)
		after := worstMiss(net, s.network(), r)
		t.Logf("seed %d: largest |f − f̂| %.1e before, %.1e after %d repairs and %d queries", seed, before, after, s.mends, s.Queries())
		if before < 1e-3 {
			t.Errorf("seed %d: the missing neuron does not matter: %.1e", seed, before)
		}
		if got := len(s.layers[2].real()); got != 8 {
			t.Errorf("seed %d: layer 3 has %d neurons, want 8", seed, got)
		}
		if after > 1e-8 {
			t.Errorf("seed %d: the repaired network is wrong by %.1e", seed, after)
		}
	}
}

// seldom lowers the bias of neuron k of layer 3 so that it is on for the given part
// of inputs of N(0,1).
func seldom(net *nn.Network, k int, part float64, r *rng.Stream) {
	const points = 4000
	var z []float64
	for range points {
		z = append(z, preactivations(net, r.NormalVec(make([]float64, net.In()), 1), 2)[k])
	}
	slices.Sort(z)
	net.Layers[2].B[k] -= z[int((1-part)*points)]
}

// preactivations returns those of layer i, counted from 0.
func preactivations(net *nn.Network, x []float64, i int) []float64 {
	h := x
	for j := range i + 1 {
		l := &net.Layers[j]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		if j == i {
			return z
		}
		for k, v := range z {
			z[k] = max(0, v)
		}
		h = z
	}
	return nil
}

// worstMiss is the largest |f − g| on inputs of N(0,1).
func worstMiss(f, g *nn.Network, r *rng.Stream) float64 {
	a, b := nn.NewEval(f), nn.NewEval(g)
	x, u, v := make([]float64, f.In()), make([]float64, 1), make([]float64, 1)
	worst := 0.0
	for range 4000 {
		r.NormalVec(x, 1)
		a.Forward(x, u)
		b.Forward(x, v)
		worst = math.Max(worst, math.Abs(u[0]-v[0]))
	}
	return worst
}

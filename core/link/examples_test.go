package link

import (
	"math"
	"strings"

	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/run"
)

// hash is a made-up SHA-256 or digest.
func hash(pair string) string { return strings.Repeat(pair, 32) }

// network is a small network with weights of four or eight bytes.
func network(sizes []int, wide bool) *nn.Network {
	net, r := nn.New(sizes), rng.New(1)
	each(net, func(v *float64) {
		*v = r.Normal()
		if !wide {
			*v = float64(float32(*v))
		}
	})
	return net
}

// examples has one experiment for each thing that a link can say.
var examples = map[string]*Experiment{
	"shipped": {Engine: "2", Seed: 7,
		Victim: Shipped{ID: "mnist-784-16x2-1-s1", Sizes: []int{784, 16, 16, 1}, SHA256: hash("a1")},
		Claim:  &Claim{Digest: hash("0f"), Queries: 22904, Neurons: 32, Complete: true}},
	"recipe": {Engine: "2", Seed: 1, Victim: Recipe{Generator: Carlini, Sizes: []int{30, 15, 15, 1}, Seed: 1}},
	"partial": {Engine: "2", Seed: 3, Oracle: run.Limits{Budget: 500, Plain: true},
		Victim: Recipe{Generator: Carlini, Sizes: []int{10, 5, 5, 1}, Seed: 1},
		Claim:  &Claim{Digest: hash("c4"), Queries: 498, Neurons: 2}},
	"limits": {Engine: "10.2-rc", Seed: run.MaxSeed,
		Oracle: run.Limits{Plain: true, Budget: run.MaxSeed, Precision: oracle.Precision{Format: "float16", Decimals: 15, Noise: 0x1.fffffep127}},
		Victim: Recipe{Generator: Carlini, Sizes: []int{1, 1, 1}, Seed: run.MaxSeed},
		Claim:  &Claim{Digest: hash("00"), Queries: run.MaxSeed}},
	"float32": {Engine: "2", Seed: 9, Victim: Inline{network([]int{4, 3, 2}, false)}},
	"float64": {Engine: "2", Seed: 9, Victim: Inline{network([]int{4, 3, 2}, true)},
		Oracle: run.Limits{Precision: oracle.Precision{Format: "float32", Decimals: 6, Noise: 1e-6}}},
	"method": {Engine: "3", Seed: 4, Method: method.Method{Signature: method.Carlini, Sign: method.Wiggle, Samples: 15, Improve: true, Idealised: 2},
		Victim: Recipe{Generator: Carlini, Sizes: []int{30, 15, 15, 1}, Seed: 1}},
	"file": {Engine: "2", Seed: 0, Victim: File{Sizes: []int{784, 128, 10}, SHA256: hash("5e")}},
}

// random returns an experiment of no particular kind.
func random(seed uint64) *Experiment {
	r := rng.New(seed)
	coin := func() bool { return r.Sign() > 0 }
	// Sizes of numbers vary as much as numbers do.
	number := func(most uint64) uint64 { return min(most, r.Uint64()>>(11+r.Intn(53))) }
	sizes := make([]int, 3+r.Intn(4))
	for i := range sizes {
		sizes[i] = 1 + r.Intn(5)
	}
	digest := func() string {
		b := make([]byte, 64)
		for i := range b {
			b[i] = "0123456789abcdef"[r.Intn(16)]
		}
		return string(b)
	}
	e := &Experiment{Engine: "2", Seed: number(run.MaxSeed)}
	if coin() {
		e.Method = method.Method{Sign: method.Wiggle, Samples: r.Intn(300), Bits: []int{0, 32, 16}[r.Intn(3)], Idealised: r.Intn(2)}
	}
	switch r.Intn(5) {
	case 0:
		e.Victim = Shipped{ID: "a-victim"[:1+r.Intn(7)], Sizes: sizes, SHA256: digest()}
	case 1:
		e.Victim = Recipe{Generator: Carlini, Sizes: sizes, Seed: number(run.MaxSeed)}
	case 2:
		e.Victim = File{Sizes: sizes, SHA256: digest()}
	case 3:
		e.Victim = Inline{network(sizes[:3], true)}
	case 4:
		e.Victim = Inline{network(sizes, false)}
	}
	e.Oracle.Plain = coin()
	if coin() {
		e.Oracle.Budget = int64(number(run.MaxSeed))
	}
	e.Oracle.Format = formats[r.Intn(len(formats))]
	if coin() {
		e.Oracle.Decimals = r.Intn(oracle.MaxDecimals + 1)
	}
	if coin() {
		e.Oracle.Noise = math.Ldexp(r.Float64(), -r.Intn(40))
	}
	if coin() {
		e.Claim = &Claim{Digest: digest(), Queries: int64(number(run.MaxSeed)), Neurons: r.Intn(hidden(e.Victim.Shape()) + 1), Complete: coin()}
	}
	return e
}

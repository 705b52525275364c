package extract_test

import (
	"fmt"
	"runtime"
	"testing"

	"peel/core/extract"
	"peel/core/fidelity"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/models/random"
)

// agrees reports whether a run that claims to be complete recovered the network
// as far as its answers are exact.
func agrees(t *testing.T, net *nn.Network, out *extract.Outcome) bool {
	t.Helper()
	r, err := fidelity.Compare(net, out.Network, fidelity.Options{Samples: 1000})
	if err != nil {
		t.Fatal(err)
	}
	// The check saw some hundred inputs and this sees thousands: the largest error
	// among them may be twice as large.
	tol := max(fidelity.FunctionTolerance, 2*extract.VerifyErrors*out.Precision)
	for _, s := range r.Samples {
		if !(s.MaxError <= tol*s.MaxF) {
			t.Logf("%s: off by %.1e of %.1e where %.1e is allowed", s.Name, s.MaxError, s.MaxF, tol*s.MaxF)
			return false
		}
	}
	return true
}

// degradations are the oracles of the tests below, and how many of ten runs must
// be complete: one or two fewer than are.
var degradations = []struct {
	oracle.Precision
	complete int
}{
	{oracle.Precision{}, 10},
	{oracle.Precision{Format: "float32"}, 8},
	{oracle.Precision{Format: "float16"}, 0},
	{oracle.Precision{Decimals: 12}, 9},
	{oracle.Precision{Decimals: 9}, 9},
	{oracle.Precision{Decimals: 6}, 9},
	{oracle.Precision{Decimals: 3}, 4},
	{oracle.Precision{Decimals: 1}, 0},
	{oracle.Precision{Noise: 1e-12}, 9},
	{oracle.Precision{Noise: 1e-9}, 9},
	{oracle.Precision{Noise: 1e-6}, 9},
	{oracle.Precision{Noise: 1e-3}, 2},
	{oracle.Precision{Noise: 1}, 0},
	{oracle.Precision{Format: "float32", Noise: 1e-9, Decimals: 9}, 7},
}

// Whatever the precision, a run ends, counts its queries, claims nothing that
// the score denies, and says what is missing otherwise.
func TestPrecisions(t *testing.T) {
	seeds := uint64(10)
	if testing.Short() || runtime.GOARCH == "wasm" { // which is slower
		seeds = 2
	}
	for _, d := range degradations {
		t.Run(fmt.Sprintf("%+v", d.Precision), func(t *testing.T) {
			complete := 0
			for seed := uint64(1); seed <= seeds; seed++ {
				net, err := random.Carlini([]int{20, 10, 8, 1}, seed%3)
				if seed%2 == 0 {
					net = gaussian(1000+seed, 14, 7, 5, 2)
				}
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("seed %d", seed)
				out, queries, err := attack(d.Degrade(oracle.NewVictim(net), seed), net.Sizes(), seed, most(net))
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				if out.Queries != queries {
					t.Errorf("%s: %d queries counted, %d asked", name, out.Queries, queries)
				}
				if err := out.Network.Validate(); err != nil {
					t.Errorf("%s: the result is no network: %v", name, err)
				}
				if out.Complete && !agrees(t, net, out) {
					t.Errorf("%s: claims to be complete, to %.1e with answers exact to %.1e", name, out.MaxError, out.Precision)
				}
				accounted(t, name, out)
				if why := out.Coverage[len(out.Coverage)-1].Why[extract.StatusRecovered]; out.Complete && why != "" {
					t.Errorf("%s: complete, %s", name, why)
				}
				if !out.Complete && len(out.Missing) == 0 {
					t.Errorf("%s: incomplete, and does not say why", name)
				}
				if out.Complete {
					complete++
				} else {
					t.Logf("%s: %q", name, out.Missing)
				}
			}
			t.Logf("%d of %d complete", complete, seeds)
			if seeds == 10 && complete < d.complete {
				t.Errorf("%d of 10 complete, want %d", complete, d.complete)
			}
		})
	}
}

package run_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"peel/core/extract"
	"peel/core/fidelity"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/run"
	"peel/models/random"
)

// golden is the digest of the attack on the victim with seed 1. It is the same
// natively and in WebAssembly: run this package's tests with GOOS=js
// GOARCH=wasm too. If it changes, old links reproduce no longer: run.Engine must
// change with it.
const golden = "fe81cc4d6f82caa7546acea6dccea65dff1f90ebd26da9c9e807d00ce51f6812"

func TestGolden(t *testing.T) {
	net := victim(t)
	out, digest, _ := reference(t, specOf(net, 1), net)
	if digest != golden {
		t.Errorf("the digest is %s, want %s", digest, golden)
	}
	r, err := fidelity.Compare(net, out.Network, fidelity.Options{Samples: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if !out.Complete || !r.Identical() || !r.Equivalent() {
		t.Errorf("complete %v (%q), rows %v, answers %v", out.Complete, out.Missing, r.Identical(), r.Equivalent())
	}
}

func TestDigestDoesNotDependOnWorkers(t *testing.T) {
	net := victim(t)
	for seed := uint64(1); seed <= 3; seed++ {
		spec := specOf(net, seed)
		want, digest, _ := reference(t, spec, net)
		for _, n := range []int{2, 3, 8} {
			exec, asked := pool(net, n)
			got, d := finish(t, spec, exec, &run.Memory{})
			if d != digest {
				t.Errorf("seed %d: digest %s with %d workers, %s with one", seed, d, n, digest)
			}
			if asked.Load() != got.Queries || got.Queries != want.Queries {
				t.Errorf("seed %d, %d workers: %d queries reached the victim, %d were counted, %d with one worker", seed, n, asked.Load(), got.Queries, want.Queries)
			}
		}
	}
}

// Replicas see only what a Web Worker sees: the spec, and tasks and results as
// JSON. They work in random order, die, start anew and answer twice.
func TestReplicas(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 2)
	_, digest, _ := reference(t, spec, net)
	for i, n := range []int{1, 2, 3, 8} {
		journal := &run.Memory{}
		if _, d := finish(t, spec, newReplicas(t, spec, net, n, uint64(i)), journal); d != digest {
			t.Errorf("%d replicas: digest %s, want %s", n, d, digest)
		}
		// A result that came twice is kept once.
		results, _ := journal.Load()
		seen := map[[2]int]bool{}
		for _, r := range results {
			if seen[[2]int{r.Round, r.Index}] {
				t.Errorf("%d replicas: round %d, task %d is in the journal twice", n, r.Round, r.Index)
			}
			seen[[2]int{r.Round, r.Index}] = true
		}
	}
}

// A journal cut off after any result leads to the same end, and to no query
// that was answered before.
func TestResumeAfterEveryResult(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	want, digest, results := reference(t, spec, net)
	for k := 0; k <= len(results); k++ {
		exec, asked := pool(net, 1+k%3)
		_, d := finish(t, spec, exec, holding(t, results[:k]))
		if d != digest {
			t.Fatalf("cut off after %d of %d results: digest %s, want %s", k, len(results), d, digest)
		}
		if before := queries(results[:k]); asked.Load() != want.Queries-before {
			t.Errorf("cut off after %d results: %d queries asked, want %d", k, asked.Load(), want.Queries-before)
		}
	}
}

func queries(results []extract.Result) int64 {
	n := int64(0)
	for _, r := range results {
		n += r.Queries
	}
	return n
}

// Results can reach a journal in any order within a round, with holes and twice.
func TestJournalInDisorder(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 3)
	_, digest, results := reference(t, spec, net)
	for seed := range uint64(20) {
		r := rng.New(seed)
		kept := slices.Clone(results[:r.Intn(len(results)+1)])
		last := -1
		if len(kept) > 0 {
			last = kept[len(kept)-1].Round
		}
		kept = slices.DeleteFunc(kept, func(res extract.Result) bool { return res.Round == last && r.Intn(3) == 0 }) // holes in the last round
		for i := range len(kept) {                                                                                   // swap neighbours of one round
			if i > 0 && kept[i].Round == kept[i-1].Round && r.Intn(2) == 0 {
				kept[i], kept[i-1] = kept[i-1], kept[i]
			}
		}
		for range r.Intn(4) {
			if len(kept) > 0 {
				kept = append(kept, kept[r.Intn(len(kept))])
			}
		}
		exec, _ := pool(net, 2)
		if _, d := finish(t, spec, exec, holding(t, kept)); d != digest {
			t.Errorf("seed %d: digest %s, want %s", seed, d, digest)
		}
	}
}

// A run that is cancelled again and again, at random places, reaches its end.
func TestCancelledAtRandomPlaces(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 2)
	_, digest, _ := reference(t, spec, net)
	for seed := range uint64(5) {
		r, journal := rng.New(seed, 1), &run.Memory{}
		for attempt := 0; ; attempt++ {
			if attempt > 1000 {
				t.Fatal("the run makes no headway")
			}
			ctx, cancel := context.WithCancel(context.Background())
			exec, _ := pool(net, 3)
			left := 1 + r.Intn(25)
			out, err := run.Drive(ctx, spec, tap{exec, func() {
				if left--; left == 0 {
					cancel()
				}
			}}, journal, quiet)
			cancel()
			if err == nil {
				if d := run.Digest(out.Network, out.ByPhase); d != digest {
					t.Errorf("seed %d, %d interruptions: digest %s, want %s", seed, attempt, d, digest)
				}
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
	}
}

// tap calls seen after each result.
type tap struct {
	run.Executor
	seen func()
}

func (p tap) Run(ctx context.Context, s *extract.State, h []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	return p.Executor.Run(ctx, s, h, tasks, func(r extract.Result) error {
		defer p.seen()
		return put(r)
	})
}

// A plain oracle answers with other roundings, so its digest differs; it must
// not depend on the workers either, and the result must be as right.
func TestPlainOracle(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	spec.Oracle.Plain = true
	digests := map[string]bool{}
	for _, n := range []int{1, 3} {
		oracles := make([]oracle.Oracle, n)
		for i := range oracles {
			oracles[i] = oracle.Plain{Oracle: oracle.NewVictim(net)}
		}
		out, d := finish(t, spec, run.NewPool(oracles), &run.Memory{})
		digests[d] = true
		r, err := fidelity.Compare(net, out.Network, fidelity.Options{Samples: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if !out.Complete || !r.Identical() || !r.Equivalent() {
			t.Errorf("%d workers: complete %v (%q), rows %v, answers %v", n, out.Complete, out.Missing, r.Identical(), r.Equivalent())
		}
	}
	_, d := finish(t, spec, newReplicas(t, spec, net, 2, 1), &run.Memory{}) // a Worker hides the structure itself
	digests[d] = true
	if len(digests) != 1 {
		t.Errorf("the plain oracle gave %d different digests", len(digests))
	}
}

// The stages of deeper layers, and those that give up, are as reproducible:
// three hidden layers, a layer wider than its input, a neuron that is always on.
func TestOtherVictimsAreReproducible(t *testing.T) {
	for _, sizes := range [][]int{{10, 6, 5, 4, 1}, {8, 6, 6, 6, 2}, {4, 7, 5, 1}, {6, 4, 3, 2}} {
		for seed := uint64(1); seed <= 2; seed++ {
			net, err := random.Carlini(sizes, seed)
			if err != nil {
				t.Fatal(err)
			}
			spec := specOf(net, seed)
			_, digest, results := reference(t, spec, net)
			exec, _ := pool(net, 3)
			if _, d := finish(t, spec, exec, &run.Memory{}); d != digest {
				t.Errorf("%v, seed %d: digest %s with 3 workers, %s with one", sizes, seed, d, digest)
			}
			if _, d := finish(t, spec, newReplicas(t, spec, net, 3, seed), &run.Memory{}); d != digest {
				t.Errorf("%v, seed %d: digest %s with replicas, %s without", sizes, seed, d, digest)
			}
			for k := 1; k < len(results); k += 1 + len(results)/8 {
				if _, d := finish(t, spec, exec, holding(t, results[:k])); d != digest {
					t.Errorf("%v, seed %d, cut off after %d of %d results: digest %s, want %s", sizes, seed, k, len(results), d, digest)
				}
			}
		}
	}
}

// Another seed is another run.
func TestSeedMatters(t *testing.T) {
	net := victim(t)
	_, a, _ := reference(t, specOf(net, 1), net)
	_, b, _ := reference(t, specOf(net, 2), net)
	if a == b {
		t.Error("two seeds gave one digest")
	}
}

package run_test

import (
	"context"
	"errors"
	"testing"

	"peel/core/extract"
	"peel/core/oracle"
	"peel/core/run"
)

// Noise is a function of the query and the seed, so a run under it is as
// reproducible as any other: with several workers, with replicas, resumed.
func TestDegradedRunsAreReproducible(t *testing.T) {
	net := victim(t)
	for _, p := range []oracle.Precision{{Noise: 1e-6}, {Format: "float32"}, {Decimals: 6}, {Format: "float32", Decimals: 5, Noise: 1e-7}} {
		spec := specOf(net, 1)
		spec.Oracle.Precision = p
		limited := func(n int) run.Executor {
			oracles := make([]oracle.Oracle, n)
			for i := range oracles {
				oracles[i] = spec.Limit(oracle.NewVictim(net))
			}
			return run.NewPool(oracles)
		}
		journal := &run.Memory{}
		out, digest := finish(t, spec, limited(1), journal)
		if out.Complete && out.Precision == 0 {
			t.Errorf("%+v: the outcome does not say how exact the answers were", p)
		}
		if _, d := finish(t, spec, limited(3), &run.Memory{}); d != digest {
			t.Errorf("%+v: digest %s with 3 workers, %s with one", p, d, digest)
		}
		if _, d := finish(t, spec, newReplicas(t, spec, net, 3, 1), &run.Memory{}); d != digest {
			t.Errorf("%+v: digest %s with replicas, %s without", p, d, digest)
		}
		results, _ := journal.Load()
		for k := 0; k < len(results); k += 1 + len(results)/8 {
			if _, d := finish(t, spec, limited(2), holding(t, results[:k])); d != digest {
				t.Errorf("%+v, cut off after %d of %d results: digest %s, want %s", p, k, len(results), d, digest)
			}
		}
		spec.Seed = 2
		if _, d := finish(t, spec, limited(1), &run.Memory{}); d == digest {
			t.Errorf("%+v: another seed gave the same digest", p)
		}
	}
}

// A budget holds in the stages that only coarse answers need, too.
func TestDegradedBudget(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	spec.Oracle.Precision = oracle.Precision{Format: "float32"}
	exec := run.NewPool([]oracle.Oracle{spec.Limit(oracle.NewVictim(net))})
	want, _ := finish(t, spec, exec, &run.Memory{})
	for b := want.Queries / 4; b < want.Queries; b += 97 {
		spec.Oracle.Budget = b
		out, _ := finish(t, spec, exec, &run.Memory{})
		if out.Queries > b || out.Complete && !out.Verified {
			t.Errorf("budget %d: %d queries, complete %v", b, out.Queries, out.Complete)
		}
	}
}

// An answer that does not fit its format ends a run with a sentence, not an error.
func TestOverflowEndsARun(t *testing.T) {
	net := victim(t)
	for i := range net.Layers[2].W {
		net.Layers[2].W[i] *= 1e5
	}
	spec := specOf(net, 1)
	spec.Oracle.Precision = oracle.Precision{Format: "float16"}
	exec := run.NewPool([]oracle.Oracle{spec.Limit(oracle.NewVictim(net))})
	out, err := run.Drive(context.Background(), spec, exec, &run.Memory{}, func(extract.Event) {})
	if err != nil || errors.Is(err, oracle.ErrOverflow) {
		t.Fatal(err)
	}
	if out.Complete || len(out.Missing) == 0 {
		t.Errorf("complete %v, missing %q", out.Complete, out.Missing)
	}
	t.Logf("%q", out.Missing)
}

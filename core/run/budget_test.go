package run_test

import (
	"slices"
	"strings"
	"testing"

	"peel/core/oracle"
	"peel/core/run"
)

// budgets are the smallest ones, then some up to the need and around it.
func budgets(need int64) []int64 {
	var all []int64
	for b := int64(1); b < need; b += 1 + b/20 { // steps of 5 %
		all = append(all, b)
	}
	for d := int64(-5); d <= 5; d++ {
		all = append(all, need+d)
	}
	return all
}

// Whatever the budget, no more queries than that reach the victim, the run ends
// by itself, counts what it asked and says that it is not complete and why.
func TestBudgetHolds(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	want, _, _ := reference(t, spec, net)
	for _, b := range budgets(want.Queries) {
		spec.Oracle.Budget = b
		exec, asked := pool(net, 1)
		out, digest := finish(t, spec, exec, &run.Memory{})
		if asked.Load() > b || asked.Load() != out.Queries {
			t.Errorf("budget %d: %d queries reached the victim, %d were counted", b, asked.Load(), out.Queries)
		}
		ranOut := slices.ContainsFunc(out.Missing, func(m string) bool { return strings.Contains(m, "budget") })
		if out.Complete == ranOut || out.Complete && !out.Verified {
			t.Errorf("budget %d: complete %v, verified %v, missing %q", b, out.Complete, out.Verified, out.Missing)
		}
		if err := out.Network.Validate(); err != nil {
			t.Errorf("budget %d: what was recovered so far is not a network: %v", b, err)
		}
		parallel, asked4 := pool(net, 4)
		if _, d := finish(t, spec, parallel, &run.Memory{}); d != digest || asked4.Load() > b {
			t.Errorf("budget %d: digest %s after %d queries with 4 workers, %s after %d with one", b, d, asked4.Load(), digest, asked.Load())
		}
	}
}

// A budget narrows rounds towards its end, so a run under one asks slightly
// other queries. It must not need more than a few more for it, and a run that
// completed under a budget completes under exactly what it used.
func TestEnoughBudgetCompletes(t *testing.T) {
	net := victim(t)
	for seed := uint64(1); seed <= 4; seed++ {
		spec := specOf(net, seed)
		exec, _ := pool(net, 2)
		want, _ := finish(t, spec, exec, &run.Memory{})
		spec.Oracle.Budget = want.Queries + want.Queries/5
		out, _ := finish(t, spec, exec, &run.Memory{})
		if !out.Complete {
			t.Errorf("seed %d: a fifth more than the %d queries of the free run do not complete it: %q", seed, want.Queries, out.Missing)
		}
		spec.Oracle.Budget = want.Queries * 10
		out, d := finish(t, spec, exec, &run.Memory{})
		if free := run.Digest(want.Network, want.ByPhase); !out.Complete || d != free {
			t.Errorf("seed %d: a budget that is never felt changes the digest from %s to %s", seed, free, d)
		}
	}
}

// Replicas know the budget too: what they may ask comes from the same state.
func TestBudgetInReplicas(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	for _, b := range []int64{60, 500, 1500} {
		spec.Oracle.Budget = b
		exec := run.NewPool([]oracle.Oracle{oracle.NewVictim(net)})
		_, want := finish(t, spec, exec, &run.Memory{})
		if _, d := finish(t, spec, newReplicas(t, spec, net, 3, 5), &run.Memory{}); d != want {
			t.Errorf("budget %d: digest %s with replicas, %s without", b, d, want)
		}
	}
}

package run_test

import (
	"testing"

	"peel/core/nn"
	"peel/core/run"
	"peel/models/random"
)

// goldenDeep is the digest of the attack on a network with three hidden layers,
// whose search walks, merges and votes: the same natively, in WebAssembly, with
// any number of workers and interrupted anywhere. As with golden, run.Engine
// must change when it does.
const goldenDeep = "8b57abc05fb502a93bfd9553927e92a72de0aa95595600f16b0a733d56373c16"

func TestDeepDigest(t *testing.T) {
	// The third network of this shape is recovered completely; about half are.
	net, err := random.Carlini([]int{20, 10, 10, 10, 2}, 3)
	if err != nil {
		t.Fatal(err)
	}
	spec := specOf(net, 1)
	out, digest, _ := reference(t, spec, net)
	if digest != goldenDeep {
		t.Errorf("the digest is %s, want %s", digest, goldenDeep)
	}
	if !out.Complete {
		t.Errorf("not complete: %q", out.Missing)
	}
	anyhow(t, spec, net)
}

// goldenWide is the same for a network whose layers 1 and 2 are both found
// without their signs, and solved for them.
const goldenWide = "158fe8da768a8e8c5e15e00920aabc594fa3db7d8accc0e273324645c31397bf"

func TestWideDigest(t *testing.T) {
	net, err := random.Carlini([]int{6, 10, 8, 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	spec := specOf(net, 1)
	out, digest, _ := reference(t, spec, net)
	if digest != goldenWide {
		t.Errorf("the digest is %s, want %s", digest, goldenWide)
	}
	if !out.Complete {
		t.Errorf("not complete: %q", out.Missing)
	}
	anyhow(t, spec, net)
}

// anyhow checks that workers, replicas and interruptions do not change a digest.
func anyhow(t *testing.T, spec run.Spec, net *nn.Network) {
	t.Helper()
	out, digest, results := reference(t, spec, net)
	exec, _ := pool(net, 8)
	if _, d := finish(t, spec, exec, &run.Memory{}); d != digest {
		t.Errorf("digest %s with 8 workers, %s with one", d, digest)
	}
	if _, d := finish(t, spec, newReplicas(t, spec, net, 3, 7), &run.Memory{}); d != digest {
		t.Errorf("digest %s with 3 replicas, %s with one worker", d, digest)
	}
	for k := 0; k < len(results); k += len(results)/6 + 1 { // six places to be cut off at
		exec, asked := pool(net, 2)
		if _, d := finish(t, spec, exec, holding(t, results[:k])); d != digest {
			t.Errorf("cut off after %d of %d results: digest %s, want %s", k, len(results), d, digest)
		}
		if before := queries(results[:k]); asked.Load() != out.Queries-before {
			t.Errorf("cut off after %d results: %d queries asked, want %d", k, asked.Load(), out.Queries-before)
		}
	}
}

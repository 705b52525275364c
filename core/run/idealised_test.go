package run_test

import (
	"context"
	"errors"
	"testing"

	"peel/core/extract"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models/random"
)

// idealised attacks each layer of net alone.
func idealised(t *testing.T, net *nn.Network, layer int) run.Spec {
	t.Helper()
	spec := specOf(net, 1)
	spec.Method = method.Method{Idealised: layer}
	return spec
}

func TestIdealisedLayers(t *testing.T) {
	for _, sizes := range [][]int{{20, 10, 10, 10, 2}, {6, 10, 8, 1}} { // the second is wider than its input
		net, err := random.Carlini(sizes, 3)
		if err != nil {
			t.Fatal(err)
		}
		for layer := 1; layer <= net.Hidden(); layer++ {
			spec := idealised(t, net, layer)
			out, _, _ := reference(t, spec, net)
			if out.Complete {
				t.Errorf("%v, layer %d: an idealised run calls itself complete", sizes, layer)
			}
			for i := range out.Coverage {
				c := &out.Coverage[i]
				switch {
				case c.Layer < layer && c.Count(extract.StatusGiven) != len(c.Neurons):
					t.Errorf("%v, layer %d: layer %d was given and is shown as %s", sizes, layer, c.Layer, c.Neurons)
				case c.Layer == layer && c.Count(extract.StatusRecovered)+c.Count(extract.StatusUndecided) != len(c.Neurons):
					t.Errorf("%v, layer %d: came out as %s (%q)", sizes, layer, c.Neurons, out.Missing)
				case c.Layer > layer && c.Count(extract.StatusUnreached) != len(c.Neurons):
					t.Errorf("%v, layer %d: layer %d was not attacked and is shown as %s", sizes, layer, c.Layer, c.Neurons)
				}
			}
		}
	}
}

// The layers given are a result in the journal, so a replica needs no victim for them.
func TestIdealisedDigest(t *testing.T) {
	net, err := random.Carlini([]int{20, 10, 10, 10, 2}, 3)
	if err != nil {
		t.Fatal(err)
	}
	anyhow(t, idealised(t, net, 2), net)
}

func TestIdealisedNeedsAnInsider(t *testing.T) {
	net, err := random.Carlini([]int{6, 4, 4, 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	spec := idealised(t, net, 2)
	o := spec.Limit(oracle.NewVictim(net))
	_, err = run.Drive(context.Background(), spec, run.NewPool([]oracle.Oracle{o}), &run.Memory{}, quiet)
	if !errors.Is(err, extract.ErrInside) {
		t.Errorf("an oracle that only answers: %v", err)
	}
	spec.Method = method.Method{}
	if _, inside := spec.Limit(oracle.Inside(net)).(oracle.Insider); inside {
		t.Error("a run that is not idealised could ask for layers")
	}
}

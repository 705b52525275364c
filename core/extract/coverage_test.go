package extract_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"peel/core/extract"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/run"
)

// accounted checks that the coverage of a run leaves no gap and agrees with the
// network and the claims beside it.
func accounted(t *testing.T, name string, out *extract.Outcome) {
	t.Helper()
	sizes := out.Network.Sizes()
	if len(out.Coverage) != len(sizes)-1 {
		t.Fatalf("%s: %d layers are accounted for, want %d", name, len(out.Coverage), len(sizes)-1)
	}
	for i, l := range out.Coverage {
		if l.Layer != i+1 || l.Output != (i == len(sizes)-2) || len(l.Neurons) != sizes[i+1] {
			t.Errorf("%s: layer %d is accounted for as %+v", name, i+1, l)
			continue
		}
		sum := 0
		for _, s := range extract.Statuses {
			n := l.Count(s)
			sum += n
			if _, told := l.Why[s]; n > 0 && !told && s != extract.StatusRecovered {
				t.Errorf("%s: layer %d has neurons of status %s and no reason: %+v", name, i+1, s, l)
			}
			if n == 0 && l.Why[s] != "" {
				t.Errorf("%s: layer %d has a reason for status %s and no neuron: %+v", name, i+1, s, l)
			}
		}
		if sum != len(l.Neurons) {
			t.Errorf("%s: layer %d has unknown letters: %q", name, i+1, l.Neurons)
		}
		if out.Complete && l.Count(extract.StatusRecovered)+l.Count(extract.StatusEquivalent) != len(l.Neurons) {
			t.Errorf("%s: complete, but layer %d is accounted for as %q", name, i+1, l.Neurons)
		}
		for k := range l.Neurons {
			zero := out.Network.Layers[i].B[k] == 0 && !slices.ContainsFunc(out.Network.Layers[i].Row(k), func(w float64) bool { return w != 0 })
			if found := strings.Contains("RES", l.Neurons[k:k+1]); found == zero && !l.Output {
				t.Errorf("%s: layer %d, neuron %d is accounted for as %q; its row is zero: %v", name, i+1, k, l.Neurons[k:k+1], zero)
			}
		}
	}
	text := extract.CoverageText(out.Coverage)
	undecided, err := extract.UndecidedIn(text, sizes)
	if err != nil {
		t.Errorf("%s: %q: %v", name, text, err)
		return
	}
	if !reflect.DeepEqual(undecided, out.Undecided()) {
		t.Errorf("%s: %q is read as %v", name, text, undecided)
	}
}

// What is wrong with a victim is said of the neuron that has it.
func TestCoverage(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(n *nn.Network)
		layer int
		want  map[extract.Status]int
	}{
		{"nothing", func(*nn.Network) {}, 1, map[extract.Status]int{"R": 6}},
		{"dead in layer 1", func(n *nn.Network) { n.Layers[0].B[2] = -1e4 }, 1, map[extract.Status]int{"R": 5, "U": 1}},
		{"dead in layer 2", func(n *nn.Network) { n.Layers[1].B[2] = -1e4 }, 2, map[extract.Status]int{"R": 4, "U": 1}},
		{"always on in layer 2", func(n *nn.Network) { abs(n.Layers[1].Row(2)); n.Layers[1].B[2] = 1 }, 2, map[extract.Status]int{"E": 5}},
		{"wider than its input", func(n *nn.Network) { *n = *gaussian(3, 4, 7, 5, 1) }, 1, map[extract.Status]int{"R": 7}},
		{"wider than its input, after it", func(n *nn.Network) { *n = *gaussian(3, 4, 7, 5, 1) }, 2, map[extract.Status]int{"R": 5}},
		{"far wider than its input", func(n *nn.Network) { *n = *gaussian(3, 3, 60, 1) }, 1, map[extract.Status]int{"S": 60}},
	} {
		net := gaussian(3, twoLayers...)
		c.spoil(net)
		a := score(t, c.name, net, 1)
		if a == nil {
			continue
		}
		// What cannot be followed row by row has no bound, and a reason.
		for _, b := range a.report.Bounds {
			if proven := b.Why == ""; proven != (a.right() || strings.HasPrefix(c.name, "dead")) {
				t.Errorf("%s: %+v", c.name, b)
			}
			if strings.HasPrefix(c.name, "always on") && !strings.Contains(b.Why, "folded") {
				t.Errorf("%s: %+v", c.name, b)
			}
		}
		got := map[extract.Status]int{}
		for _, s := range extract.Statuses {
			if n := a.out.Coverage[c.layer-1].Count(s); n > 0 {
				got[s] = n
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: layer %d is accounted for as %v, want %v; %v", c.name, c.layer, got, c.want, a)
		}
	}
}

// Wherever a budget ends a run, every neuron is accounted for.
func TestCoverageUnderABudget(t *testing.T) {
	net := gaussian(3, 10, 6, 5, 4, 1)
	seen := map[extract.Status]bool{}
	for budget := int64(1); budget < 20_000; budget += 1 + budget/6 {
		spec := run.NewSpec(run.Victim{SHA256: net.Fingerprint()}, net.Sizes(), 1)
		spec.Oracle.Budget = budget
		out, err := run.Drive(t.Context(), spec, run.NewPool([]oracle.Oracle{oracle.NewVictim(net)}), &run.Memory{}, func(extract.Event) {})
		if err != nil {
			t.Fatal(err)
		}
		accounted(t, "a budget", out)
		for _, l := range out.Coverage {
			for _, s := range extract.Statuses {
				seen[s] = seen[s] || l.Count(s) > 0
			}
		}
	}
	for _, s := range []extract.Status{extract.StatusRecovered, extract.StatusUndecided, extract.StatusUnreached} {
		if !seen[s] {
			t.Errorf("no budget left a neuron with status %s", s)
		}
	}
}

func TestUndecidedIn(t *testing.T) {
	sizes := []int{3, 4, 2, 1}
	got, err := extract.UndecidedIn("R2S1U1 -2 -1", sizes)
	if want := [][]bool{{false, false, true, false}, {false, false}, {false}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "R4", "R4 R2", "R4 R2 R1 R1", "R4 R2 R2", "R4 R1 R1", "R4 R2 X1", "R4 R2 R", "R4 R2 R+1", "R4 R2 R0R1", "R4  R2 R1", "R4 R2 R1 ", "R99999999999999999999 R2 R1", "4 2 1", "é4 R2 R1"} {
		if got, err := extract.UndecidedIn(bad, sizes); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

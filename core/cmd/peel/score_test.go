package main

import (
	"encoding/json"
	"strings"
	"testing"

	"peel/core/fidelity"
	"peel/core/nn"
)

// disguise reverses the hidden neurons of a two-hidden-layer network and
// rescales each; powers of two keep every weight exact.
func disguise(net *nn.Network) *nn.Network {
	out := net.Clone()
	for i := range 2 {
		l, next := &out.Layers[i], &out.Layers[i+1]
		old, oldNext := l.B, append([]float64(nil), next.W...)
		w := append([]float64(nil), l.W...)
		b := append([]float64(nil), old...)
		for k := range l.Out {
			to := l.Out - 1 - k
			scale := float64(int(1) << k)
			for j := range l.In {
				l.W[to*l.In+j] = scale * w[k*l.In+j]
			}
			l.B[to] = scale * b[k]
			for o := range next.Out {
				next.W[o*next.In+to] = oldNext[o*next.In+k] / scale
			}
		}
	}
	return out
}

func TestScore(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "gen", "8-5-4-1", "-o", "victim.safetensors")
	victim, _ := readNetwork(t, dir, "victim.safetensors")
	same := disguise(victim)
	spoilt := func(spoil func(l *nn.Layer)) *nn.Network {
		bad := same.Clone()
		spoil(&bad.Layers[0])
		return bad
	}
	for _, c := range []struct {
		name                       string
		net                        *nn.Network
		code                       int
		right, wrong, missing, not int // of the five rows of layer 1
		verdict                    string
	}{
		{"reordered and rescaled", same, exitOK, 5, 0, 0, 0, "identical"},
		{"sign flip", spoilt(func(l *nn.Layer) {
			for j := range l.In {
				l.Row(2)[j] *= -1
			}
			l.B[2] *= -1
		}), exitIncomplete, 4, 1, 0, 0, "different (wrong signs: 1, missing rows: 0)"},
		{"wrong row", spoilt(func(l *nn.Layer) { l.Row(2)[0] += 10 }), exitIncomplete, 4, 0, 1, 0, "different (wrong signs: 0, missing rows: 1)"},
		{"missing neuron", spoilt(func(l *nn.Layer) { clear(l.Row(2)); l.B[2] = 0 }), exitIncomplete, 4, 0, 1, 0, "different (wrong signs: 0, missing rows: 1)"},
		{"imprecise row", spoilt(func(l *nn.Layer) { l.Row(2)[0] *= 1.001 }), exitIncomplete, 4, 0, 0, 1, "different (wrong signs: 0, missing rows: 0)"},
	} {
		write(t, dir, "out.safetensors", c.net)
		r := peel(t, dir, "score", "victim.safetensors", "out.safetensors")
		if r.code != c.code || !strings.Contains(r.out, "Verdict: "+c.verdict) {
			t.Errorf("%s: exit code %d, want %d and %q\n%s%s", c.name, r.code, c.code, c.verdict, r.out, r.err)
		}
		for _, want := range []string{"Aligned weight error", "Sampled |f − f̂|", "Certified bound", "N(0,1)", "U[0,1]", "[0,1]^8"} {
			if !strings.Contains(r.out, want) {
				t.Errorf("%s: the report lacks %q", c.name, want)
			}
		}
		if proven := strings.Contains(r.out, "|f − f̂| ≤"); proven != (c.wrong+c.missing == 0) {
			t.Errorf("%s: bounded: %v\n%s", c.name, proven, r.out)
		}
		r = peel(t, dir, "score", "victim.safetensors", "out.safetensors", "--json")
		var report fidelity.Report
		if err := json.Unmarshal([]byte(r.out), &report); err != nil {
			t.Fatalf("%s: %v in %q", c.name, err, r.out)
		}
		l := report.Layers[0]
		if l.Right != c.right || l.WrongSigns != c.wrong || l.Missing != c.missing || l.Imprecise != c.not {
			t.Errorf("%s: layer 1 is reported as %+v", c.name, l)
		}
	}
}

// A network of MNIST's size is also compared on the test images.
func TestScoreOnMNIST(t *testing.T) {
	dir := t.TempDir()
	r := must(t, ".", "score", "mnist-784-8x2-1-s1", "mnist-784-8x2-1-s1")
	for _, want := range []string{"MNIST test images", "victim 76.09 %, recovered 76.09 %"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the report lacks %q:\n%s", want, r.out)
		}
	}
	// Outside the project there are no images, and the report says so.
	r = must(t, dir, "score", "mnist-784-8x2-1-s1", "mnist-784-8x2-1-s1")
	if !strings.Contains(r.out, "MNIST test images were not compared") {
		t.Errorf("the report does not say that images are missing:\n%s", r.out)
	}
}

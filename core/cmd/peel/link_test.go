package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"peel/core/link"
	"peel/core/nn"
	"peel/core/rng"
	"peel/core/run"
)

// plainNetwork is a network that says nothing about where it comes from.
func plainNetwork(t *testing.T, dir, name string, sizes ...int) {
	t.Helper()
	net, r := nn.New(sizes), rng.New(5)
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1)
		r.NormalVec(net.Layers[i].B, 0.1)
	}
	write(t, dir, name, net)
}

// TestLinks: a link of every kind of victim is reproduced where only the link is.
func TestLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	must(t, dir, "gen", "10-5-5-1", "--seed", "3", "-o", "recipe.safetensors")
	plainNetwork(t, dir, "inline.safetensors", 6, 4, 3, 1)
	plainNetwork(t, dir, "file.safetensors", 30, 8, 4, 1)
	for _, c := range []struct{ args, is string }{
		{"mnist-784-8x2-1-s1 --seed 7", "comes with Peel"},
		{"recipe.safetensors --seed 7", "the recipe of Carlini et al. from the seed 3"},
		{"recipe.safetensors --seed 2 --budget 500 --plain", "the recipe of Carlini"},
		{"inline.safetensors --decimals 9", "its weights are in the link"},
		{"file.safetensors --noise 1e-9", "in a file that you must have"},
	} {
		args := append([]string{"link"}, strings.Fields(c.args)...)
		before := strings.TrimSpace(must(t, dir, args...).out)
		after := strings.TrimSpace(must(t, dir, append(args, "--run", "--base", "http://127.0.0.1:8377/")...).out)
		if !strings.HasPrefix(after, "http://127.0.0.1:8377/#peel1.") {
			t.Errorf("%s: the link is %s", c.args, after)
		}
		for _, l := range []string{before, after} {
			if r := must(t, elsewhere, "verify", "--show", l); !strings.Contains(r.out, c.is) || r.err != "" {
				t.Errorf("%s: the link says\n%s%s", c.args, r.out, r.err)
			}
		}
		verify := []string{"verify", after}
		if strings.HasPrefix(c.args, "file") {
			if r := peel(t, elsewhere, verify...); r.code != exitBadInput || !strings.Contains(r.err, "give its file with --victim FILE") {
				t.Errorf("%s: exit code %d, %s", c.args, r.code, r.err)
			}
			if r := peel(t, elsewhere, append(verify, "--victim", filepath.Join(dir, "inline.safetensors"))...); r.code != exitBadInput || !strings.Contains(r.err, "another network") {
				t.Errorf("%s with another file: exit code %d, %s", c.args, r.code, r.err)
			}
			verify = append(verify, "--victim", filepath.Join(dir, "file.safetensors"))
		}
		if r := must(t, elsewhere, verify...); !strings.HasSuffix(r.out, "\nreproduced, bit for bit\n") {
			t.Errorf("%s: %s", c.args, r.out)
		}
	}
}

// TestLinkOfARun: extract, link --run and a kept journal give one link.
func TestLinkOfARun(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	r := must(t, dir, "extract", victim, "--seed", "7", "--journal", "run.journal")
	m := regexp.MustCompile(`(?m)^link     (peel1\S+)$`).FindStringSubmatch(r.out)
	if m == nil {
		t.Fatalf("extract prints no link:\n%s", r.out)
	}
	for _, more := range []string{"--run", "--journal=run.journal"} {
		if got := strings.TrimSpace(must(t, dir, "link", victim, "--seed", "7", more).out); got != m[1] {
			t.Errorf("peel link %s: %s, want %s", more, got, m[1])
		}
	}
}

// changed returns a link with one thing in it changed.
func changed(t *testing.T, text string, change func(e *link.Experiment)) string {
	t.Helper()
	e, err := link.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	change(e)
	if text, err = link.Encode(e); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestVerifySaysWhatDiffers: a false claim does not pass, and is named.
func TestVerifySaysWhatDiffers(t *testing.T) {
	dir := t.TempDir()
	text := strings.TrimSpace(must(t, dir, "link", small(t, dir), "--seed", "7", "--run").out)
	for name, c := range map[string]struct {
		change func(e *link.Experiment)
		says   []string
		code   int
	}{
		"digest":  {func(e *link.Experiment) { e.Claim.Digest = strings.Repeat("0", 64) }, []string{"digest  link: 000", "here: "}, exitIncomplete},
		"queries": {func(e *link.Experiment) { e.Claim.Queries++ }, []string{"queries  link: ", "here: "}, exitIncomplete},
		"neurons": {func(e *link.Experiment) { e.Claim.Neurons-- }, []string{"neurons  link: 9 of 10", "here: 10 of 10"}, exitIncomplete},
		"verdict": {func(e *link.Experiment) { e.Claim.Complete = false }, []string{"complete  link: no", "here: yes"}, exitIncomplete},
		"seed":    {func(e *link.Experiment) { e.Seed = 8 }, []string{"digest"}, exitIncomplete},
		"engine":  {func(e *link.Experiment) { e.Engine = "1" }, []string{"reproduced, bit for bit", "engine  link: 1  here: " + run.Engine}, exitOK},
		"shipped": {func(e *link.Experiment) {
			e.Victim = link.Shipped{ID: "unheard-of", Sizes: []int{10, 5, 5, 1}, SHA256: strings.Repeat("0", 64)}
		}, []string{"differs: this Peel does not ship that victim"}, exitIncomplete},
		"another of that name": {func(e *link.Experiment) {
			e.Victim = link.Shipped{ID: "mnist-784-8x2-1-s1", Sizes: []int{784, 8, 8, 1}, SHA256: strings.Repeat("0", 64)}
		}, []string{"differs: this Peel does not ship that victim but another one"}, exitIncomplete},
	} {
		r := peel(t, dir, "verify", changed(t, text, c.change))
		if r.code != c.code {
			t.Errorf("%s: exit code %d\n%s%s", name, r.code, r.out, r.err)
		}
		for _, want := range c.says {
			if !strings.Contains(r.out, want) {
				t.Errorf("%s: no %q in\n%s", name, want, r.out)
			}
		}
	}
}

// TestGoldenRun: the link of a real run by engine 2. That engine reproduces it;
// a later one may differ, and says that it is another.
func TestGoldenRun(t *testing.T) {
	text, err := os.ReadFile("../../link/testdata/v1/run.link")
	if err != nil {
		t.Fatal(err)
	}
	r := peel(t, t.TempDir(), "verify", string(text))
	if run.Engine == "2" && r.code != exitOK || r.code == exitBadInput || run.Engine != "2" && !strings.Contains(r.out, "engine") {
		t.Errorf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
}

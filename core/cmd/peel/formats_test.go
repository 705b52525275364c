package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConvert writes a network in every format and reads it again.
func TestConvert(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	want, _ := readNetwork(t, dir, victim)
	for _, format := range []string{"npz", "onnx", "keras", "safetensors"} {
		must(t, dir, "convert", victim, "-o", "other."+format)
		must(t, dir, "convert", "other."+format, "-o", "back.safetensors")
		if got, _ := readNetwork(t, dir, "back.safetensors"); got.Fingerprint() != want.Fingerprint() {
			t.Errorf("%s: the network changed on its way", format)
		}
		os.Remove(filepath.Join(dir, "back.safetensors"))
	}
	_, digest1 := digest(t, must(t, dir, "extract", "other.keras", "--seed", "7", "-o", "copy.onnx"))
	if _, digest2 := digest(t, must(t, dir, "extract", victim, "--seed", "7")); digest1 != digest2 {
		t.Errorf("digest %s from Keras, %s from safetensors", digest1, digest2)
	}
	if r := must(t, dir, "score", "other.npz", "copy.onnx"); !strings.Contains(r.out, "Verdict: identical") {
		t.Errorf("%s", r.out)
	}
}

// TestNotices: a softmax that is left out is named.
func TestNotices(t *testing.T) {
	dir := t.TempDir()
	file, err := filepath.Abs("../../../models/formats/testdata/functional.keras")
	if err != nil {
		t.Fatal(err)
	}
	const want = "note: functional: its softmax output was left out: the black box answers with logits\n"
	for _, args := range [][]string{{"convert", file, "-o", "net.onnx"}, {"extract", file}, {"score", file, file}, {"bench", file, "--seeds", "1-1"}} {
		if r := peel(t, dir, args...); !strings.Contains(r.err, want) {
			t.Errorf("peel %v says %q", args, r.err)
		}
	}
}

// TestExportThenImport hands a run over, finished and not.
func TestExportThenImport(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	_, want := digest(t, must(t, dir, "extract", victim, "--seed", "7", "--journal", "run.journal", "-o", "copy.safetensors"))
	must(t, dir, "export", "run.journal", "--victim", victim, "-o", "run.peel")
	r := must(t, dir, "import", "run.peel", "--journal", "new.journal", "-o", "new.safetensors", "--victim", "victim2.safetensors")
	if !strings.Contains(r.out, "complete, digest "+want) || !strings.Contains(r.out, "replayed") {
		t.Errorf("%s", r.out)
	}
	for a, b := range map[string]string{"copy.safetensors": "new.safetensors", victim: "victim2.safetensors"} {
		x, _ := readNetwork(t, dir, a)
		if y, _ := readNetwork(t, dir, b); x.Fingerprint() != y.Fingerprint() {
			t.Errorf("%s is not %s", b, a)
		}
	}
	// Workers and interruptions leave no trace in the file.
	journal, err := os.ReadFile(filepath.Join(dir, "run.journal"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "half.journal"), journal[:len(journal)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "export", "half.journal", "-o", "half.peel")
	if r := must(t, dir, "import", "half.peel", "--journal", "rest.journal"); !strings.Contains(r.out, "unfinished") {
		t.Errorf("%s", r.out)
	}
	if _, got := digest(t, must(t, dir, "extract", victim, "--seed", "7", "--workers", "3", "--journal", "rest.journal")); got != want {
		t.Errorf("it went on to %s, want %s", got, want)
	}
	must(t, dir, "export", "rest.journal", "--victim", victim, "-o", "again.peel")
	a, err := os.ReadFile(filepath.Join(dir, "run.peel"))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "again.peel")); err != nil || !bytes.Equal(a, b) {
		t.Errorf("the same run gives another file (%v)", err)
	}

	must(t, dir, "gen", "10-5-5-1", "--seed", "2", "-o", "other.safetensors")
	if err := os.WriteFile(filepath.Join(dir, "cut.peel"), a[:len(a)/2], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"import run.peel --journal new.journal", "not overwritten"},
		{"import cut.peel", "damaged zip"},
		{"import victim.safetensors", "not a run"},
		{"import half.peel -o x.safetensors", "unfinished"},
		{"import half.peel --victim x.safetensors", "does not hold its victim"},
		{"import nothing.peel", "cannot be read"},
		{"export run.journal --victim other.safetensors -o x.peel", "not the network that the run attacked"},
		{"export victim.safetensors -o x.peel", "not a journal"},
		{"export nothing -o x.peel", "cannot be read"},
		{"export run.journal", "-o is missing"},
		{"extract run.peel", "whole run"},
		{"convert victim.safetensors", "-o is missing"},
		{"convert victim.safetensors -o x.h5", "does not write .h5"},
	} {
		r := peel(t, dir, strings.Fields(c.args)...)
		if r.code != exitBadInput || !strings.Contains(r.err, c.want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("peel %s: exit code %d, %q", c.args, r.code, r.err)
		}
	}
}

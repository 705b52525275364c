package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peel/core/campaign"
)

// files holds the campaigns that come with Peel, and what they gave.
var files = filepath.Join("..", "..", "campaign", "files")

// TestSmokeCampaign runs the smallest campaign and holds it against the results
// beside it: every run has the same digest. Peel's own runs on exact answers are
// complete, with every sign right.
func TestSmokeCampaign(t *testing.T) {
	results := filepath.Join(t.TempDir(), "smoke.jsonl")
	before := filepath.Join(files, "smoke.results.jsonl")
	var out, errs strings.Builder
	code := execute(env{&out, &errs}, []string{"bench", filepath.Join(files, "smoke.json"), "--results", results, "--same", before})
	if code != exitOK || !strings.Contains(out.String(), "Every run gave the digest") {
		t.Fatalf("exit %d\n%s\n%s", code, out.String(), errs.String())
	}
	data, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	r, err := campaign.ParseResults(data)
	if err != nil {
		t.Fatal(err)
	}
	own := 0
	for _, rec := range r.Records {
		if m := rec.Spec.Method; m.Published() || rec.Spec.Oracle.Format != "" {
			continue
		}
		own++
		if !rec.Complete {
			t.Errorf("%s: not complete: %v", rec, rec.Why)
		}
		for _, l := range rec.Score {
			if strings.ContainsAny(l.Rows, "WUM") {
				t.Errorf("%s: the rows of layer %d came out as %s", rec, l.Layer, l.Rows)
			}
		}
	}
	if own < 20 {
		t.Errorf("only %d runs are Peel's own", own)
	}
}

// TestReport shows the committed results as text, as Markdown and as figures.
func TestReport(t *testing.T) {
	plots := t.TempDir()
	var out, errs strings.Builder
	code := execute(env{&out, &errs}, []string{"bench", "--report", filepath.Join(files, "smoke.results.jsonl"), "--markdown", "--plots", plots})
	if code != exitOK || !strings.Contains(out.String(), "| random 20-10x2-1 | Peel | idealised: layer 2 alone, earlier layers given | 4 of 4 |") {
		t.Errorf("exit %d\n%s\n%s", code, out.String(), errs.String())
	}
	svg, err := os.ReadFile(filepath.Join(plots, "random-queries-by-width.svg"))
	if err != nil || !strings.HasPrefix(string(svg), "<svg ") {
		t.Errorf("%v\n%.80s", err, svg)
	}
	for _, bad := range [][]string{
		{"bench", "--report", filepath.Join(files, "smoke.json")},
		{"bench", filepath.Join(files, "smoke.json"), "--seeds", "1-2"},
		{"bench", filepath.Join(files, "smoke.json"), "mnist-784-8x2-1-s1"},
		{"bench", "nowhere.json"},
	} {
		var out, errs strings.Builder
		if code := execute(env{&out, &errs}, bad); code != exitBadInput || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%v: exit %d, %q", bad, code, errs.String())
		}
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peel/core/extract"
)

// The table has a row for every layer, and the queries of its rows add up to
// those of the run.
func TestScoreEvents(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "gen", "8-5-4-1", "-o", "victim.safetensors")
	events := must(t, dir, "extract", "victim.safetensors", "--json", "-o", "out.safetensors").out
	file := filepath.Join(dir, "events.jsonl")
	if err := os.WriteFile(file, []byte(events), 0o644); err != nil {
		t.Fatal(err)
	}
	table := must(t, dir, "score", "victim.safetensors", "out.safetensors", "--events", "events.jsonl").out
	lines := strings.Split(strings.TrimSpace(table), "\n")
	if len(lines) != 5 {
		t.Fatalf("%d lines, want two of the head and one for each of three layers:\n%s", len(lines), table)
	}
	for i, want := range []string{"| 1 | 5 of 5 |", "| 2 | 4 of 4 |", "| output | 1 of 1 |"} {
		if !strings.HasPrefix(lines[2+i], want) {
			t.Errorf("row %d is %q, want %q…", i+1, lines[2+i], want)
		}
	}
	took, err := spentByLayer(strings.NewReader(events), 3)
	if err != nil {
		t.Fatal(err)
	}
	sum, total := int64(0), int64(0)
	for _, s := range took {
		sum += s.queries
	}
	for _, line := range strings.Split(events, "\n") {
		if strings.Contains(line, `"type":"done"`) {
			var e extract.Event
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			total = e.Queries
		}
	}
	if sum != total || total == 0 {
		t.Errorf("the layers took %d queries, the run %d", sum, total)
	}
	if _, err := spentByLayer(strings.NewReader("no event\n"), 3); err == nil {
		t.Error("a line that is no event was taken for one")
	}
}

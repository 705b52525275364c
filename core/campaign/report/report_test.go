package report

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peel/core/link"
)

// TestReport makes everything from the committed results of the smallest campaign.
func TestReport(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "files", "smoke.results.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Make(data)
	if err != nil {
		t.Fatal(err)
	}
	if r.Done != r.Jobs || len(r.Runs) != r.Jobs || len(r.Notes) > 0 {
		t.Errorf("%d of %d runs, %q", r.Done, r.Jobs, r.Notes)
	}
	for _, run := range r.Runs {
		e, err := link.Decode(run.Link)
		if err != nil {
			t.Fatal(err)
		}
		if _, recipe := e.Victim.(link.Recipe); recipe && strings.Contains(run.Name, "moved") {
			t.Errorf("%s: its link makes the network before a neuron was moved", run.Record)
		}
	}
	for _, table := range r.Tables {
		for _, row := range table.Rows {
			if len(row.Cells) != len(table.Columns) || len(row.Runs) == 0 {
				t.Errorf("%s: %v", table.ID, row)
			}
			for _, at := range row.Runs {
				run := r.Runs[at]
				e, err := link.Decode(run.Link)
				if err != nil || e.Seed != run.Spec.Seed || e.Method != run.Spec.Method {
					t.Errorf("%s: its link %q opens %+v: %v", run.Record, run.Link, e, err)
				}
			}
		}
	}
	if len(r.Tables) < 4 || len(r.Figures) < 7 {
		t.Errorf("%d tables, %d figures", len(r.Tables), len(r.Figures))
	}
	for _, f := range r.Figures {
		svg := r.Pictures[f.ID]
		if dots := strings.Count(svg, "<path"); dots < 10 || !strings.Contains(svg, f.X.Label) {
			t.Errorf("%s shows little: %d paths", f.ID, dots)
		}
		for d := xml.NewDecoder(strings.NewReader(svg)); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Errorf("%s: %v", f.ID, err)
				break
			}
		}
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

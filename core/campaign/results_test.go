package campaign

import (
	"errors"
	"strings"
	"testing"

	"peel/core/extract"
	"peel/core/run"
)

// results is a results file of the small campaign with three runs: layer 1 alone
// twice, the second out of time before its signs, and one end to end.
func results(t *testing.T) string {
	t.Helper()
	c := parse(t, small)
	b, err := AppendHeader(nil, &Header{Campaign: c, Engine: run.Engine, Machine: "a test", AtOnce: 1})
	if err != nil {
		t.Fatal(err)
	}
	add := func(j Job, end End, rows string, steps ...Step) {
		spec := run.NewSpec(run.Victim{Name: j.Victim.Name(), SHA256: strings.Repeat("0", 64)}, j.Victim.Sizes(), j.Seed)
		spec.Oracle, spec.Method = j.Oracle, j.Method
		r := &Record{V: Version, Victim: j.Victim, Spec: spec, Limit: j.Seconds, End: end, Queries: 100, Seconds: 5, Wall: 6, Steps: steps,
			Score: []Layer{{Layer: 1, Rows: rows, Exact: strings.Count(rows, "R"), Worst: 1e-9}}}
		if end == Ended {
			r.Digest = strings.Repeat("1", 64)
		}
		if b, err = AppendRecord(b, r); err != nil {
			t.Fatal(err)
		}
	}
	done := map[int]int{}
	for _, j := range c.Jobs() {
		if j.Victim.Seed != 1 {
			continue
		}
		switch k := j.Method.Idealised; {
		case k == 1 && done[k] == 0:
			add(j, Ended, "RRRWM", Step{1, extract.PhaseCritical, 40, 2}, Step{1, extract.PhaseSignature, 50, 2}, Step{1, extract.PhaseSign, 10, 1})
			done[k]++
		case k == 1:
			add(j, OutOfTime, "RRUUU", Step{1, extract.PhaseCritical, 100, 5})
		case k == 0 && done[k] == 0:
			add(j, Ended, "RRRRR", Step{1, extract.PhaseSubspace, 100, 5})
			done[k]++
		}
	}
	return string(b)
}

func TestTables(t *testing.T) {
	r, err := ParseResults([]byte(results(t)))
	if err != nil {
		t.Fatal(err)
	}
	v := r.Views()
	if v.Done != 3 || v.Jobs != 12 || len(v.Tables) != 2 || len(v.Figures) != 1 {
		t.Fatalf("%d of %d runs, %d tables, %d figures", v.Done, v.Jobs, len(v.Tables), len(v.Figures))
	}
	for _, row := range v.Tables[0].Rows {
		if row.Cells[2] != "idealised: layer 1 alone" {
			continue
		}
		want := []string{"random 10-5x2-1", "trace + sequential", "idealised: layer 1 alone", "0 of 2, 1 out of time", "0 of 2", "9/10", "5/10", "5/9, 1 wrong, 3 undecided", "1.0e-09",
			"> 4.00 (4.00–…)", "> 1.00 (1.00–…)", "> 5.00 (5.00–…)", "> 90 (90–…)", "> 10 (10–…)", "> 100 (100–…)"}
		if got := strings.Join(row.Cells, "|"); got != strings.Join(want, "|") {
			t.Errorf("\n%s\nwant\n%s", got, strings.Join(want, "|"))
		}
		if len(row.Runs) != 2 {
			t.Errorf("runs %v", row.Runs)
		}
		return
	}
	t.Error("the row of layer 1 is missing")
}

// TestDamagedResults: a cut-off end is left out, everything else is one sentence.
func TestDamagedResults(t *testing.T) {
	whole := results(t)
	lines := strings.SplitAfter(whole, "\n")
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "no whole line"},
		{"no header", lines[1], "first line"},
		{"damaged", lines[0] + lines[1] + lines[2][10:] + lines[3], "line 3 is damaged"},
		{"unknown field", lines[0] + strings.Replace(lines[1], `"limit"`, `"limits"`, 1), "line 2 is damaged"},
		{"rows of another shape", lines[0] + strings.Replace(lines[1], "RRRRR", "RRRR", 1), "line 2 is damaged"},
		{"negative", lines[0] + strings.Replace(lines[1], `"queries":100`, `"queries":-1`, 1), "line 2 is damaged"},
		{"another engine", lines[0] + strings.Replace(lines[1], `"engine":"`+run.Engine, `"engine":"0`, 1), "line 2 is of engine"},
		{"not ours", "hello\n", "first line"},
		{"bad campaign", strings.Replace(whole, `"layers":"1-9"`, `"layers":"x"`, 1), "line 1"},
	} {
		if c.text == whole {
			t.Fatalf("%s: nothing was changed", c.name)
		}
		if _, err := ParseResults([]byte(c.text)); !errors.Is(err, ErrResults) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	r, err := ParseResults([]byte(whole[:len(whole)-20]))
	if err != nil || !r.Cut || len(r.Records) != 2 || r.Whole != len(whole)-len(lines[3]) {
		t.Errorf("a cut-off line: %v, %+v", err, r)
	}
	old := strings.ReplaceAll(whole, `"engine":"`+run.Engine, `"engine":"0`)
	if r, err = ParseResults([]byte(old)); err != nil || !strings.Contains(strings.Join(r.Views().Notes, " "), "engine 0") {
		t.Errorf("results of another engine: %v", err)
	}
}

func TestDiffer(t *testing.T) {
	read := func(text string) *Results {
		r, err := ParseResults([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	text := results(t)
	other := strings.Replace(text, strings.Repeat("1", 64), strings.Repeat("2", 64), 1)
	lines := strings.SplitAfter(text, "\n")
	for name, c := range map[string]struct {
		now  string
		want int
	}{"same": {text, 0}, "one digest": {other, 1}, "one missing": {lines[0] + lines[2] + lines[3], 1}} {
		if got := Differ(read(c.now), read(text)); len(got) != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := Differ(read(text), read(lines[0])); len(got) != 1 {
		t.Errorf("nothing to compare: %q", got)
	}
}

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"peel/core/extract"
)

// small makes a victim that takes a moment to extract and returns its file name.
func small(t *testing.T, dir string) string {
	t.Helper()
	must(t, dir, "gen", "10-5-5-1", "--seed", "1", "-o", "victim.safetensors")
	return "victim.safetensors"
}

var ending = regexp.MustCompile(`\nqueries  (\d+)\nseconds  \d+\.\d+\ndigest   ([0-9a-f]{64})\n$`)

// digest returns the query count and digest that a run ends with.
func digest(t *testing.T, r ran) (queries int64, hex string) {
	t.Helper()
	m := ending.FindStringSubmatch(r.out)
	if m == nil {
		t.Fatalf("exit code %d, no queries, seconds and digest at the end of %q\n%s", r.code, r.out, r.err)
	}
	queries, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return queries, m[2]
}

func TestExtract(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	r := must(t, dir, "extract", victim, "--seed", "7", "--workers", "1", "-o", "out.safetensors")
	queries, want := digest(t, r)
	if !strings.Contains(r.out, "complete yes") {
		t.Errorf("exit code 0 but not complete:\n%s", r.out)
	}
	_, meta := readNetwork(t, dir, "out.safetensors")
	if meta["digest"] != want || meta["complete"] != "true" || meta["queries"] != strconv.FormatInt(queries, 10) {
		t.Errorf("the file's metadata is %v", meta)
	}
	must(t, dir, "score", victim, "out.safetensors")

	for _, args := range [][]string{
		{"extract", "--workers", "3", "--seed", "7", victim},
		{"extract", "--seed=7", victim, "--journal", "run.journal"},
	} {
		if _, got := digest(t, must(t, dir, args...)); got != want {
			t.Errorf("peel %v: digest %s, want %s", args, got, want)
		}
	}
	if _, got := digest(t, peel(t, dir, "extract", victim, "--seed", "8")); got == want {
		t.Error("another seed gave the same digest")
	}
}

func TestEventsAreLinesOfJSON(t *testing.T) {
	dir := t.TempDir()
	r := must(t, dir, "extract", small(t, dir), "--json", "--seed", "7")
	lines := strings.Split(strings.TrimSuffix(r.out, "\n"), "\n")
	var first, last extract.Event
	queries := int64(0)
	for i, line := range lines {
		var e extract.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || !strings.Contains(line, `"queries"`) || e.Type == "" {
			t.Fatalf("line %d is %q (%v)", i, line, err)
		}
		if e.Queries < queries {
			t.Errorf("line %d: queries went down from %d to %d", i, queries, e.Queries)
		}
		queries, last = e.Queries, e
		if i == 0 {
			first = e
		}
	}
	if first.Type != "start" || last.Type != "done" || len(last.Digest) != 64 || !last.Complete || !(last.Seconds > 0) {
		t.Errorf("from %+v to %+v", first, last)
	}
}

// TestJournalCutAnywhere: whatever a crash leaves of a journal, the run goes on
// from it to the same digest.
func TestJournalCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	path := filepath.Join(dir, "run.journal")
	run := func() ran { return must(t, dir, "extract", victim, "--seed", "7", "--journal", "run.journal") }
	_, want := digest(t, run())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head := bytes.IndexByte(whole, '\n')
	for _, n := range []int{0, head / 2, head, head + 1, len(whole) / 3, len(whole) / 2, len(whole) - 1, len(whole)} {
		if err := os.WriteFile(path, whole[:n], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, got := digest(t, run()); got != want {
			t.Errorf("cut after %d of %d bytes: digest %s, want %s", n, len(whole), got, want)
		}
		if n == len(whole) {
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, whole) {
				t.Errorf("a finished run was done again (%v)", err)
			}
		}
	}
}

func TestJournalOfAnotherRun(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	must(t, dir, "extract", victim, "--seed", "7", "--journal", "run.journal")
	path := filepath.Join(dir, "run.journal")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	must(t, dir, "gen", "10-5-5-1", "--seed", "2", "-o", "other.safetensors")
	for _, args := range [][]string{
		{victim, "--seed", "8"}, {victim, "--seed", "7", "--budget", "100000"}, {victim, "--seed", "7", "--plain"}, {"other.safetensors", "--seed", "7"},
	} {
		r := peel(t, dir, append([]string{"extract", "--journal", "run.journal"}, args...)...)
		if r.code != exitBadInput || !strings.Contains(r.err, "journal of another run") {
			t.Errorf("%v: exit code %d, %q", args, r.code, r.err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("a refused journal was changed (%v)", err)
	}
	if err := os.Rename(filepath.Join(dir, victim), filepath.Join(dir, "renamed.safetensors")); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "extract", "renamed.safetensors", "--seed", "7", "--journal", "run.journal")

	damaged := bytes.Replace(before, []byte(`"round":1,`), []byte(`"round":one,`), 1)
	newer := bytes.Replace(before, []byte(`"v":1`), []byte(`"v":99`), 1)
	for want, data := range map[string][]byte{"is damaged": damaged, "version 99": newer} {
		if bytes.Equal(data, before) {
			t.Fatalf("the journal has changed its form:\n%.300s", before)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if r := peel(t, dir, "extract", "renamed.safetensors", "--seed", "7", "--journal", "run.journal"); r.code != exitBadInput || !strings.Contains(r.err, want) {
			t.Errorf("%s: exit code %d, %q", want, r.code, r.err)
		}
	}
}

// TestBudget: a run that may not ask enough ends honestly and keeps what it has.
func TestBudget(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	for _, budget := range []int64{1, 100, 700} {
		r := peel(t, dir, "extract", victim, "--budget", strconv.FormatInt(budget, 10), "-o", "out.safetensors")
		queries, _ := digest(t, r)
		if !strings.Contains(r.out, "\ncoverage layer 1") || !strings.Contains(r.out, " not reached (") {
			t.Errorf("budget %d: the neurons are not accounted for:\n%s", budget, r.out)
		}
		if r.code != exitIncomplete || queries > budget || !strings.Contains(r.out, "complete no\nmissing") {
			t.Errorf("budget %d: exit code %d after %d queries\n%s", budget, r.code, queries, r.out)
		}
		if _, meta := readNetwork(t, dir, "out.safetensors"); meta["complete"] != "false" {
			t.Errorf("budget %d: the file says %v", budget, meta)
		}
	}
}

// TestPlain: full points give the same network to rounding; the digest may differ.
func TestPlain(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	must(t, dir, "extract", victim, "--seed", "7", "--plain", "-o", "out.safetensors")
	must(t, dir, "score", victim, "out.safetensors")
}

// TestInterrupt stops a run with Ctrl-C in the middle and goes on.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	victim := "mnist-784-32x2-1-s1" // long enough to be caught in the middle
	args := []string{"extract", victim, "--seed", "7", "--json", "--journal", "run.journal"}
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	var errs bytes.Buffer
	cmd.Stderr = &errs
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20)
	asked, finished := int64(0), false
	for lines.Scan() {
		var e extract.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.Queries > 0 && asked == 0 {
			asked = e.Queries
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
		finished = finished || e.Type == "done"
	}
	cmd.Wait()
	if finished {
		t.Fatal("the run ended before it could be interrupted")
	}
	if code := cmd.ProcessState.ExitCode(); code != exitIncomplete || !strings.Contains(errs.String(), "run the same command again to go on from run.journal") {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
	last := func(r ran) (e extract.Event) {
		lines := strings.Split(strings.TrimSpace(r.out), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	resumed := peel(t, dir, args...)
	if !strings.Contains(strings.SplitN(resumed.out, "\n", 2)[0], `"resumed":true`) {
		t.Errorf("the run began anew: %.200s", resumed.out)
	}
	whole := peel(t, dir, "extract", victim, "--seed", "7", "--json")
	if a, b := last(resumed), last(whole); a.Digest != b.Digest || a.Digest == "" || a.Queries != b.Queries {
		t.Errorf("interrupted: %s after %d queries; whole: %s after %d", a.Digest, a.Queries, b.Digest, b.Queries)
	}
}

package journal

import (
	"encoding/json"
	"errors"
	"testing"

	"peel/core/extract"
	"peel/core/run"
)

// limited is a disk that is full after a number of writes.
type limited struct {
	*Memory
	left int
}

var errFull = errors.New("QuotaExceededError")

func (l *limited) Write(b Batch) error {
	if l.left == 0 {
		return errFull
	}
	l.left--
	return l.Memory.Write(b)
}

func result(round, index int) extract.Result {
	return extract.Result{Round: round, Index: index, Phase: extract.PhaseCritical, Queries: 7, Data: json.RawMessage(`[0.1,-2]`)}
}

func meta(id string, created int64) Meta {
	return Meta{ID: id, Created: created, Status: Running, Spec: run.NewSpec(run.Victim{}, []int{2, 3, 1}, 5), Layers: []Layer{}}
}

func indices(t *testing.T, s *Store, id string) (out []int) {
	t.Helper()
	results, _, err := s.Results(id)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		out = append(out, r.Round*100+r.Index)
	}
	return out
}

// A disk that fills up in the middle of a run costs nothing but durability, and
// the reader is told once.
func TestFullDisk(t *testing.T) {
	var notices []string
	s := NewStore(&limited{NewMemory(), 2}, nil, func(id, _ string) { notices = append(notices, id) })
	j := s.Open("a", func() {})
	for i := range 5 {
		if err := j.Append(result(0, i)); err != nil {
			t.Fatal(err)
		}
		m := meta("a", 1)
		m.Queries = int64(i)
		j.SetMeta(m)
		j.Flush()
	}
	j.SetNetwork([]byte("file"))
	j.Close()
	if got := indices(t, s, "a"); len(got) != 5 || got[0] != 0 || got[4] != 4 {
		t.Errorf("results %v, want 0 to 4", got)
	}
	if m, err := s.Get("a"); err != nil || m.Queries != 4 {
		t.Errorf("the summary says %d queries (%v), want the latest, 4", m.Queries, err)
	}
	if file, err := s.Network("a"); err != nil || string(file) != "file" {
		t.Errorf("the network is %q, %v", file, err)
	}
	if len(notices) != 1 || notices[0] != "a" {
		t.Errorf("notices for %v, want one for a", notices)
	}
	if runs, _ := s.List(); len(runs) != 1 {
		t.Errorf("%d runs are listed, want 1", len(runs))
	}
	if _, warning := s.Kind(); warning == "" {
		t.Error("no warning stands")
	}
	if err := s.Delete("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("a"); !errors.Is(err, ErrNoRun) {
		t.Errorf("a deleted run gives %v", err)
	}
}

func TestNoDisk(t *testing.T) {
	notices := 0
	s := NewStore(nil, errors.New("private mode"), func(string, string) { notices++ })
	j := s.Open("a", func() {})
	if err := j.Append(result(0, 0)); err != nil {
		t.Fatal(err)
	}
	j.SetMeta(meta("a", 1))
	j.Close()
	if kind, warning := s.Kind(); kind != "memory" || warning == "" || notices != 1 {
		t.Errorf("kind %q, warning %q, %d notices", kind, warning, notices)
	}
	if got := indices(t, s, "a"); len(got) != 1 {
		t.Errorf("results %v", got)
	}
}

// What After shows has been written before.
func TestAfterComesAfter(t *testing.T) {
	disk := NewMemory()
	s := NewStore(disk, nil, func(string, string) {})
	j := s.Open("a", func() {})
	shown := 0
	for i := range 20 {
		if err := j.Append(result(i, 0)); err != nil {
			t.Fatal(err)
		}
		j.After(func() {
			if len(disk.results["a"]) <= i || shown != i {
				t.Errorf("event %d was shown with %d results kept and %d events shown", i, len(disk.results["a"]), shown)
			}
			shown++
		})
	}
	j.Close()
	if shown != 20 {
		t.Errorf("%d of 20 events were shown", shown)
	}
}

// What comes close together shares a write, who waits for one does not wait for
// company, and every batch is told of once, after all that waited for it.
func TestWritesAreGathered(t *testing.T) {
	const many = 1000
	disk := &limited{NewMemory(), many}
	s := NewStore(disk, nil, func(string, string) {})
	told, shown := 0, 0
	j := s.Open("a", func() {
		if told++; shown == 0 {
			t.Error("a batch was told of before what waited for it")
		}
	})
	for i := range 50 {
		if err := j.Append(result(i, 0)); err != nil {
			t.Fatal(err)
		}
		j.After(func() { shown++ })
		if i == 0 {
			j.Flush() // the first write; the others come right after it
		}
	}
	j.Close()
	// One for the first result, one for the others; a slow machine may need more.
	if writes := many - disk.left; writes > 10 || told < 2 || shown != 50 {
		t.Errorf("%d writes, %d told of, %d of 50 results shown", writes, told, shown)
	}
}

func TestNewestRunFirst(t *testing.T) {
	s := NewStore(NewMemory(), nil, func(string, string) {})
	for i, id := range []string{"old", "new", "middle"} {
		m := meta(id, []int64{1, 3, 2}[i])
		s.Write(Batch{ID: id, Meta: &m})
	}
	runs, err := s.List()
	if err != nil || len(runs) != 3 || runs[0].ID != "new" || runs[2].ID != "old" {
		t.Errorf("%v, %v", runs, err)
	}
}

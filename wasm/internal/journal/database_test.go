//go:build js && wasm

package journal

import (
	"bytes"
	"syscall/js"
	"testing"

	"peel/core/extract"
)

// These run under Node with a stand-in for IndexedDB: wasm/test/node/journal.test.mjs.

func reopen(t *testing.T) *Database {
	t.Helper()
	d, err := OpenDatabase()
	if err != nil {
		t.Fatalf("%v (run these tests through wasm/test/node/journal.test.mjs)", err)
	}
	return d
}

func TestDatabaseKeepsARun(t *testing.T) {
	d := reopen(t)
	for i := range 3 {
		m := meta("kept", int64(i))
		b := Batch{ID: "kept", Sequence: i, Results: []extract.Result{result(i, 0), result(i, 1)}, Meta: &m}
		if i == 2 {
			b.Network = []byte{1, 2, 3}
		}
		if err := d.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	other := meta("kept2", 9) // a name that the first is the beginning of
	if err := d.Write(Batch{ID: "kept2", Results: []extract.Result{result(9, 9)}, Meta: &other, Network: []byte{9}}); err != nil {
		t.Fatal(err)
	}

	d = reopen(t)
	results, next, err := d.Results("kept")
	if err != nil || len(results) != 6 || next != 3 {
		t.Fatalf("%d results, next %d, %v", len(results), next, err)
	}
	for i, r := range results {
		if r.Round != i/2 || r.Index != i%2 || string(r.Data) != `[0.1,-2]` || r.Queries != 7 {
			t.Errorf("result %d is %+v", i, r)
		}
	}
	runs, err := d.List()
	if err != nil || len(runs) != 2 || runs[0].ID != "kept" || runs[0].Created != 2 || runs[0].Spec.Seed != 5 {
		t.Errorf("%+v, %v", runs, err)
	}
	if file, err := d.Network("kept"); err != nil || !bytes.Equal(file, []byte{1, 2, 3}) {
		t.Errorf("network %v, %v", file, err)
	}
	if file, err := d.Network("no such run"); err != nil || file != nil {
		t.Errorf("a missing network gives %v, %v", file, err)
	}

	if err := d.Delete("kept"); err != nil {
		t.Fatal(err)
	}
	if results, _, _ := d.Results("kept"); len(results) != 0 {
		t.Errorf("%d results outlive their run", len(results))
	}
	if results, _, _ := d.Results("kept2"); len(results) != 1 {
		t.Errorf("deleting one run left another with %d results, want 1", len(results))
	}
	if runs, _ := d.List(); len(runs) != 1 || runs[0].ID != "kept2" {
		t.Errorf("%+v", runs)
	}
	if err := d.Delete("kept2"); err != nil {
		t.Fatal(err)
	}
}

// A write that the browser refuses, at once or when it commits, says so and
// leaves the database usable.
func TestDatabaseRefuses(t *testing.T) {
	d := reopen(t)
	prototype := js.Global().Get("IDBObjectStore").Get("prototype")
	put := prototype.Get("put")
	js.Global().Set("realPut", put)
	m := meta("refused", 1)
	for name, refusal := range map[string]string{
		"at once":   `(function() { throw new DOMException("the disk is full", "QuotaExceededError") })`,
		"at commit": `(function(...args) { const r = realPut.apply(this, args); this.transaction.abort(); return r })`,
	} {
		prototype.Set("put", js.Global().Call("eval", refusal))
		err := d.Write(Batch{ID: "refused", Meta: &m})
		prototype.Set("put", put)
		if err == nil {
			t.Errorf("a write refused %s gives no error", name)
		}
		if runs, _ := d.List(); len(runs) != 0 {
			t.Errorf("a write refused %s was kept", name)
		}
		if err := d.Write(Batch{ID: "refused", Meta: &m}); err != nil {
			t.Errorf("after a write refused %s: %v", name, err)
		}
		if err := d.Delete("refused"); err != nil {
			t.Error(err)
		}
	}
}

// The whole of a run through its journal, as the conductor uses it.
func TestJournalOnTheDatabase(t *testing.T) {
	s := NewStore(reopen(t), nil, func(_, message string) { t.Error(message) })
	for resumed := range 3 {
		j := s.Open("whole", func() {})
		results, err := j.Load()
		if err != nil || len(results) != 40*resumed {
			t.Fatalf("loaded %d results, want %d; %v", len(results), 40*resumed, err)
		}
		for i := range 40 {
			if err := j.Append(result(resumed, i)); err != nil {
				t.Fatal(err)
			}
			if i%8 == 0 {
				m := meta("whole", 1)
				j.SetMeta(m)
				j.Flush()
			}
		}
		j.Close()
	}
	if got := indices(t, s, "whole"); len(got) != 120 || got[0] != 0 || got[119] != 239 {
		t.Errorf("results %v", got)
	}
	if err := s.Delete("whole"); err != nil {
		t.Error(err)
	}
}

func TestNoIndexedDB(t *testing.T) {
	kept := js.Global().Get("indexedDB")
	js.Global().Set("indexedDB", js.Undefined())
	defer js.Global().Set("indexedDB", kept)
	if _, err := OpenDatabase(); err == nil {
		t.Error("a browser without IndexedDB opened a database")
	}
}

package runfile

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"peel/models/packed"
)

func parts() Parts {
	return Parts{Spec: []byte("{}"), Journal: bytes.Repeat([]byte("{\"round\":1}\n"), 500), Figures: []byte("{}"), Victim: []byte("weights")}
}

func TestPackThenUnpack(t *testing.T) {
	p := parts()
	file, err := Pack(p)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Pack(parts()); err != nil || !bytes.Equal(file, again) {
		t.Errorf("equal parts give different files (%v)", err)
	}
	got, err := Unpack(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Spec, p.Spec) || !bytes.Equal(got.Journal, p.Journal) || !bytes.Equal(got.Figures, p.Figures) || got.Recovered != nil || !bytes.Equal(got.Victim, p.Victim) {
		t.Errorf("it was unpacked as %+v", got)
	}
	if !Holds(file) || Holds(file[:100]) || Holds(nil) {
		t.Error("Holds does not know a run")
	}
}

// TestUnpackRefuses: each file is refused in one sentence that names the fault.
func TestUnpackRefuses(t *testing.T) {
	zip := func(entries ...packed.Entry) []byte {
		file, err := packed.Write(entries, true)
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	good, err := Pack(parts())
	if err != nil {
		t.Fatal(err)
	}
	v, spec, journal, figures := packed.Entry{Name: partVersion, Data: []byte(version)}, packed.Entry{Name: partSpec, Data: []byte("{}")}, packed.Entry{Name: partJournal}, packed.Entry{Name: partFigures}
	for _, c := range []struct {
		fault, want string
		file        []byte
	}{
		{"empty", "not a run", nil},
		{"text", "not a run", []byte("not a zip file")},
		{"cut off", "damaged zip", good[:len(good)-30]},
		{"another zip file", "without a run", zip(journal)},
		{"a future version", "another version", zip(packed.Entry{Name: partVersion, Data: []byte(`{"peel run": 2}`)}, spec, journal, figures)},
		{"no journal", "holds no \"journal.jsonl\"", zip(v, spec, figures)},
		{"a stranger's part", "does not belong", zip(v, spec, journal, figures, packed.Entry{Name: "../../etc/passwd"})},
		{"a part twice", "twice", zip(v, spec, spec, journal, figures)},
		{"a huge spec", "more than is allowed", zip(v, packed.Entry{Name: partSpec, Data: make([]byte, maxSpec+1)}, journal, figures)},
		{"a bomb", "more than is allowed", zip(v, spec, packed.Entry{Name: partJournal, Data: make([]byte, 64<<20)}, figures)},
	} {
		_, err := Unpack(c.file)
		if err == nil || !errors.Is(err, ErrRun) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.fault, err)
		}
	}
}

// FuzzUnpack: what is unpacked is packed to parts that are the same.
func FuzzUnpack(f *testing.F) {
	if file, err := Pack(parts()); err == nil {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p, err := Unpack(file)
		if err != nil {
			return
		}
		again, err := Pack(p)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Unpack(again); err != nil || !bytes.Equal(back.Journal, p.Journal) {
			t.Fatalf("the parts changed on their way (%v)", err)
		}
	})
}

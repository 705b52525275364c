package run_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"peel/core/extract"
	"peel/core/run"
)

// record writes down the first n results of a reference run, in any order.
func record(t *testing.T, n int) (run.Record, string) {
	t.Helper()
	net := victim(t)
	spec := specOf(net, 3)
	_, digest, results := reference(t, spec, net)
	if n < 0 {
		n = len(results)
	}
	part := slices.Clone(results[:n])
	slices.Reverse(part)
	c, err := run.Look(spec, append(part, part[:min(n, 2)]...), quiet)
	if err != nil {
		t.Fatal(err)
	}
	c.Figures.Seconds = 1.5
	r, err := c.Record()
	if err != nil {
		t.Fatal(err)
	}
	return r, digest
}

func TestRecordsCheck(t *testing.T) {
	for _, n := range []int{-1, 0, 1, 40} {
		r, digest := record(t, n)
		var last extract.Event
		c, err := r.Check(func(e extract.Event) { last = e })
		if err != nil {
			t.Fatal(err)
		}
		whole := n < 0
		if c.Figures.Done != whole || (c.Outcome != nil) != whole || (c.Figures.Digest == digest) != whole || c.Figures.Seconds != 1.5 {
			t.Errorf("%d results: figures %+v", n, c.Figures)
		}
		if (last.Type == "done") != whole {
			t.Errorf("%d results: the last event is %+v", n, last)
		}
		again, err := c.Record()
		if err != nil || !bytes.Equal(again.Spec, r.Spec) || !bytes.Equal(again.Figures, r.Figures) || !bytes.Equal(again.Journal, r.Journal) {
			t.Errorf("%d results: the record changed on its way (%v)", n, err)
		}
		if n != 40 {
			continue
		}
		// The run goes on from there to the same end.
		net := victim(t)
		exec, _ := pool(net, 2)
		journal := &run.Memory{}
		for _, x := range c.Results {
			if err := journal.Append(x); err != nil {
				t.Fatal(err)
			}
		}
		if _, got := finish(t, c.Spec, exec, journal); got != digest {
			t.Errorf("it went on to %s, want %s", got, digest)
		}
	}
}

// harmless marks what may or may not change what a run comes to.
const harmless = "?"

// TestRecordsOfStrangers: a record whose parts do not fit is refused.
func TestRecordsOfStrangers(t *testing.T) {
	replace := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(new), 1) }
	}
	lines := func(b []byte) [][]byte { return bytes.SplitAfter(b, []byte("\n")) }
	for _, c := range []struct {
		fault, want            string
		spec, figures, journal func([]byte) []byte
	}{
		{fault: "another engine", want: "engine", spec: replace(`"engine": "`, `"engine": "9`)},
		{fault: "an absurd shape", want: "spec", spec: replace(`12,`, `99999999,`)},
		{fault: "another digest", want: "figures it claims", figures: replace(`"digest": "`, `"digest": "0`)},
		{fault: "complete though it is not said", want: "figures it claims", figures: replace(`"complete": true`, `"complete": false`)},
		{fault: "fewer queries", want: "figures it claims", figures: replace(`"queries": `, `"queries": 1`)},
		{fault: "an endless run", want: "damaged", figures: replace(`"seconds": 1.5`, `"seconds": 1e300`)},
		{fault: "unknown figures", want: "damaged", figures: replace(`"seconds"`, `"minutes"`)},
		{fault: "no figures", want: "damaged", figures: func([]byte) []byte { return nil }},
		// A replay asks nothing, so that it cannot tell what was asked.
		{fault: "another seed", want: harmless, spec: replace(`"seed": 3`, `"seed": 4`)},
		{fault: "a result left out", want: "figures it claims", journal: func(b []byte) []byte { return bytes.Join(lines(b)[1:], nil) }},
		{fault: "a result with another count", want: "figures it claims", journal: replace(`"queries":`, `"queries":1`)},
		{fault: "a cut-off line", want: "damaged", journal: func(b []byte) []byte { return b[:len(b)-9] }},
		{fault: "numbers turned into text", want: "", journal: replace(`"data":{`, `"data":{"x":"`)},
		{fault: "data of another task", want: harmless, journal: func(b []byte) []byte {
			all := lines(b)
			i := len(all) / 2
			_, data, _ := bytes.Cut(all[0], []byte(`"data":`))
			head, _, _ := bytes.Cut(all[i], []byte(`"data":`))
			all[i] = append(append(bytes.Clone(head), `"data":`...), data...)
			return bytes.Join(all, nil)
		}},
		{fault: "data that is null", want: harmless, journal: func(b []byte) []byte {
			head, _, _ := bytes.Cut(b, []byte(`"data":`))
			return append(append(bytes.Clone(head), `"data":null}`+"\n"...), bytes.Join(lines(b)[1:], nil)...)
		}},
	} {
		r, _ := record(t, -1)
		for _, edit := range []struct {
			part   *[]byte
			change func([]byte) []byte
		}{{&r.Spec, c.spec}, {&r.Figures, c.figures}, {&r.Journal, c.journal}} {
			if edit.change == nil {
				continue
			}
			before := bytes.Clone(*edit.part)
			if *edit.part = edit.change(*edit.part); bytes.Equal(before, *edit.part) {
				t.Fatalf("%s: nothing was changed in\n%.400s", c.fault, before)
			}
		}
		_, err := r.Check(quiet)
		if c.want == harmless {
			continue // refused or not, it came back
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", c.fault, err)
		}
	}
}

// FuzzCheck: whatever a journal holds, Check returns.
func FuzzCheck(f *testing.F) {
	net := victim(f)
	spec := specOf(net, 3)
	_, _, results := reference(f, spec, net)
	text, err := json.Marshal(spec)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(run.AppendResults(nil, results))
	f.Add(run.AppendResults(nil, results[:30]))
	f.Fuzz(func(t *testing.T, journal []byte) {
		if _, err := (run.Record{Spec: text, Figures: []byte(`{}`), Journal: journal}).Check(quiet); err == nil {
			t.Error("empty figures fit")
		}
	})
}

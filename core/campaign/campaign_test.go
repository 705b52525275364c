package campaign

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// small is a campaign of two parts that share runs: 2 victims × 2 seeds × 2
// methods, and one of them again.
const small = `{"v":1,"name":"small","title":"Small","limits":{"queries":1000,"seconds":5},"parts":[
 {"name":"a","title":"A","victims":[{"random":"10-5x2-1","seeds":"1-2"}],"seeds":"1,7","methods":[{},{"layers":"1-9"}],"show":["methods"]},
 {"name":"b","title":"B","victims":[{"random":"10-5x2-1","seeds":"1"}],"seeds":"1","methods":[{"signature":"trace"}],"show":["layers","queries-by-width"]}]}`

func parse(t *testing.T, text string) *Campaign {
	t.Helper()
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestJobs checks that every run is there once, layers a network does not have are
// left out, and that all methods meet a victim before the next one comes.
func TestJobs(t *testing.T) {
	jobs := parse(t, small).Jobs()
	if want := 2 * 2 * 3; len(jobs) != want { // end to end, layer 1, layer 2
		t.Fatalf("%d jobs, want %d", len(jobs), want)
	}
	seen, first := map[string]bool{}, map[int]bool{}
	for i, j := range jobs {
		if seen[j.Key()] {
			t.Errorf("job %d is there twice", i)
		}
		seen[j.Key()] = true
		if at := jobs[i/3*3]; at.Victim != j.Victim || at.Seed != j.Seed {
			t.Errorf("job %d is on %s with seed %d, among those on %s with seed %d", i, j.Victim.Name(), j.Seed, at.Victim.Name(), at.Seed)
		}
		if i%3 == 0 {
			first[j.Method.Idealised] = true
		}
	}
	if len(first) < 2 {
		t.Error("the same method is always first")
	}
	if jobs[0].Seed != 1 || jobs[len(jobs)-1].Seed != 7 {
		t.Error("seeds do not come one after another")
	}
}

func TestCampaignIsWrittenAsItIsRead(t *testing.T) {
	c := parse(t, small)
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(parse(t, string(b)))
	if err != nil || string(again) != string(b) {
		t.Errorf("%v\n%s\n%s", err, b, again)
	}
}

// TestBadCampaigns changes one thing at a time.
func TestBadCampaigns(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"v":1`, `"v":2`, "version 2"},
		{`"name":"small"`, `"name":"Small one"`, "lower-case"},
		{`"queries":1000,`, ``, "limit of queries"},
		{`"seconds":5`, `"seconds":-5`, "limit of seconds"},
		{`"title":"Small"`, `"titel":"Small"`, "unknown field"},
		{`"name":"b"`, `"name":"a"`, "called \"a\""},
		{`"seeds":"1,7"`, `"seeds":"7-1"`, "range of numbers"},
		{`"seeds":"1,7"`, `"seeds":"0-9007199254740991"`, "more than 1000"},
		{`"seeds":"1,7"`, `"seeds":7`, "range of numbers"},
		{`[{"random":"10-5x2-1","seeds":"1-2"}]`, `[{"random":"10-5x2-1"}]`, "training seeds"},
		{`[{"random":"10-5x2-1","seeds":"1-2"}]`, `[{"random":"10--1","seeds":"1-2"}]`, "layer sizes"},
		{`[{"random":"10-5x2-1","seeds":"1-2"}]`, `[{"mnist":"10-5x2-1","seeds":"1-2"}]`, "784 inputs"},
		{`[{"random":"10-5x2-1","seeds":"1-2"}]`, `[{"random":"10-5x2-1","shipped":"x","seeds":"1-2"}]`, "one of"},
		{`[{"random":"10-5x2-1","seeds":"1-2"}]`, `[]`, "needs victims"},
		{`"seeds":"1-2"}`, `"seeds":"1-2","moved":{"layer":0,"neuron":1,"nearest":1,"factors":[1]}}`, "moved as in"},
		{`"seeds":"1-2"}`, `"seeds":"1-2","moved":{"layer":1,"neuron":1,"nearest":1,"factors":[]}}`, "factors"},
		{`{"layers":"1-9"}`, `{"layers":"1-9","idealised":1}`, "not both"},
		{`{"layers":"1-9"}`, `{"sign":"guess"}`, "guess"},
		{`"show":["methods"]`, `"show":["pie"]`, "pie"},
		{`"show":["methods"]`, `"show":[]`, "names no table"},
		{`"seeds":"1,7"`, `"seeds":"1-1000","answers":[` + strings.Repeat(`{"decimals":3},`, 99) + `{}]`, "more than 100000 runs"},
		{`"show":["methods"]`, `"answers":[{"decimals":99}],"show":["methods"]`, "decimal places"},
	} {
		text := strings.Replace(small, c.old, c.new, 1)
		if text == small {
			t.Fatalf("%s is not there", c.old)
		}
		if _, err := Parse([]byte(text)); !errors.Is(err, ErrCampaign) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.new, err)
		}
	}
	if _, err := Parse([]byte(small + small)); !errors.Is(err, ErrCampaign) {
		t.Errorf("two campaigns in one file: %v", err)
	}
}

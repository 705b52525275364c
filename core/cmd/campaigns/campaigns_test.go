package campaigns

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peel/core/campaign"
	"peel/core/run"
)

// tiny is a campaign of six runs of a few milliseconds; of seed 1 every neuron
// of these networks switches.
const tiny = `{"v":1,"name":"tiny","title":"Tiny","limits":{"queries":100000,"seconds":60},"parts":[
 {"name":"a","title":"A","victims":[{"random":"12-6-5-1","seeds":"1"}],"seeds":"1-3","methods":[{},{"idealised":2}],"show":["methods"]}]}`

func read(t *testing.T, text string) *campaign.Campaign {
	t.Helper()
	c, err := campaign.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func options(t *testing.T) Options {
	return Options{Results: filepath.Join(t.TempDir(), "results.jsonl"), AtOnce: 2, Log: io.Discard, Victims: Victims{Log: io.Discard}}
}

// stopAfter is a log that stops the campaign after n runs.
type stopAfter struct {
	n    int
	stop func()
}

func (s *stopAfter) Write(p []byte) (int, error) {
	if strings.Contains(string(p), " of 6  ") {
		if s.n--; s.n == 0 {
			s.stop()
		}
	}
	return len(p), nil
}

// TestCampaignGoesOn stops a campaign twice, once in the middle of a line, and
// compares with one that was not stopped.
func TestCampaignGoesOn(t *testing.T) {
	c := read(t, tiny)
	whole, err := Run(context.Background(), c, options(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range whole.Records {
		if r.End != campaign.Ended || !r.Complete || len(r.Digest) != 64 {
			t.Errorf("%s: %+v", r, r)
		}
		var queries int64
		for _, s := range r.Steps {
			queries += s.Queries
		}
		if queries != r.Queries {
			t.Errorf("%s: its steps have %d queries", r, queries)
		}
		if alone := r.Spec.Method.Idealised; alone > 0 && (len(r.Score) != 1 || r.Score[0].Layer != alone || r.Score[0].Rows != "RRRRR") {
			t.Errorf("%s: %+v", r, r.Score)
		}
	}
	opt := options(t)
	ctx, cancel := context.WithCancel(context.Background())
	opt.Log = &stopAfter{2, cancel}
	if _, err := Run(ctx, c, opt); err != context.Canceled {
		t.Fatal(err)
	}
	data, err := os.ReadFile(opt.Results)
	if err != nil || bytes.Count(data, []byte("\n")) < 3 {
		t.Fatalf("%v\n%s", err, data)
	}
	if err := os.WriteFile(opt.Results, data[:len(data)-9], 0o644); err != nil { // as after a crash
		t.Fatal(err)
	}
	opt.Log = io.Discard
	again, err := Run(context.Background(), c, opt)
	if err != nil || len(again.Records) != 6 {
		t.Fatalf("%v, %d runs", err, len(again.Records))
	}
	if differ := campaign.Differ(again, whole); len(differ) > 0 {
		t.Error(differ)
	}
	size := func() int64 {
		info, err := os.Stat(opt.Results)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	if _, err := Run(context.Background(), c, opt); err != nil || size() != before {
		t.Errorf("a finished campaign was written to again: %v", err)
	}
}

// TestLimits: the queries and the time of a run end it, and it counts as failed
// with what it had.
func TestLimits(t *testing.T) {
	for end, text := range map[campaign.End]string{
		campaign.OutOfQuery: strings.Replace(tiny, "100000", "400", 1),
		campaign.OutOfTime:  strings.Replace(tiny, `"seconds":60`, `"seconds":1e-5`, 1),
	} {
		opt := options(t)
		r, err := Run(context.Background(), read(t, text), opt)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range r.Records {
			if rec.End != end || rec.Complete || (rec.Digest == "") != (end == campaign.OutOfTime) || end == campaign.OutOfQuery && rec.Queries > 400 {
				t.Errorf("%s: %+v", rec, rec)
			}
		}
		data, err := os.ReadFile(opt.Results)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := campaign.ParseResults(data); err != nil {
			t.Error(err)
		}
	}
}

// TestFilesThatAreNotOurs are refused in one sentence, and stay as they are.
func TestFilesThatAreNotOurs(t *testing.T) {
	c := read(t, tiny)
	opt := options(t)
	if _, err := Run(context.Background(), c, opt); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(opt.Results)
	if err != nil {
		t.Fatal(err)
	}
	text := string(whole)
	lines := strings.SplitAfter(text, "\n")
	fingerprint := lines[1][strings.Index(lines[1], `"sha256":"`)+10:][:64]
	for _, f := range []struct{ name, text, want string }{
		{"a text", "hello", "not results"},
		{"a damaged line", strings.Replace(text, `{"v":1,"victim"`, `{"v":1,"victim`, 1), "line 2 is damaged"},
		{"another campaign", strings.Replace(text, `"name":"tiny"`, `"name":"other"`, 1), `campaign "other"`},
		{"another engine", strings.ReplaceAll(text, `"engine":"`+run.Engine+`"`, `"engine":"0"`), "engine 0"},
		{"another machine", strings.Replace(text, `"machine":"`, `"machine":"a lake; `, 1), "another machine"},
		{"another network", strings.ReplaceAll(strings.Join(lines[:3], ""), fingerprint, strings.Repeat("0", 64)), "another network"},
	} {
		if f.text == text {
			t.Fatalf("%s: nothing was changed", f.name)
		}
		if err := os.WriteFile(opt.Results, []byte(f.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Run(context.Background(), c, opt)
		if err == nil || !strings.Contains(err.Error(), f.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", f.name, err)
		}
		if kept, _ := os.ReadFile(opt.Results); string(kept) != f.text {
			t.Errorf("%s: the file was changed", f.name)
		}
	}
}

// TestMoved: a factor of 1 leaves the network as it is, another gives another one,
// and a neuron that is not there is said not to be.
func TestMoved(t *testing.T) {
	opt := options(t)
	c := read(t, strings.NewReplacer(`"seeds":"1"}`, `"seeds":"1","moved":{"layer":1,"neuron":2,"nearest":1,"factors":[1,2]}}`, `"1-3"`, `"1"`, `,{"idealised":2}`, ``).Replace(tiny))
	r, err := Run(context.Background(), c, opt)
	if err != nil || len(r.Records) != 2 {
		t.Fatal(err)
	}
	whole, err := opt.Victims.make(r.Records[0].Victim.Whole())
	if err != nil {
		t.Fatal(err)
	}
	distance := map[float64]float64{}
	for _, rec := range r.Records {
		factor := rec.Victim.Moved.Factor
		distance[factor] = rec.Distance
		if same := rec.Spec.Victim.SHA256 == whole.Fingerprint(); same != (factor == 1) {
			t.Errorf("moved by %g it is the same network: %v", factor, same)
		}
	}
	if d := distance[2] - 2*distance[1]; distance[1] <= 0 || d > 1e-12 || d < -1e-12 {
		t.Errorf("distances %v", distance)
	}
	c.Parts[0].Victims[0].Moved.Neuron = 7
	if _, err := Run(context.Background(), c, options(t)); err == nil || !strings.Contains(err.Error(), "no neuron 7 in layer 1") {
		t.Error(err)
	}
}

func TestTwoAtOneFile(t *testing.T) {
	opt := options(t)
	head := campaign.Header{Campaign: read(t, tiny), Engine: run.Engine, Machine: Machine(), AtOnce: opt.AtOnce}
	first, err := open(opt.Results, head)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(opt.Results, head); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Error(err)
	}
	first.Close()
	second, err := open(opt.Results, head)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

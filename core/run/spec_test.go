package run_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/run"
)

const hash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

func good() run.Spec { return run.NewSpec(run.Victim{Name: "v", SHA256: hash}, []int{4, 3, 1}, 7) }

func TestSpecRoundTrip(t *testing.T) {
	for _, s := range []run.Spec{
		good(),
		run.NewSpec(run.Victim{SHA256: hash}, []int{784, 16, 16, 10}, run.MaxSeed),
		func() run.Spec { s := good(); s.Oracle = run.Limits{Plain: true, Budget: 1 << 50}; return s }(),
		func() run.Spec {
			s := good()
			s.Oracle.Precision = oracle.Precision{Format: "float32", Decimals: 15, Noise: 1e-9}
			return s
		}(),
	} {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		back, err := run.ParseSpec(data)
		if err != nil || !reflect.DeepEqual(back, s) {
			t.Errorf("%s came back as %+v, %v", data, back, err)
		}
	}
}

// The bytes of a spec are in journals and links.
func TestSpecFormatIsStable(t *testing.T) {
	for _, c := range []struct {
		oracle run.Limits
		want   string
	}{
		{run.Limits{}, `{}`},
		{run.Limits{Plain: true, Budget: 9}, `{"plain":true,"budget":9}`},
		{run.Limits{Budget: 9, Precision: oracle.Precision{Format: "float16", Decimals: 6, Noise: 1e-9}}, `{"budget":9,"precision":"float16","decimals":6,"noise":1e-9}`},
	} {
		s := good()
		s.Oracle = c.oracle
		data, _ := json.Marshal(s)
		want := `{"v":1,"engine":"` + run.Engine + `","victim":{"name":"v","sha256":"` + hash + `"},"sizes":[4,3,1],"oracle":` + c.want + `,"seed":7}`
		if string(data) != want {
			t.Errorf("a spec is written as\n%s, want\n%s", data, want)
		}
	}
}

func TestBadSpecs(t *testing.T) {
	text := func(change func(m map[string]any)) string {
		data, _ := json.Marshal(good())
		var m map[string]any
		json.Unmarshal(data, &m)
		change(m)
		data, _ = json.Marshal(m)
		return string(data)
	}
	set := func(key string, v any) string { return text(func(m map[string]any) { m[key] = v }) }
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "EOF"},
		{"no JSON", "peel", "invalid"},
		{"a list", "[]", "array"},
		{"cut off", set("seed", 7)[:30], "unexpected EOF"},
		{"more after it", set("seed", 7) + "{}", "more after its end"},
		{"unknown field", set("hint", 1), "unknown field"},
		{"unknown oracle field", set("oracle", map[string]any{"weights": true}), "unknown field"},
		{"no version", text(func(m map[string]any) { delete(m, "v") }), "version 0"},
		{"newer version", set("v", 2), "version 2 and this Peel reads version 1"},
		{"another engine", set("engine", "99"), `engine "99"`},
		{"seed too large", set("seed", uint64(1)<<53), "larger than 9007199254740991"},
		{"seed far too large", set("seed", 1e30), "seed"},
		{"negative seed", set("seed", -1), "seed"},
		{"fractional seed", set("seed", 1.5), "seed"},
		{"seed in words", set("seed", "one"), "seed"},
		{"negative budget", set("oracle", map[string]any{"budget": -1}), "budget -1 is negative"},
		{"unknown precision", set("oracle", map[string]any{"precision": "float8"}), "float32 or float16"},
		{"precision written out", set("oracle", map[string]any{"precision": "float64"}), "leave it out"},
		{"negative decimals", set("oracle", map[string]any{"decimals": -2}), "-2 decimal places"},
		{"fractional decimals", set("oracle", map[string]any{"decimals": 2.5}), "2.5"},
		{"negative noise", set("oracle", map[string]any{"noise": -1e-3}), "noise of -0.001"},
		{"no victim", text(func(m map[string]any) { delete(m, "victim") }), "SHA-256"},
		{"short hash", set("victim", map[string]any{"sha256": hash[1:]}), "SHA-256"},
		{"long name", set("victim", map[string]any{"sha256": hash, "name": strings.Repeat("x", 201)}), "SHA-256"},
		{"no sizes", set("sizes", nil), "got 0 sizes"},
		{"no hidden layer", set("sizes", []int{4, 1}), "at least one hidden layer"},
		{"zero width", set("sizes", []int{4, 0, 1}), "width 0"},
		{"huge width", set("sizes", []int{4, 1 << 30, 1}), "width 1073741824"},
		{"fractional width", set("sizes", []any{4, 2.5, 1}), "2.5"},
	} {
		s, err := run.ParseSpec([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %+v, %v, want an error with %q", c.name, s, err, c.want)
			continue
		}
		if !errors.Is(err, run.ErrSpec) {
			t.Errorf("%s: %v does not wrap ErrSpec", c.name, err)
		}
		if strings.Contains(err.Error(), "\n") || len(err.Error()) > 300 {
			t.Errorf("%s: not one sentence: %v", c.name, err)
		}
	}
}

func TestHashMustBeHex(t *testing.T) {
	s := good()
	for _, bad := range []string{strings.ToUpper(hash), strings.Repeat("z", 64), strings.Repeat("é", 32)} {
		s.Victim.SHA256 = bad
		if err := s.Check(); !errors.Is(err, run.ErrSpec) {
			t.Errorf("%q passed as a SHA-256", bad)
		}
	}
}

func TestWorkerRefusesAnotherShape(t *testing.T) {
	spec := run.NewSpec(run.Victim{SHA256: hash}, []int{4, 3, 1}, 1)
	for _, sizes := range [][]int{{5, 3, 1}, {4, 3, 2}} {
		if _, err := run.NewWorker(spec, oracle.NewVictim(nn.New(sizes))); !errors.Is(err, run.ErrSpec) {
			t.Errorf("an oracle of shape %v was taken for %v: %v", sizes, spec.Sizes, err)
		}
	}
	spec.V = 0
	if _, err := run.NewWorker(spec, oracle.NewVictim(nn.New([]int{4, 3, 1}))); !errors.Is(err, run.ErrSpec) {
		t.Errorf("a worker took a bad spec: %v", err)
	}
}

// A worker applies whole rounds and refuses half a round, results after the end
// and tasks of another round.
func TestWorkerWantsWholeRounds(t *testing.T) {
	net := victim(t)
	spec := specOf(net, 1)
	_, _, results := reference(t, spec, net)
	start := func() *run.Worker {
		w, err := run.NewWorker(spec, oracle.NewVictim(net))
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	inRound := func(r int) (from, to int) {
		for from < len(results) && results[from].Round < r {
			from++
		}
		for to = from; to < len(results) && results[to].Round == r; to++ {
		}
		return from, to
	}
	from, to := inRound(1) // several sketches
	if to-from < 2 {
		t.Fatalf("round 1 has %d tasks; choose another", to-from)
	}
	w := start()
	if err := w.Apply(results[:to]); err != nil || w.Round() != 2 {
		t.Errorf("two rounds: %v, now in round %d", err, w.Round())
	}
	if err := start().Apply(results[:to-1]); err == nil {
		t.Error("half a round was applied")
	}
	if err := start().Apply(results[from:to]); err == nil {
		t.Error("a round was skipped")
	}
	w = start()
	if err := w.Apply(results); err != nil {
		t.Fatal(err)
	}
	if err := w.Apply(results[:1]); err == nil {
		t.Error("a result was applied after the end")
	}
}

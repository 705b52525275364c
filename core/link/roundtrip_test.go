package link

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/run"
)

// same encodes an experiment and reads it back.
func same(t *testing.T, e *Experiment) string {
	t.Helper()
	s, err := Encode(e)
	if err != nil {
		t.Fatalf("%+v: %v", e, err)
	}
	back, err := Decode(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	if !reflect.DeepEqual(back, e) {
		t.Errorf("%s became %+v, want %+v", s, back, e)
	}
	return s
}

// TestRoundTrip: what goes in comes out, and different experiments have
// different links.
func TestRoundTrip(t *testing.T) {
	seen := map[string]*Experiment{}
	check := func(e *Experiment) {
		s := same(t, e)
		if other, ok := seen[s]; ok && !reflect.DeepEqual(other, e) {
			t.Errorf("%+v and %+v have one link", other, e)
		}
		seen[s] = e
	}
	for _, e := range examples {
		check(e)
	}
	for seed := range uint64(2000) {
		check(random(seed))
	}
	if len(seen) < 1900 { // some small ones are drawn twice
		t.Errorf("only %d different links", len(seen))
	}
}

// TestLongestLink: whatever a link may hold fits.
func TestLongestLink(t *testing.T) {
	deep := make([]int, MaxSizes)
	for i := range deep {
		deep[i] = 1
	}
	everything := run.Limits{Plain: true, Budget: run.MaxSeed, Precision: oracle.Precision{Format: "float16", Decimals: 15, Noise: 1}}
	claim := &Claim{Digest: hash("ff"), Queries: run.MaxSeed, Complete: true}
	for _, sizes := range [][]int{{28, 4, 5, 1}, deep} { // 147 and 66 parameters
		e := &Experiment{Engine: "0123456789abcdef", Victim: Inline{network(sizes, true)}, Oracle: everything, Seed: run.MaxSeed, Claim: claim}
		if s := same(t, e); len(s) > MaxText {
			t.Errorf("%d characters", len(s))
		}
	}
}

// TestNegativeZero: both zeros are one weight and have one link.
func TestNegativeZero(t *testing.T) {
	minus, plus := network([]int{2, 2, 1}, false), network([]int{2, 2, 1}, false)
	minus.Layers[0].W[1], plus.Layers[0].W[1] = math.Copysign(0, -1), 0
	a := same(t, &Experiment{Engine: "2", Victim: Inline{minus}})
	b := same(t, &Experiment{Engine: "2", Victim: Inline{plus}})
	if a != b {
		t.Errorf("%s is not %s", a, b)
	}
}

// TestRefusals: what no link can hold is not written.
func TestRefusals(t *testing.T) {
	shipped := func(change func(v *Shipped)) Victim {
		v := Shipped{ID: "a", Sizes: []int{2, 2, 1}, SHA256: hash("aa")}
		change(&v)
		return v
	}
	sizes := func(s ...int) Victim { return shipped(func(v *Shipped) { v.Sizes = s }) }
	bad := network([]int{2, 2, 1}, true)
	bad.Layers[0].W[0] = math.NaN()
	for name, change := range map[string]func(e *Experiment){
		"no engine":           func(e *Experiment) { e.Engine = "" },
		"engine with a space": func(e *Experiment) { e.Engine = "2 " },
		"long engine":         func(e *Experiment) { e.Engine = "00000000000000000" },
		"no such method":      func(e *Experiment) { e.Method.Sign = "guess" },
		"no such layer":       func(e *Experiment) { e.Method.Idealised = 9 },
		"no victim":           func(e *Experiment) { e.Victim = nil },
		"no name":             func(e *Experiment) { e.Victim = shipped(func(v *Shipped) { v.ID = "" }) },
		"path for a name":     func(e *Experiment) { e.Victim = shipped(func(v *Shipped) { v.ID = "../x" }) },
		"short hash":          func(e *Experiment) { e.Victim = shipped(func(v *Shipped) { v.SHA256 = "aa" }) },
		"upper-case hash":     func(e *Experiment) { e.Victim = shipped(func(v *Shipped) { v.SHA256 = hash("AA") }) },
		"no sizes":            func(e *Experiment) { e.Victim = sizes() },
		"no hidden layer":     func(e *Experiment) { e.Victim = sizes(2, 1) },
		"empty layer":         func(e *Experiment) { e.Victim = sizes(2, 0, 1) },
		"wide layer":          func(e *Experiment) { e.Victim = sizes(2, MaxWidth+1, 1) },
		"many hidden neurons": func(e *Experiment) { e.Victim = sizes(2, MaxNeurons, 1, 1) },
		"many parameters":     func(e *Experiment) { e.Victim = sizes(4096, 512, 1) },
		"unknown generator":   func(e *Experiment) { e.Victim = Recipe{Sizes: []int{2, 2, 1}} },
		"large seed of recipe": func(e *Experiment) {
			e.Victim = Recipe{Generator: Carlini, Sizes: []int{2, 2, 1}, Seed: run.MaxSeed + 1}
		},
		"NaN weight":           func(e *Experiment) { e.Victim = Inline{bad} },
		"many float64 weights": func(e *Experiment) { e.Victim = Inline{network([]int{30, 5, 1}, true)} }, // 161
		"many float32 weights": func(e *Experiment) { e.Victim = Inline{network([]int{60, 5, 1}, false)} },
		"large seed":           func(e *Experiment) { e.Seed = run.MaxSeed + 1 },
		"negative budget":      func(e *Experiment) { e.Oracle.Budget = -1 },
		"unknown format":       func(e *Experiment) { e.Oracle.Format = "float8" },
		"many decimals":        func(e *Experiment) { e.Oracle.Decimals = 16 },
		"negative noise":       func(e *Experiment) { e.Oracle.Noise = -1 },
		"infinite noise":       func(e *Experiment) { e.Oracle.Noise = math.Inf(1) },
		"no digest":            func(e *Experiment) { e.Claim = &Claim{} },
		"negative queries":     func(e *Experiment) { e.Claim = &Claim{Digest: hash("00"), Queries: -1} },
		"too many neurons":     func(e *Experiment) { e.Claim = &Claim{Digest: hash("00"), Neurons: 3} },
	} {
		e := &Experiment{Engine: "2", Victim: sizes(2, 2, 1)}
		same(t, e)
		change(e)
		if s, err := Encode(e); !errors.Is(err, ErrExperiment) {
			t.Errorf("%s: %q, %v", name, s, err)
		}
	}
}

// TestSpec: a link's run is the run that it was made of, and on no other network.
func TestSpec(t *testing.T) {
	net, other := network([]int{4, 3, 2}, true), network([]int{4, 3, 2}, false)
	for _, v := range []Victim{Inline{net}, File{SHA256: net.Fingerprint(), Sizes: net.Sizes()}, Shipped{ID: "a", SHA256: net.Fingerprint(), Sizes: net.Sizes()}} {
		want := run.NewSpec(run.Victim{Name: v.Name(), SHA256: net.Fingerprint()}, net.Sizes(), 5)
		want.Oracle = run.Limits{Plain: true, Budget: 9, Precision: oracle.Precision{Decimals: 3}}
		e := Of(want, v)
		got, err := e.Spec(net)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%T: %+v, %v, want %+v", v, got, err, want)
		}
		if _, err := e.Spec(other); !errors.Is(err, ErrOther) {
			t.Errorf("%T with another network: %v", v, err)
		}
	}
	e := &Experiment{Engine: "2", Victim: Recipe{Generator: Carlini, Sizes: []int{4, 3, 2}}}
	if _, err := e.Spec(nn.New([]int{4, 2, 2})); !errors.Is(err, ErrOther) {
		t.Errorf("a recipe with another shape: %v", err)
	}
}

func TestCompare(t *testing.T) {
	e := examples["shipped"]
	if ok, d := e.Compare("2", *e.Claim); !ok || len(d) != 0 {
		t.Errorf("the same run: %v, %v", ok, d)
	}
	if ok, d := e.Compare("3", *e.Claim); !ok || !reflect.DeepEqual(d, []Difference{{"Engine", "2", "3"}}) {
		t.Errorf("the same run by another engine: %v, %v", ok, d)
	}
	got := Claim{Digest: hash("11"), Queries: 1022904, Neurons: 31}
	want := []Difference{{"Engine", "2", "3"}, {"Complete", "yes", "no"}, {"Neurons", "32 of 32 recovered", "31 of 32 recovered"},
		{"Queries", "22,904", "1,022,904"}, {"Digest", hash("0f"), hash("11")}}
	if ok, d := e.Compare("3", got); ok || !reflect.DeepEqual(d, want) {
		t.Errorf("another run: %v, %v, want %v", ok, d, want)
	}
}

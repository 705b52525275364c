package extract_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"peel/core/extract"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/run"
)

// faulty spoils the answers of an oracle after some queries.
type faulty struct {
	oracle.Oracle
	seen  *int
	from  int
	spoil func(y []float64) error
}

func (f faulty) after(n int, y []float64, err error) error {
	*f.seen += n
	if err == nil && *f.seen > f.from {
		return f.spoil(y)
	}
	return err
}

func (f faulty) Query(x, y []float64) error {
	in, _ := f.Shape()
	return f.after(len(x)/in, y, f.Oracle.Query(x, y))
}

func (f faulty) Steps(base []float64, coord []int, step, y []float64) error {
	return f.after(len(coord), y, f.Oracle.Steps(base, coord, step, y))
}

func (f faulty) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	o, err := f.Oracle.Restrict(base, dirs)
	f.Oracle = o
	return f, err
}

// moments are places in a run to begin to fail at: from the first query to the
// last phase (the free run of this victim asks some 2,000).
var moments = []int{0, 1, 20, 39, 40, 100, 300, 700, 1200, 1600}

// A victim that answers with something that is no number ends the run with an
// error that says so, or with a result that claims nothing.
func TestAnswersThatAreNoNumbers(t *testing.T) {
	net := gaussian(1, 12, 6, 5, 1)
	for name, value := range map[string]float64{"NaN": math.NaN(), "+Inf": math.Inf(1), "−Inf": math.Inf(-1)} {
		for _, from := range moments {
			for _, all := range []bool{true, false} {
				seen, r := 0, rng.New(uint64(from))
				o := faulty{oracle.NewVictim(net), &seen, from, func(y []float64) error {
					for i := range y {
						if all || r.Intn(50) == 0 {
							y[i] = value
						}
					}
					return nil
				}}
				out, _, err := attack(o, net.Sizes(), 1, most(net))
				switch {
				case errors.Is(err, errTooMany):
					t.Errorf("%s from query %d, all %v: %v", name, from, all, err)
				case err != nil && (!strings.Contains(err.Error(), "not a finite number") || strings.Contains(err.Error(), "\n")):
					t.Errorf("%s from query %d, all %v: the error is %q", name, from, all, err)
				case err == nil && out.Complete && seen > from:
					t.Errorf("%s from query %d, all %v: the run claims to be complete", name, from, all)
				case err == nil && seen > from && all:
					t.Errorf("%s from query %d: no error; missing %q", name, from, out.Missing)
				}
				if err == nil {
					if err := out.Network.Validate(); err != nil {
						t.Errorf("%s from query %d, all %v: the result is no network: %v", name, from, all, err)
					}
				}
			}
		}
	}
}

// A victim that lies (noise, a constant, another network from some query on)
// must not be reported as recovered, and must not keep the engine busy for ever.
func TestAnswersThatAreLies(t *testing.T) {
	net := gaussian(1, 12, 6, 5, 1)
	r := rng.New(5)
	for name, spoil := range map[string]func(y []float64){
		"noise of 1e-12": func(y []float64) { y[0] += 1e-12 * r.Normal() },
		"noise of 1e-6":  func(y []float64) { y[0] += 1e-6 * r.Normal() },
		"noise of 1e-2":  func(y []float64) { y[0] += 1e-2 * r.Normal() },
		"nothing but noise": func(y []float64) {
			for i := range y {
				y[i] = r.Normal()
			}
		},
		"always 7": func(y []float64) {
			for i := range y {
				y[i] = 7
			}
		},
		"cubes": func(y []float64) {
			for i := range y {
				y[i] *= y[i] * y[i]
			}
		},
		"rounded to 3 digits": func(y []float64) {
			for i := range y {
				y[i] = math.Round(1000*y[i]) / 1000
			}
		},
		"float32 answers": func(y []float64) {
			for i := range y {
				y[i] = float64(float32(y[i]))
			}
		},
	} {
		for _, from := range []int{0, 40, 200, 340, 500, 1500} {
			seen := 0
			o := faulty{oracle.NewVictim(net), &seen, from, func(y []float64) error { spoil(y); return nil }}
			out, queries, err := attack(o, net.Sizes(), 1, 3_000_000) // a smooth function costs a million until it is found out
			if err != nil {
				t.Errorf("%s from query %d: %v", name, from, err)
				continue
			}
			// From the first query on it is how exact the oracle is, and a claim may be true.
			if out.Complete && name != "noise of 1e-12" && (from > 0 || !agrees(t, net, out)) {
				t.Errorf("%s from query %d: the run claims to be complete, to %v", name, from, out.MaxError)
			}
			if !out.Complete && len(out.Missing) == 0 {
				t.Errorf("%s from query %d: incomplete after %d queries, and does not say why", name, from, queries)
			}
		}
	}
}

// An oracle's own error comes through, wherever it happens; what was answered
// before is in the journal, and with an oracle that works again the run goes on
// to the same end.
func TestOracleErrorsComeThrough(t *testing.T) {
	net := gaussian(1, 12, 6, 5, 1)
	spec := run.NewSpec(run.Victim{SHA256: net.Fingerprint()}, net.Sizes(), 1)
	drive := func(o oracle.Oracle, j run.Journal) (*extract.Outcome, error) {
		return run.Drive(context.Background(), spec, run.NewPool([]oracle.Oracle{o}), j, func(extract.Event) {})
	}
	want, err := drive(oracle.NewVictim(net), &run.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	if !want.Complete {
		t.Fatalf("the victim of this test should be recovered; missing %q", want.Missing)
	}
	digest := run.Digest(want.Network, want.ByPhase)
	down := errors.New("the service is down; try again later")
	for from := 0; from < int(want.Queries); from += 61 {
		seen, journal := 0, &run.Memory{}
		_, err := drive(faulty{oracle.NewVictim(net), &seen, from, func([]float64) error { return down }}, journal)
		if !errors.Is(err, down) || strings.Contains(err.Error(), "\n") {
			t.Fatalf("failing after %d queries: %v", from, err)
		}
		out, err := drive(oracle.NewVictim(net), journal)
		if err != nil {
			t.Fatalf("going on after %d queries: %v", from, err)
		}
		if d := run.Digest(out.Network, out.ByPhase); d != digest {
			t.Errorf("going on after %d queries: digest %s, want %s", from, d, digest)
		}
	}
}

// An oracle that panics inside, or of another shape, is a programmer's error;
// sizes that are not the victim's are not. They end in a network that says what
// it lacks, or in an error.
func TestWrongSizes(t *testing.T) {
	net := gaussian(1, 12, 6, 5, 1)
	for _, sizes := range [][]int{{12, 5, 5, 1}, {12, 7, 5, 1}, {12, 6, 4, 1}, {12, 6, 6, 1}, {12, 6, 1}, {12, 6, 5, 4, 1}, {12, 1, 1}, {12, 30, 1}} {
		out, _, err := attack(oracle.NewVictim(net), sizes, 1, most(nn.New(sizes)))
		if err != nil {
			t.Errorf("sizes %v: %v", sizes, err)
			continue
		}
		if out.Complete {
			t.Errorf("sizes %v of a victim with %v: complete, to %v", sizes, net.Sizes(), out.MaxError)
		}
		if err := out.Network.Validate(); err != nil {
			t.Errorf("sizes %v: %v", sizes, err)
		}
	}
}

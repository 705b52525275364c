package extract

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

var encoded = []Result{
	{},
	{Round: 3, Index: 17, Phase: PhaseSignature, Queries: 1 << 40, Data: json.RawMessage(`{"w":"AAAA","why":"a \"b\" \u003c c"}`)},
	{Round: 1, Phase: PhaseSubspace, Queries: 5, Stop: "budget"},
	{Index: 2, Phase: "a<b", Data: json.RawMessage(`["x,\"data\":y"]`), Stop: "both"},
	{Phase: PhaseVerify, Data: json.RawMessage(`"AAAAAAAA8D8="`)},
	{Phase: PhaseVerify, Data: json.RawMessage(`null`)},
}

// The short ways are the long ones: the same bytes, the same results.
func TestResultsAreEncodedAsJSON(t *testing.T) {
	for _, r := range encoded {
		want, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendResult(nil, r); !bytes.Equal(got, want) {
			t.Errorf("%s is encoded as %s", want, got)
		}
		var long Result
		if err := json.Unmarshal(want, &long); err != nil {
			t.Fatal(err)
		}
		if short, err := ParseResult(want); err != nil || !reflect.DeepEqual(short, long) {
			t.Errorf("%s is read as %+v (%v)", want, short, err)
		}
	}
	want, _ := json.Marshal(encoded)
	if got := AppendResults(nil, encoded); !bytes.Equal(got, want) {
		t.Errorf("%s is encoded as %s", want, got)
	}
	if got := AppendResults(nil, nil); string(got) != "[]" {
		t.Errorf("no results are encoded as %s", got)
	}
	for _, damaged := range []string{``, `{`, `{"round":1`, `{"round":1,"stop":"x"`, `[]`, `{"round":"x","data":{}}`} {
		if r, err := ParseResult([]byte(damaged)); err == nil {
			t.Errorf("%q is read as %+v", damaged, r)
		}
	}
}

// A vector keeps every bit, and what is not one is refused.
func TestVecThroughJSON(t *testing.T) {
	for _, v := range []Vec{{}, {0, math.Copysign(0, -1), math.Pi, math.Inf(-1), 5e-324, math.Float64frombits(0x7ff8dead00000001)}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back Vec
		if err := json.Unmarshal(text, &back); err != nil || len(back) != len(v) {
			t.Fatalf("%s is read as %v (%v)", text, back, err)
		}
		for i := range v {
			if math.Float64bits(back[i]) != math.Float64bits(v[i]) {
				t.Errorf("number %d of %v became %v", i, v, back[i])
			}
		}
	}
	for _, bad := range []string{`"AAAA"`, `"*"`, `[1]`, `{}`, `1`, `"AAAAAAAA8D8"`, `"\u0041AAAAAAA8D8="`} {
		var v Vec
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("%s is read as %v", bad, v)
		}
	}
}

// Vectors by name have the text of encoding/json, both ways; anything else is
// left to it.
func TestVectorsAreEncodedAsJSON(t *testing.T) {
	full := probe{W: Vec{1, 2}, B: Vec{-0.5}, C: Vec{3, 1e-300}, P: Vec{1, 2, 3, 4}, Err: Vec{math.Inf(1), 0}}
	for _, p := range []probe{{}, full, {B: full.B}, {W: full.W, Err: full.Err}, {Why: "it bends"}, {Why: "a", W: full.W}} {
		want, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := encode(&p); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is encoded as %s (%v)", want, got, err)
		}
		if back, err := decode[probe](want); err != nil || !reflect.DeepEqual(back, p) {
			t.Errorf("%s is read as %+v (%v)", want, back, err)
		}
		if spaced, err := decode[probe]([]byte(" " + string(want) + "\n")); err != nil || !reflect.DeepEqual(spaced, p) {
			t.Errorf("%s with spaces is read as %+v (%v)", want, spaced, err)
		}
	}
	for _, damaged := range []string{``, `{`, `{"w"}`, `{"w":"AAAA"}`, `{"w":"AAAAAAAA8D8="`, `{"w":"AAAAAAAA8D8=",}`, `{"w":"AAAAAAAA8D8=" "b"}`} {
		if p, err := decode[probe](json.RawMessage(damaged)); err == nil {
			t.Errorf("%s is read as %+v", damaged, p)
		}
	}
}

// Package run makes an extraction a reproducible thing: a spec that says all
// there is to say, a journal of task results from which the state is replayed,
// and a digest of the outcome.
package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
)

// Engine is the version of the attack. It changes whenever a digest would.
const Engine = "12"

// SpecVersion is the version of the Spec format.
const SpecVersion = 1

// MaxSeed is the largest seed: the integers a JavaScript number holds exactly.
const MaxSeed = 1<<53 - 1

// Spec is everything a run depends on: same spec, same digest.
type Spec struct {
	V      int    `json:"v"`
	Engine string `json:"engine"`
	Victim Victim `json:"victim"`
	Sizes  []int  `json:"sizes"` // d0, d1, …, dout: known to the attacker
	Oracle Limits `json:"oracle"`
	Seed   uint64 `json:"seed"`
	// Method is how the network is attacked, left out for Peel's own end to end.
	Method method.Method `json:"method,omitzero"`
}

// Victim names the network under attack.
type Victim struct {
	Name   string `json:"name"`   // for people: "mnist-784-16x2-1-s1"
	SHA256 string `json:"sha256"` // of its canonical encoding (nn.Fingerprint), 64 hex digits
}

// Limits says what the oracle allows.
type Limits struct {
	// Plain asks every query as a full point. Otherwise points on known lines
	// and planes are described by their coordinates there, which a simulated
	// victim answers faster; the count is the same.
	Plain bool `json:"plain,omitempty"`
	// Budget is the most queries the run may ask, 0 for any number.
	Budget int64 `json:"budget,omitempty"`
	// Precision is how exactly the oracle answers. Its noise, if any, follows
	// from the run's seed.
	oracle.Precision
}

// Limit returns the victim's oracle o as the spec lets the attack see it, but
// for the budget, which is kept where the queries are counted.
//
// Only in an idealised run does what comes out tell the victim's first layers,
// if o does.
func (s *Spec) Limit(o oracle.Oracle) oracle.Oracle {
	in, inside := o.(oracle.Insider)
	o = s.Oracle.Precision.Degrade(o, s.Seed)
	if s.Oracle.Plain {
		o = oracle.Plain{Oracle: o}
	}
	if inside && s.Method.Idealised > 0 {
		return oracle.Pass(o, in)
	}
	return oracle.Only(o)
}

// ErrSpec is wrapped by every error about a spec.
var ErrSpec = errors.New("the run's spec is not valid")

// NewSpec returns the spec of a default run.
func NewSpec(victim Victim, sizes []int, seed uint64) Spec {
	return Spec{V: SpecVersion, Engine: Engine, Victim: victim, Sizes: sizes, Seed: seed}
}

// Check reports what is wrong with a spec, in one sentence.
func (s *Spec) Check() error {
	switch {
	case s.V != SpecVersion:
		return fmt.Errorf("%w: it has version %d and this Peel reads version %d", ErrSpec, s.V, SpecVersion)
	case s.Engine != Engine:
		return fmt.Errorf("%w: it was made by engine %q and this is engine %q", ErrSpec, s.Engine, Engine)
	case s.Seed > MaxSeed:
		return fmt.Errorf("%w: the seed %d is larger than %d", ErrSpec, s.Seed, int64(MaxSeed))
	case s.Oracle.Budget < 0:
		return fmt.Errorf("%w: the query budget %d is negative", ErrSpec, s.Oracle.Budget)
	case len(s.Victim.Name) > 200 || !isHash(s.Victim.SHA256):
		return fmt.Errorf("%w: it does not name a victim by its 64-digit SHA-256", ErrSpec)
	}
	if err := s.Oracle.Precision.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	if err := nn.CheckSizes(s.Sizes); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	if err := s.Method.Check(s.Sizes); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	return nil
}

// isHash reports whether h is what nn.Fingerprint gives: 64 lower-case hex digits.
func isHash(h string) bool {
	return len(h) == 64 && strings.Trim(h, "0123456789abcdef") == ""
}

// ParseSpec reads a spec from JSON and checks it. Unknown fields are refused.
func ParseSpec(data []byte) (Spec, error) {
	var s Spec
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Spec{}, fmt.Errorf("%w: %v", ErrSpec, err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return Spec{}, fmt.Errorf("%w: there is more after its end", ErrSpec)
	}
	return s, s.Check()
}

package link

import (
	"fmt"
	"strings"

	"peel/core/nn"
	"peel/core/run"
)

const (
	maxEngine = 16
	maxID     = 64
	letters   = "abcdefghijklmnopqrstuvwxyz"
	digits    = "0123456789"
)

// Check reports what keeps e out of a link, in one sentence.
func (e *Experiment) Check() error {
	if err := e.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrExperiment, err)
	}
	return nil
}

func (e *Experiment) check() error {
	if e.Engine == "" || len(e.Engine) > maxEngine || strings.Trim(e.Engine, letters+digits+".-") != "" {
		return fmt.Errorf("%q is not an engine version", e.Engine)
	}
	if e.Victim == nil {
		return fmt.Errorf("it names no victim")
	}
	if err := e.Victim.check(); err != nil {
		return err
	}
	if err := e.Method.Check(e.Victim.Shape()); err != nil {
		return err
	}
	if e.Seed > run.MaxSeed {
		return fmt.Errorf("the seed %d is larger than %d", e.Seed, int64(run.MaxSeed))
	}
	if e.Oracle.Budget < 0 || e.Oracle.Budget > run.MaxSeed {
		return fmt.Errorf("the query budget %d is not between 0 and %d", e.Oracle.Budget, int64(run.MaxSeed))
	}
	if err := e.Oracle.Precision.Check(); err != nil {
		return err
	}
	if e.Claim != nil {
		return e.Claim.check(e.Victim.Shape())
	}
	return nil
}

func (c *Claim) check(sizes []int) error {
	switch {
	case !isHash(c.Digest):
		return fmt.Errorf("%q is not a digest of 64 hex digits", c.Digest)
	case c.Queries < 0 || c.Queries > run.MaxSeed:
		return fmt.Errorf("%d queries are not between 0 and %d", c.Queries, int64(run.MaxSeed))
	case c.Neurons < 0 || c.Neurons > hidden(sizes):
		return fmt.Errorf("%d neurons of %d cannot have been recovered", c.Neurons, hidden(sizes))
	}
	return nil
}

func (v Shipped) check() error {
	if v.ID == "" || len(v.ID) > maxID || strings.Trim(v.ID, letters+digits+"-") != "" {
		return fmt.Errorf("%q is not the name of a shipped victim", v.ID)
	}
	return checkNamed(v.SHA256, v.Sizes)
}

func (v File) check() error { return checkNamed(v.SHA256, v.Sizes) }

func checkNamed(sha256 string, sizes []int) error {
	if !isHash(sha256) {
		return fmt.Errorf("%q is not a SHA-256 of 64 hex digits", sha256)
	}
	return checkSizes(sizes)
}

func (v Recipe) check() error {
	if v.Generator != Carlini {
		return fmt.Errorf("the generator %d is not known", v.Generator)
	}
	if v.Seed > run.MaxSeed {
		return fmt.Errorf("the victim's seed %d is larger than %d", v.Seed, int64(run.MaxSeed))
	}
	return checkSizes(v.Sizes)
}

func (v Inline) check() error {
	if err := checkSizes(v.Network.Sizes()); err != nil {
		return err
	}
	if n := weightBytes(v.Network); n > MaxWeights {
		return fmt.Errorf("its weights take %d bytes and a link holds %d", n, MaxWeights)
	}
	return v.Network.Validate()
}

// checkSizes holds sizes against the limits of a link.
func checkSizes(sizes []int) error {
	if len(sizes) > MaxSizes {
		return fmt.Errorf("%d layers are more than %d", len(sizes)-1, MaxSizes-1)
	}
	for i, d := range sizes {
		if d < 1 || d > MaxWidth {
			return fmt.Errorf("layer %d has width %d, and a link names networks with 1 to %d", i, d, MaxWidth)
		}
	}
	if err := nn.CheckSizes(sizes); err != nil {
		return err
	}
	if n := hidden(sizes); n > MaxNeurons {
		return fmt.Errorf("%d hidden neurons are more than %d", n, MaxNeurons)
	}
	if n := nn.ParamsOf(sizes); n > MaxParams {
		return fmt.Errorf("%d parameters are more than %d", n, MaxParams)
	}
	return nil
}

// hidden is the number of hidden neurons.
func hidden(sizes []int) int {
	n := 0
	for _, d := range sizes[1 : len(sizes)-1] {
		n += d
	}
	return n
}

// isHash reports whether h is 64 lower-case hex digits.
func isHash(h string) bool { return len(h) == 64 && strings.Trim(h, digits+"abcdef") == "" }

// Fits reports whether a link can hold a victim.
func Fits(v Victim) bool { return v.check() == nil }

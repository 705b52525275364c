// Package method names the ways to attack: Peel's own and those of the
// literature, each by its source, so that they can be held next to each other.
//
// It also holds what a published method and the extraction share: the attack on
// one layer and its steps. The published methods themselves are in package
// published, which a program has to Install: without it only Peel's own can run.
package method

import (
	"errors"
	"fmt"
)

// Method says how a run attacks. The zero value is Peel's own attack, end to end.
type Method struct {
	// Signature and Sign name how rows and signs are found, "" being Peel's own.
	Signature string `json:"signature,omitempty"`
	Sign      string `json:"sign,omitempty"`
	// Samples is the s of wiggle: votes for each neuron; 0 is what its source takes.
	Samples int `json:"samples,omitempty"`
	// Bits is the format, 32 or 16, in which the attacker of wiggle keeps what it
	// knows, computes, and puts its queries; 0 is float64. F measure all three.
	// The victim stays as it is: they answer with its float64 weights. An oracle
	// of coarse answers is another thing, oracle.Precision.
	Bits int `json:"bits,omitempty"`
	// Improve adds the precision improvement of Carlini et al. to their
	// signatures, and to those of Foerster et al., who measure without it.
	Improve bool `json:"improve,omitempty"`
	// Idealised is the layer that is attacked, 1-based, with the true layers
	// before it given, as the papers measure; 0 is end to end, from queries alone.
	Idealised int `json:"idealised,omitempty"`
}

// Signature methods.
const (
	Trace    = ""         // Peel: by tracing
	Carlini  = "carlini"  // C
	Foerster = "foerster" // F
	Given    = "given"    // the true rows, up to sign and scale: idealised runs that measure signs alone
)

// Sign methods.
const (
	Sequential = ""            // Peel: exact where that is possible, else a sequential test
	Freeze     = "freeze"      // C
	Exhaustive = "exhaustive"  // C
	SOE        = "soe"         // CM, system of equations
	Wiggle     = "wiggle"      // CM with s = 200, F with s = 15
	LastHidden = "last-hidden" // CM, last hidden layer
)

// MaxSamples bounds Samples.
const MaxSamples = 100_000

// Info describes one method for people.
type Info struct {
	Name   string `json:"name"`   // as in Method
	Title  string `json:"title"`  // "Carlini et al."
	Source string `json:"source"` // the paper, empty for Peel's own
	About  string `json:"about"`  // one sentence
}

const (
	carlini  = "Carlini, Jagielski, Mironov, CRYPTO 2020"
	canales  = "Canales-Martínez et al., EUROCRYPT 2024"
	foerster = "Foerster, Mullins, Shumailov, Hayes, NeurIPS 2024"
)

// Signatures lists the signature methods, Peel's own first.
var Signatures = []Info{
	{Trace, "trace (Peel)", "", "Follows each neuron along its own hyperplane and confirms by prediction."},
	{Carlini, "carlini", carlini, "Takes a full second difference at every critical point and clusters what agrees."},
	{Foerster, "foerster", foerster, "The same with faster de-duplication, and without precision improvement."},
	{Given, "given", "", "Takes the true rows, up to sign and scale: only signs are attacked."},
}

// Signs lists the sign methods, Peel's own first.
var Signs = []Info{
	{Sequential, "sequential (Peel)", "", "Exact where a layer allows it, else a test that goes on until the answer is clear."},
	{Freeze, "freeze", carlini, "Moves one neuron alone: its inactive side does not change the output."},
	{Exhaustive, "exhaustive", carlini, "Tries every combination of signs against answers; end to end, the layers before the last hidden one are frozen, as its authors do."},
	{SOE, "soe", canales + ", system of equations", "Solves for all output coefficients at one point; those of inactive neurons are zero."},
	{Wiggle, "wiggle", canales + ", and " + foerster, "Moves most along one neuron at many of its critical points, and lets the larger change vote."},
	{LastHidden, "last-hidden", canales + ", last hidden layer", "Uses that output weights are the same everywhere; end to end, soe signs layer 1 and wiggle the ones between, as its authors do."},
}

// ErrMethod is wrapped by every error about a method.
var ErrMethod = errors.New("the method is not valid")

// Default reports whether this is Peel's own attack, end to end.
func (m Method) Default() bool { return m == Method{} }

// Published reports whether some part of it is a published method.
func (m Method) Published() bool { return m.Signature != Trace || m.Sign != Sequential }

// Check reports what is wrong with a method for networks of these sizes, in one
// sentence.
func (m Method) Check(sizes []int) error {
	hidden := len(sizes) - 2
	switch {
	case !known(Signatures, m.Signature):
		return fmt.Errorf("%w: there is no way %q to find signatures; choose trace, carlini, foerster or given", ErrMethod, m.Signature)
	case !known(Signs, m.Sign):
		return fmt.Errorf("%w: there is no way %q to find signs; choose sequential, freeze, exhaustive, soe, wiggle or last-hidden", ErrMethod, m.Sign)
	case m.Idealised < 0 || m.Idealised > hidden:
		return fmt.Errorf("%w: layer %d cannot be attacked by itself in a network of %d hidden layers", ErrMethod, m.Idealised, hidden)
	case m.Signature == Given && m.Idealised == 0:
		return fmt.Errorf("%w: signatures can only be given where the layers before are, so name the layer of an idealised run", ErrMethod)
	case m.Signature != Trace && m.Sign == Sequential:
		return fmt.Errorf("%w: Peel's own signs need what its own tracing saw; choose a published sign method, or trace", ErrMethod)
	case m.Samples < 0 || m.Samples > MaxSamples:
		return fmt.Errorf("%w: %d samples are not between 0 and %d", ErrMethod, m.Samples, MaxSamples)
	case m.Samples > 0 && m.Sign != Wiggle:
		return fmt.Errorf("%w: only wiggle takes a number of samples", ErrMethod)
	case m.Bits != 0 && m.Bits != 32 && m.Bits != 16:
		return fmt.Errorf("%w: the attacker computes in 64, 32 or 16 bits, not %d; leave it out for 64", ErrMethod, m.Bits)
	case m.Bits > 0 && m.Sign != Wiggle:
		return fmt.Errorf("%w: only wiggle can be computed in fewer bits", ErrMethod)
	case m.Improve && m.Signature != Carlini && m.Signature != Foerster:
		return fmt.Errorf("%w: precision improvement belongs to the signatures of carlini and foerster", ErrMethod)
	}
	return nil
}

func known(all []Info, name string) bool {
	for _, i := range all {
		if i.Name == name {
			return true
		}
	}
	return false
}

// Setting is how a run was set up, the word every number of it carries.
func (m Method) Setting() string {
	switch {
	case m.Idealised == 0:
		return "end-to-end"
	case m.Signature == Given:
		return fmt.Sprintf("idealised: earlier layers and the rows of layer %d given", m.Idealised)
	case m.Idealised == 1:
		return "idealised: layer 1 alone"
	}
	return fmt.Sprintf("idealised: layer %d alone, earlier layers given", m.Idealised)
}

// String names both parts: "trace + sequential".
func (m Method) String() string {
	s := or(m.Signature, "trace")
	if m.Improve {
		s += ", improved"
	}
	s += " + " + or(m.Sign, "sequential")
	if m.Samples > 0 {
		s += fmt.Sprintf(" (s = %d)", m.Samples)
	}
	if m.Bits > 0 {
		s += fmt.Sprintf(" in float%d", m.Bits)
	}
	return s
}

// Named returns the name of a part as Method has it: the words trace and
// sequential stand for Peel's own.
func Named(name string) string {
	if name == "trace" || name == "sequential" {
		return ""
	}
	return name
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

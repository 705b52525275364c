package link

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"peel/core/nn"
	"peel/core/run"
)

// Victim says which network is attacked: Shipped, Recipe, Inline or File.
type Victim interface {
	// Name is what people call it. It follows from the rest.
	Name() string
	// Shape returns the sizes d0, d1, …, dout.
	Shape() []int
	// About says in a few words where the network comes from.
	About() string
	// is reports whether net is the network meant, whose fingerprint is given.
	is(net *nn.Network, fingerprint string) bool
	check() error
	write(w *writer)
}

// Shipped is a victim that comes with Peel.
type Shipped struct {
	ID     string // lower-case letters, digits and hyphens
	SHA256 string // nn.Fingerprint
	Sizes  []int
}

// Recipe is a network that is made on the spot.
type Recipe struct {
	Generator Generator
	Sizes     []int
	Seed      uint64
}

// Generator is the program behind a recipe. Its bits never change.
type Generator byte

// Carlini is random.Carlini in models/random.
const Carlini Generator = 1

// Inline is a network small enough to be in the link itself.
type Inline struct{ Network *nn.Network }

// File is any other network: whoever opens the link must have its file.
type File struct {
	SHA256 string // nn.Fingerprint
	Sizes  []int
}

func (v Shipped) Name() string { return v.ID }
func (v Recipe) Name() string {
	return "random-" + shape(v.Sizes) + "-s" + strconv.FormatUint(v.Seed, 10)
}
func (v Inline) Name() string { return "network-" + shape(v.Shape()) }
func (v File) Name() string   { return "network-" + shape(v.Sizes) }

func (v Shipped) Shape() []int { return v.Sizes }
func (v Recipe) Shape() []int  { return v.Sizes }
func (v Inline) Shape() []int  { return v.Network.Sizes() }
func (v File) Shape() []int    { return v.Sizes }

func (v Shipped) About() string { return "comes with Peel, SHA-256 " + v.SHA256 }
func (v Recipe) About() string {
	return fmt.Sprintf("made on the spot by the recipe of Carlini et al. from the seed %d", v.Seed)
}
func (v Inline) About() string {
	return "its weights are in the link, SHA-256 " + v.Network.Fingerprint()
}
func (v File) About() string { return "in a file that you must have, SHA-256 " + v.SHA256 }

func (v Shipped) is(_ *nn.Network, fingerprint string) bool { return fingerprint == v.SHA256 }
func (v File) is(_ *nn.Network, fingerprint string) bool    { return fingerprint == v.SHA256 }
func (v Recipe) is(net *nn.Network, _ string) bool          { return slices.Equal(net.Sizes(), v.Sizes) }
func (v Inline) is(_ *nn.Network, fingerprint string) bool {
	return fingerprint == v.Network.Fingerprint()
}

// ErrOther means that a network is not the one that a link names.
var ErrOther = errors.New("this is another network than the one the link names: give the right one")

// Spec returns the spec of a new run of e by this Peel, whose engine may be
// another than the link's. net is the victim; one that is not is refused with
// ErrOther.
func (e *Experiment) Spec(net *nn.Network) (run.Spec, error) {
	fingerprint := net.Fingerprint()
	if !e.Victim.is(net, fingerprint) || !slices.Equal(net.Sizes(), e.Victim.Shape()) {
		return run.Spec{}, ErrOther
	}
	spec := run.NewSpec(run.Victim{Name: e.Victim.Name(), SHA256: fingerprint}, net.Sizes(), e.Seed)
	spec.Oracle, spec.Method = e.Oracle, e.Method
	return spec, spec.Check()
}

// shape writes sizes as 784-16-16-1.
func shape(sizes []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(sizes), " ", "-"), "[]")
}

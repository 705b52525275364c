package campaign

import (
	"fmt"
	"math"

	"peel/core/nn"
)

// Network says how a victim is made or found: exactly one of its fields is set.
type Network struct {
	Shipped string `json:"shipped,omitempty"` // comes with Peel, by name
	File    string `json:"file,omitempty"`    // any file that Peel reads
	Random  string `json:"random,omitempty"`  // sizes of a random network, as "peel gen" makes it
	MNIST   string `json:"mnist,omitempty"`   // sizes of a regression trained on MNIST, as models/recipes has it
}

// Victims are a network, or the same recipe with several training seeds.
type Victims struct {
	Network
	Seeds Seeds `json:"seeds,omitempty"` // of recipes
	// Moved makes one network of each for every factor.
	Moved *MovedBy `json:"moved,omitempty"`
}

// MovedBy moves a neuron by several factors, one after another.
type MovedBy struct {
	Layer   int       `json:"layer"`
	Neuron  int       `json:"neuron"`
	Nearest int       `json:"nearest"`
	Factors []float64 `json:"factors"`
}

// Moved says that one neuron was moved towards its nearest neighbours or away from
// them: see published.HardFamily.
type Moved struct {
	Layer   int     `json:"layer"`   // hidden, 1-based
	Neuron  int     `json:"neuron"`  // 1-based
	Nearest int     `json:"nearest"` // how many neighbours
	Factor  float64 `json:"factor"`  // 1 leaves it where it is
}

// Victim is one network.
type Victim struct {
	Network
	Seed  uint64 `json:"seed,omitempty"` // of a recipe
	Moved Moved  `json:"moved,omitzero"`
}

// recipe returns the sizes that a recipe names, "" where there is none.
func (n Network) recipe() string { return n.Random + n.MNIST }

func (n Network) check() error {
	set := 0
	for _, s := range []string{n.Shipped, n.File, n.Random, n.MNIST} {
		if s != "" {
			set++
		}
		if len(s) > 1000 {
			return invalid("the name of a victim is too long")
		}
	}
	if set != 1 {
		return invalid("a victim is one of \"shipped\", \"file\", \"random\" and \"mnist\"")
	}
	if n.recipe() == "" {
		return nil
	}
	sizes, err := nn.ParseSizes(n.recipe())
	if err == nil {
		err = nn.CheckSizes(sizes)
	}
	if err != nil {
		return invalid("%v", err)
	}
	if n.MNIST != "" && (sizes[0] != 784 || sizes[len(sizes)-1] != 1) {
		return invalid("a network that reads MNIST as %s does needs 784 inputs and one output", "models/recipes")
	}
	return nil
}

func (v *Victims) check() error {
	if err := v.Network.check(); err != nil {
		return err
	}
	if (v.recipe() != "") != (len(v.Seeds) > 0) {
		return invalid("a recipe needs training seeds, as in {\"random\": \"10-5x2-1\", \"seeds\": \"1-2\"}, and nothing else has any")
	}
	if v.Moved == nil {
		return nil
	}
	if n := len(v.Moved.Factors); n == 0 || n > maxEntries {
		return invalid("a neuron is moved by 1 to %d factors", maxEntries)
	}
	for _, w := range v.each() {
		if err := w.Moved.check(); err != nil {
			return err
		}
	}
	return nil
}

func (m Moved) check() error {
	if m.Layer < 1 || m.Neuron < 1 || m.Nearest < 1 || !(math.Abs(m.Factor) <= 1e6) {
		return invalid("a neuron is moved as in {\"layer\": 1, \"neuron\": 25, \"nearest\": 1, \"factors\": [0.5, 2]}")
	}
	return nil
}

func (v Victim) check() error {
	if v.Moved != (Moved{}) {
		if err := v.Moved.check(); err != nil {
			return err
		}
	}
	if v.recipe() == "" && v.Seed != 0 {
		return fmt.Errorf("only a recipe has a training seed")
	}
	return v.Network.check()
}

// each returns the victims, one for each training seed and factor.
func (v *Victims) each() []Victim {
	seeds, moves := []uint64(v.Seeds), []Moved{{}}
	if len(seeds) == 0 {
		seeds = []uint64{0}
	}
	if m := v.Moved; m != nil {
		moves = nil
		for _, f := range m.Factors {
			moves = append(moves, Moved{m.Layer, m.Neuron, m.Nearest, f})
		}
	}
	var all []Victim
	for _, s := range seeds {
		for _, m := range moves {
			all = append(all, Victim{v.Network, s, m})
		}
	}
	return all
}

// count is how many there are.
func (v *Victims) count() int {
	n := max(1, len(v.Seeds))
	if v.Moved != nil {
		n *= len(v.Moved.Factors)
	}
	return n
}

// Whole is the victim before a neuron was moved.
func (v Victim) Whole() Victim {
	v.Moved = Moved{}
	return v
}

// Sizes returns the sizes of a recipe, nil for other networks.
func (v Victim) Sizes() []int {
	if v.recipe() == "" {
		return nil
	}
	sizes, _ := nn.ParseSizes(v.recipe())
	return sizes
}

// Name is what the victim is called in specs.
func (v Victim) Name() string {
	if m := v.Moved; m != (Moved{}) {
		return fmt.Sprintf("%s, neuron %d of layer %d moved by %g", v.Whole().Name(), m.Neuron, m.Layer, m.Factor)
	}
	switch {
	case v.Random != "":
		return fmt.Sprintf("random-%s-s%d", nn.FormatSizes(v.Sizes()), v.Seed)
	case v.MNIST != "":
		return fmt.Sprintf("mnist-%s-s%d", nn.FormatSizes(v.Sizes()), v.Seed)
	}
	return v.Shipped + v.File
}

// kind groups networks that differ in their training seed only.
func (v Victim) kind() string {
	v = v.Whole()
	if v.recipe() == "" {
		return v.Name()
	}
	if v.Random != "" {
		return "random " + nn.FormatSizes(v.Sizes())
	}
	return "MNIST " + nn.FormatSizes(v.Sizes())
}

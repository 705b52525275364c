package campaign

import (
	"fmt"

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
}

// Victim is one network.
type Victim struct {
	Network
	Seed uint64 `json:"seed,omitempty"` // of a recipe
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
	return nil
}

func (v Victim) check() error {
	if v.recipe() == "" && v.Seed != 0 {
		return fmt.Errorf("only a recipe has a training seed")
	}
	return v.Network.check()
}

// each returns the victims, one for each training seed.
func (v *Victims) each() []Victim {
	if len(v.Seeds) == 0 {
		return []Victim{{Network: v.Network}}
	}
	var all []Victim
	for _, s := range v.Seeds {
		all = append(all, Victim{v.Network, s})
	}
	return all
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
	if v.recipe() == "" {
		return v.Name()
	}
	if v.Random != "" {
		return "random " + nn.FormatSizes(v.Sizes())
	}
	return "MNIST " + nn.FormatSizes(v.Sizes())
}

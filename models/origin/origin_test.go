package origin

import (
	"errors"
	"reflect"
	"testing"

	"peel/core/link"
	"peel/core/nn"
	"peel/models/random"
	"peel/models/weights"
)

func made(t *testing.T, seed uint64, sizes ...int) *nn.Network {
	t.Helper()
	net, err := random.Carlini(sizes, seed)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestOf: metadata are believed only if their recipe makes the network again.
func TestOf(t *testing.T) {
	small, large := made(t, 3, 6, 4, 1), made(t, 3, 30, 8, 1) // 33 and 257 parameters
	for name, c := range map[string]struct {
		net  *nn.Network
		meta weights.Meta
		want link.Victim
	}{
		"recipe":        {large, weights.Meta{"recipe": "carlini", "seed": "3"}, link.Recipe{Generator: link.Carlini, Sizes: []int{30, 8, 1}, Seed: 3}},
		"small, recipe": {small, weights.Meta{"recipe": "Carlini et al.: Glorot", "seed": "3"}, link.Recipe{Generator: link.Carlini, Sizes: []int{6, 4, 1}, Seed: 3}},
		"false seed":    {large, weights.Meta{"recipe": "carlini", "seed": "4"}, link.File{Sizes: []int{30, 8, 1}, SHA256: large.Fingerprint()}},
		"odd seed":      {small, weights.Meta{"recipe": "carlini", "seed": "three"}, link.Inline{Network: small}},
		"other recipe":  {small, weights.Meta{"recipe": "mine", "seed": "3"}, link.Inline{Network: small}},
		"small":         {small, nil, link.Inline{Network: small}},
		"large":         {large, nil, link.File{Sizes: []int{30, 8, 1}, SHA256: large.Fingerprint()}},
	} {
		got := Of(c.net, c.meta)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		back, err := Make(got)
		if _, named := got.(link.File); named {
			if !errors.Is(err, ErrElsewhere) {
				t.Errorf("%s: %v", name, err)
			}
		} else if err != nil || back.Fingerprint() != c.net.Fingerprint() {
			t.Errorf("%s: another network (%v)", name, err)
		}
	}
}

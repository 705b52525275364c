// Package origin says where a network comes from, as a link names it, and finds
// the network that a link names.
package origin

import (
	"errors"
	"strconv"
	"strings"

	"peel/core/link"
	"peel/core/nn"
	"peel/models/random"
	"peel/models/weights"
)

// Of returns how a link names a network that does not come with Peel: by the
// recipe that its metadata tell of, if that makes it again; by its weights, if
// they are few; or else by its fingerprint.
func Of(net *nn.Network, meta weights.Meta) link.Victim {
	if r, ok := recipe(net, meta); ok {
		return r
	}
	if v := (link.Inline{Network: net}); link.Fits(v) {
		return v
	}
	return link.File{Sizes: net.Sizes(), SHA256: net.Fingerprint()}
}

// recipe returns the recipe in the metadata of a random network. Metadata may
// say anything, so the network is made again.
func recipe(net *nn.Network, meta weights.Meta) (link.Recipe, bool) {
	seed, err := strconv.ParseUint(meta["seed"], 10, 64)
	r := link.Recipe{Generator: link.Carlini, Sizes: net.Sizes(), Seed: seed}
	if err != nil || !strings.HasPrefix(strings.ToLower(meta["recipe"]), "carlini") || !link.Fits(r) {
		return r, false
	}
	again, err := random.Carlini(r.Sizes, r.Seed)
	return r, err == nil && again.Fingerprint() == net.Fingerprint()
}

// ErrElsewhere is returned by Make for a victim that a link only names.
var ErrElsewhere = errors.New("the link does not hold its network")

// Make returns the network of a victim that is in the link, by recipe or by
// weights.
func Make(v link.Victim) (*nn.Network, error) {
	switch v := v.(type) {
	case link.Recipe:
		return random.Carlini(v.Sizes, v.Seed)
	case link.Inline:
		return v.Network, nil
	}
	return nil, ErrElsewhere
}

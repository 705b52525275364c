// Package recovered says what the file of a recovered network says about itself:
// the same on the command line and in the page.
package recovered

import (
	"fmt"
	"strconv"
	"strings"

	"peel/core/extract"
	"peel/core/run"
	"peel/models/weights"
)

// Meta is the metadata of the network that a run ended with.
func Meta(spec run.Spec, o *extract.Outcome) weights.Meta {
	return weights.Meta{
		"name":         spec.Victim.Name + "-recovered",
		"description":  "Recovered by Peel from answers alone.",
		"architecture": strings.Trim(strings.ReplaceAll(fmt.Sprint(spec.Sizes), " ", "-"), "[]"),
		"activation":   "relu",
		"output":       "linear",
		"victim":       spec.Victim.SHA256,
		"engine":       spec.Engine,
		"seed":         strconv.FormatUint(spec.Seed, 10),
		"coverage":     extract.CoverageText(o.Coverage),
		"complete":     strconv.FormatBool(o.Complete),
		"queries":      strconv.FormatInt(o.Queries, 10),
		"digest":       run.Digest(o.Network, o.ByPhase),
	}
}

// Encode writes the network as a safetensors file.
func Encode(spec run.Spec, o *extract.Outcome) ([]byte, error) {
	return weights.Encode(o.Network, Meta(spec, o))
}

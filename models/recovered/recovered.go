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
	meta := weights.Meta{
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
	if !spec.Method.Default() {
		meta["method"], meta["setting"] = spec.Method.String(), spec.Method.Setting()
	}
	if o.Idealised > 0 {
		meta["description"] = fmt.Sprintf("Layer %d as Peel recovered it, idealised: the layers before it are the true ones, given to the run.", o.Idealised)
	}
	return meta
}

// Encode writes the network as a safetensors file.
func Encode(spec run.Spec, o *extract.Outcome) ([]byte, error) {
	return weights.Encode(o.Network, Meta(spec, o))
}

//go:build js && wasm

// Package results is the role that makes the tables and pictures of a campaign.
package results

import (
	"fmt"
	"syscall/js"

	"peel/core/campaign"
	"peel/core/campaign/report"
	"peel/wasm/internal/bridge"
)

// Main serves the role and never returns.
func Main() {
	bridge.Serve(map[string]bridge.Method{"report": show})
}

// show {bytes} answers with report.Report, from the bytes of a results file.
func show(p js.Value) (any, error) {
	file := p.Get("bytes")
	if n := file.Get("byteLength").Float(); n > campaign.MaxResults {
		return nil, fmt.Errorf("%w: they have %.0f MB, more than Peel reads", campaign.ErrResults, n/1e6)
	}
	r, err := report.Make(bridge.Bytes(file))
	if err != nil {
		return nil, err
	}
	return bridge.Value(r)
}

package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"peel/core/extract"
)

// Figures are what a run came to, as far as it went. They follow from its spec
// and journal, but for the time, which is as it was said.
type Figures struct {
	Done     bool                    `json:"done"` // false: the run can go on
	Complete bool                    `json:"complete,omitempty"`
	Digest   string                  `json:"digest,omitempty"` // of a finished run
	Params   int                     `json:"params"`
	Queries  int64                   `json:"queries"`
	ByPhase  map[extract.Phase]int64 `json:"byPhase,omitempty"`
	MaxError float64                 `json:"maxError,omitempty"`
	Coverage []extract.LayerCoverage `json:"coverage,omitempty"`
	Message  string                  `json:"message,omitempty"` // what is missing
	Seconds  float64                 `json:"seconds,omitempty"`
}

// Follow brings the figures up to date with an event.
func (f *Figures) Follow(e extract.Event) {
	f.Queries = e.Queries
	if e.ByPhase != nil {
		f.ByPhase = e.ByPhase
	}
	switch e.Type {
	case "start":
		f.Params = e.Params
	case "done":
		f.Done, f.Complete, f.Digest, f.Coverage, f.Message = true, e.Complete, e.Digest, e.Coverage, e.Message
		f.MaxError = e.MaxError
		if math.IsNaN(f.MaxError) || math.IsInf(f.MaxError, 0) { // JSON has neither
			f.MaxError = math.MaxFloat64
		}
	}
}

// ParseFigures reads figures from JSON.
func ParseFigures(data []byte) (Figures, error) {
	var f Figures
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, fmt.Errorf("its figures are damaged (%v)", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return f, fmt.Errorf("its figures are damaged (there is more after their end)")
	}
	const century = 100 * 365 * 86400
	if !(f.Seconds >= 0 && f.Seconds < century) {
		return f, fmt.Errorf("its figures are damaged (a run of %g seconds)", f.Seconds)
	}
	return f, nil
}

// Same reports whether replayed figures are those claimed, the time left out.
func (f Figures) Same(claimed Figures) bool {
	f.Seconds, claimed.Seconds = 0, 0
	a, errA := json.Marshal(f)
	b, errB := json.Marshal(claimed)
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

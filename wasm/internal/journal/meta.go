// Package journal keeps the runs of a browser: what each was asked to do, its
// results so far, and how it ended. The database is `peel` in IndexedDB with
// three stores:
//
//	runs      id → Meta as JSON text
//	results   [id, sequence] → the results of one moment, a JSON array as text
//	networks  id → the recovered network, a safetensors file
//
// Where IndexedDB is missing or full, runs go on in memory and the reader is told.
package journal

import (
	"math"
	"slices"

	"peel/core/extract"
	"peel/core/run"
)

// Status of a run as it was last written. A run whose tab was closed still says
// Running; the worker script, which sees the locks, corrects it.
type Status string

const (
	Running Status = "running"
	Paused  Status = "paused"
	Done    Status = "done"
	Failed  Status = "failed"
)

// Meta is what a list of runs shows. It is RunMeta in wasm/protocol.ts.
type Meta struct {
	ID        string                  `json:"id"`
	Spec      run.Spec                `json:"spec"`
	Created   int64                   `json:"created"` // milliseconds since 1970
	Updated   int64                   `json:"updated"`
	Status    Status                  `json:"status"`
	Elsewhere bool                    `json:"elsewhere"` // set by the worker script
	Queries   int64                   `json:"queries"`
	Seconds   float64                 `json:"seconds"` // active time
	Workers   int                     `json:"workers"`
	Params    int                     `json:"params"`
	Phase     extract.Phase           `json:"phase,omitempty"`
	ByPhase   map[extract.Phase]int64 `json:"byPhase"`
	Layers    []Layer                 `json:"layers"`
	Warnings  []string                `json:"warnings"`
	Digest    string                  `json:"digest,omitempty"`
	Complete  bool                    `json:"complete,omitempty"`
	MaxError  float64                 `json:"maxError,omitempty"`
	Message   string                  `json:"message,omitempty"`
	Coverage  []extract.LayerCoverage `json:"coverage,omitempty"` // of a finished run
	Error     string                  `json:"error,omitempty"`
	Imported  bool                    `json:"imported,omitempty"` // came from a file
}

// Layer is how far one layer has come.
type Layer struct {
	Layer   int    `json:"layer"`   // 1-based
	Neurons []int  `json:"neurons"` // 0 unknown, 1 found, 2 completed, 3 signed
	Rank    int    `json:"rank,omitempty"`
	RankOf  int    `json:"rankOf,omitempty"`
	Missing int    `json:"missing,omitempty"`
	Message string `json:"message,omitempty"`
}

// Clone returns a copy that shares nothing that Follow changes.
func (m *Meta) Clone() Meta {
	c := *m
	c.Layers = slices.Clone(m.Layers)
	for i := range c.Layers {
		c.Layers[i].Neurons = slices.Clone(c.Layers[i].Neurons)
	}
	c.Warnings = slices.Clone(m.Warnings)
	return c
}

// Follow brings the summary up to date with an event.
func (m *Meta) Follow(e extract.Event) {
	m.Queries = e.Queries
	if e.Phase != "" {
		m.Phase = e.Phase
	}
	if e.ByPhase != nil {
		m.ByPhase = e.ByPhase
	}
	switch e.Type {
	case "start":
		m.Layers, m.Warnings, m.Params = []Layer{}, []string{}, e.Params
	case "rank":
		l := m.layer(e.Layer)
		l.Rank, l.RankOf = e.Count, e.Of
	case "found":
		m.mark(e, 1)
	case "completed":
		m.mark(e, 2)
	case "signed":
		m.mark(e, 3)
	case "missing":
		l := m.layer(e.Layer)
		l.Missing, l.Message = e.Count, e.Message
	case "warning":
		m.Warnings = append(m.Warnings, e.Message)
	case "done":
		m.Digest, m.Complete, m.MaxError, m.Message = e.Digest, e.Complete, Finite(e.MaxError), e.Message
		m.Coverage = e.Coverage
	}
}

func (m *Meta) mark(e extract.Event, state int) {
	if e.Neuron < 0 {
		return
	}
	l := m.layer(e.Layer)
	for len(l.Neurons) <= e.Neuron {
		l.Neurons = append(l.Neurons, 0)
	}
	l.Neurons[e.Neuron] = max(l.Neurons[e.Neuron], state)
}

func (m *Meta) layer(number int) *Layer {
	for i := range m.Layers {
		if m.Layers[i].Layer == number {
			return &m.Layers[i]
		}
	}
	m.Layers = append(m.Layers, Layer{Layer: number, Neurons: []int{}})
	return &m.Layers[len(m.Layers)-1]
}

// Finite replaces what JSON cannot carry by the largest number.
func Finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return math.MaxFloat64
	}
	return v
}

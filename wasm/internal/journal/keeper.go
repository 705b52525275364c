package journal

import (
	"slices"

	"peel/core/extract"
)

// Batch is everything of one run that is written in one go: all or nothing.
type Batch struct {
	ID       string
	Sequence int // of Results among the batches of the run
	Results  []extract.Result
	Meta     *Meta  // nil to leave it
	Network  []byte // nil to leave it
}

// Keeper keeps runs somewhere.
type Keeper interface {
	Write(b Batch) error
	List() ([]Meta, error)
	// Results returns the results of a run in the order written, and the next free sequence.
	Results(id string) (results []extract.Result, next int, err error)
	Network(id string) ([]byte, error) // nil when there is none
	Delete(id string) error
}

// Memory is a Keeper that lasts as long as the worker.
type Memory struct {
	metas    map[string]Meta
	results  map[string][]extract.Result
	networks map[string][]byte
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{map[string]Meta{}, map[string][]extract.Result{}, map[string][]byte{}}
}

func (m *Memory) Write(b Batch) error {
	m.results[b.ID] = append(m.results[b.ID], b.Results...)
	if b.Meta != nil {
		m.metas[b.ID] = *b.Meta
	}
	if b.Network != nil {
		m.networks[b.ID] = b.Network
	}
	return nil
}

func (m *Memory) List() ([]Meta, error) {
	out := []Meta{}
	for _, meta := range m.metas {
		out = append(out, meta)
	}
	return out, nil
}

func (m *Memory) Results(id string) ([]extract.Result, int, error) {
	return slices.Clone(m.results[id]), 0, nil
}

func (m *Memory) Network(id string) ([]byte, error) { return m.networks[id], nil }

func (m *Memory) Delete(id string) error {
	delete(m.metas, id)
	delete(m.results, id)
	delete(m.networks, id)
	return nil
}

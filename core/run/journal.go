package run

import (
	"sync"

	"peel/core/extract"
)

// Journal keeps the results of a run, in the order they came in. A result that
// Append accepted survives a crash, as far as the host can promise it.
type Journal interface {
	Append(r extract.Result) error
	Load() ([]extract.Result, error)
}

// Memory is a Journal that lasts as long as the process.
type Memory struct {
	mu      sync.Mutex
	results []extract.Result
}

func (m *Memory) Append(r extract.Result) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.results = append(m.results, r)
	return nil
}

func (m *Memory) Load() ([]extract.Result, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]extract.Result(nil), m.results...), nil
}

package store

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Memory is a Store that lasts as long as the process.
type Memory struct {
	now func() time.Time

	mu     sync.Mutex
	blobs  map[string][]byte
	groups map[string]*group
}

type group struct {
	records map[string][]byte
	expiry  time.Time // zero: never
}

// NewMemory returns an empty store. now is the clock that expiry goes by.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, blobs: map[string][]byte{}, groups: map[string]*group{}}
}

func (m *Memory) Get(_ context.Context, key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	blob, ok := m.blobs[key]
	if !ok {
		return nil, ErrMissing
	}
	return bytes.Clone(blob), nil
}

func (m *Memory) Put(_ context.Context, key string, blob []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.blobs[key] = bytes.Clone(blob)
	return nil
}

func (m *Memory) Drop(_ context.Context, key string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.blobs, key)
	return nil
}

func (m *Memory) Read(_ context.Context, name, record string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.open(name).records[record]), nil
}

func (m *Memory) List(_ context.Context, name string) ([]Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.open(name)
	var all []Record
	for _, record := range slices.Sorted(maps.Keys(g.records)) {
		all = append(all, Record{record, bytes.Clone(g.records[record])})
	}
	return all, nil
}

func (m *Memory) Update(_ context.Context, name, record string, expiry time.Time, change Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	g := m.open(name)
	value, err := change(bytes.Clone(g.records[record]))
	if err != nil {
		return err
	}
	m.groups[name] = g
	if value == nil {
		delete(g.records, record)
	} else {
		g.records[record] = bytes.Clone(value)
	}
	if expiry.After(g.expiry) {
		g.expiry = expiry
	}
	return nil
}

func (m *Memory) Clear(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.groups, name)
	return nil
}

// open returns a group, a new one when there is none or it has expired.
func (m *Memory) open(name string) *group {
	g := m.groups[name]
	if g != nil && !g.expiry.IsZero() && !m.now().Before(g.expiry) {
		delete(m.groups, name)
		g = nil
	}
	if g == nil {
		g = &group{records: map[string][]byte{}}
	}
	return g
}

// Sweep forgets the groups that have expired.
func (m *Memory) Sweep() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.groups {
		m.open(name)
	}
}

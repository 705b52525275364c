// Package store is where the server keeps what is shared: a small interface
// with an implementation for tests (Memory), one in a file (package bolt) and
// one at the edge (package edge).
//
// It holds two kinds of things. A blob is large and never changes: its key says
// what it holds, so an old copy is as good as a new one. A record is small and
// changes, and no two writers lose each other's work. At the edge the first may
// be read near the reader, the second must be read where it is written.
package store

import (
	"context"
	"errors"
	"time"
)

// ErrMissing is returned by Get for a key that holds nothing.
var ErrMissing = errors.New("nothing is stored there")

// Record is a small value that changes.
type Record struct {
	Name  string
	Value []byte
}

// Change gets the value of a record, nil when there is none, and returns the
// new one, nil to remove it. It may be called several times.
type Change func(old []byte) ([]byte, error)

// Store keeps blobs by key and records by group and name. Its methods may be
// called from many goroutines at once; what they take and return is not shared.
type Store interface {
	// Get returns the blob of that key, or ErrMissing.
	Get(ctx context.Context, key string) ([]byte, error)
	// Put stores a blob. The same key always gets the same bytes.
	Put(ctx context.Context, key string, blob []byte) error
	// Drop removes a blob, if it is there.
	Drop(ctx context.Context, key string) error

	// Read returns the value of a record, nil when there is none.
	Read(ctx context.Context, group, name string) ([]byte, error)
	// List returns every record of a group, by name.
	List(ctx context.Context, group string) ([]Record, error)
	// Update changes one record as if nobody else wrote at the same time. When
	// change returns an error, that is returned and nothing is written. A group
	// is gone after the latest expiry it was given; a zero time is none.
	Update(ctx context.Context, group, name string, expiry time.Time, change Change) error
	// Clear removes every record of a group.
	Clear(ctx context.Context, group string) error
}

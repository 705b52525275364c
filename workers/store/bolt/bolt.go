// Package bolt is a store in one file.
package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"peel/workers/store"
)

// Buckets of the file: blobs by key; for every group a bucket of records by
// name; and when each group expires, as seconds since 1970 in 8 bytes.
var (
	blobs    = []byte("blobs")
	groups   = []byte("groups")
	expiries = []byte("expiries")
)

// patience is how long Open waits for another process to let go of the file.
const patience = time.Second

// gather is how long a change waits for others to share one write to the disk.
const gather = 2 * time.Millisecond

// ErrBusy is returned by Open when another process has the file open.
var ErrBusy = errors.New("another process has the store open")

// Store is a store.Store in a file.
type Store struct {
	db  *bbolt.DB
	now func() time.Time
}

// Open opens the store in a file, or makes a new one. now is the clock that
// expiry goes by.
func Open(path string, now func() time.Time) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: patience})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, ErrBusy
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("the store %s cannot be opened; choose another folder with -data", path)
	case err != nil:
		return nil, fmt.Errorf("the store %s cannot be opened (%v); choose another folder with -data", path, err)
	}
	db.MaxBatchDelay = gather
	s := &Store{db, now}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range [][]byte{blobs, groups, expiries} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.Sweep()
	}
	if err != nil {
		db.Close()
		return nil, err
	}
	return s, nil
}

// Close closes the file.
func (s *Store) Close() error { return s.db.Close() }

func (s *Store) Get(_ context.Context, key string) (blob []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		found := tx.Bucket(blobs).Get([]byte(key))
		if found == nil {
			return store.ErrMissing
		}
		blob = bytes.Clone(found)
		return nil
	})
	return blob, err
}

func (s *Store) Put(_ context.Context, key string, blob []byte) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(blobs).Put([]byte(key), blob) })
}

func (s *Store) Drop(_ context.Context, key string) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(blobs).Delete([]byte(key)) })
}

func (s *Store) Read(_ context.Context, group, name string) (value []byte, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if b := s.live(tx, group); b != nil {
			value = bytes.Clone(b.Get([]byte(name)))
		}
		return nil
	})
	return value, err
}

func (s *Store) List(_ context.Context, group string) (all []store.Record, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := s.live(tx, group)
		if b == nil {
			return nil
		}
		return b.ForEach(func(name, value []byte) error {
			all = append(all, store.Record{Name: string(name), Value: bytes.Clone(value)})
			return nil
		})
	})
	return all, err
}

func (s *Store) Update(_ context.Context, group, name string, expiry time.Time, change store.Change) error {
	return s.db.Batch(func(tx *bbolt.Tx) error {
		b, err := s.open(tx, group)
		if err != nil {
			return err
		}
		value, err := change(bytes.Clone(b.Get([]byte(name))))
		if err != nil {
			return err
		}
		if err := extend(tx, group, expiry); err != nil {
			return err
		}
		if value == nil {
			return b.Delete([]byte(name))
		}
		return b.Put([]byte(name), value)
	})
}

// open returns the records of a group to write to.
func (s *Store) open(tx *bbolt.Tx, group string) (*bbolt.Bucket, error) {
	if b := s.live(tx, group); b != nil {
		return b, nil
	}
	if err := clearGroup(tx, group); err != nil { // it may have expired
		return nil, err
	}
	return tx.Bucket(groups).CreateBucket([]byte(group))
}

// extend makes a group last until expiry, unless it lasts longer.
func extend(tx *bbolt.Tx, group string, expiry time.Time) error {
	if expiry.IsZero() {
		return nil
	}
	end := binary.BigEndian.AppendUint64(nil, uint64(expiry.Unix()))
	if bytes.Compare(end, tx.Bucket(expiries).Get([]byte(group))) <= 0 {
		return nil
	}
	return tx.Bucket(expiries).Put([]byte(group), end)
}

func (s *Store) Clear(_ context.Context, group string) error {
	return s.db.Update(func(tx *bbolt.Tx) error { return clearGroup(tx, group) })
}

// Sweep removes the groups that have expired.
func (s *Store) Sweep() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		var old []string
		err := tx.Bucket(expiries).ForEach(func(group, end []byte) error {
			if s.over(end) {
				old = append(old, string(group))
			}
			return nil
		})
		for _, group := range old {
			if err == nil {
				err = clearGroup(tx, group)
			}
		}
		return err
	})
}

// live returns the records of a group, nil when there are none or they have
// expired.
func (s *Store) live(tx *bbolt.Tx, group string) *bbolt.Bucket {
	if s.over(tx.Bucket(expiries).Get([]byte(group))) {
		return nil
	}
	return tx.Bucket(groups).Bucket([]byte(group))
}

// over reports whether an expiry, nil for none, has passed.
func (s *Store) over(end []byte) bool {
	return len(end) == 8 && s.now().Unix() >= int64(binary.BigEndian.Uint64(end))
}

func clearGroup(tx *bbolt.Tx, group string) error {
	if err := tx.Bucket(expiries).Delete([]byte(group)); err != nil {
		return err
	}
	err := tx.Bucket(groups).DeleteBucket([]byte(group))
	if errors.Is(err, bolterrors.ErrBucketNotFound) {
		return nil
	}
	return err
}

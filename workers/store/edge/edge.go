//go:build js && wasm

// Package edge is the store at the edge: blobs in Workers KV, groups of records
// in Durable Objects of the class Records (workers/edge/records.mjs), one object
// a group.
package edge

import (
	"bytes"
	"context"
	"errors"
	"syscall/js"
	"time"

	"github.com/syumai/workers/cloudflare"

	"peel/workers/store"
)

// Store is a store.Store over two bindings of the worker.
type Store struct{ blobs, records js.Value }

// New returns the store behind the bindings of these names.
func New(blobs, records string) (*Store, error) {
	s := &Store{cloudflare.GetBinding(blobs), cloudflare.GetBinding(records)}
	if s.blobs.IsUndefined() || s.records.IsUndefined() {
		return nil, errors.New("the worker has no bindings " + blobs + " and " + records + "; see wrangler.jsonc")
	}
	return s, nil
}

func (s *Store) Get(_ context.Context, key string) ([]byte, error) {
	v, err := call(s.blobs, "get", key, "arrayBuffer")
	if err != nil {
		return nil, err
	}
	if v.IsNull() {
		return nil, store.ErrMissing
	}
	return toGo(v), nil
}

func (s *Store) Put(_ context.Context, key string, blob []byte) error {
	_, err := call(s.blobs, "put", key, toJS(blob))
	return err
}

func (s *Store) Drop(_ context.Context, key string) error {
	_, err := call(s.blobs, "delete", key)
	return err
}

// group is the object that holds a group.
func (s *Store) group(name string) js.Value {
	return s.records.Call("get", s.records.Call("idFromName", name))
}

func (s *Store) Read(_ context.Context, group, name string) ([]byte, error) {
	v, err := call(s.group(group), "read", name)
	return text(v), err
}

func (s *Store) List(_ context.Context, group string) ([]store.Record, error) {
	v, err := call(s.group(group), "list")
	if err != nil {
		return nil, err
	}
	all := make([]store.Record, v.Length())
	for i := range all {
		all[i] = store.Record{Name: v.Index(i).Index(0).String(), Value: text(v.Index(i).Index(1))}
	}
	return all, nil
}

// maxTries is how often Update tries before it gives up. Of all that try at the
// same time one succeeds, so it is more than ever write one record at once.
const maxTries = 200

// Update reads, changes and writes back if nobody else has written meanwhile.
// Otherwise it goes on at once from what they wrote: to wait would only let
// others write again.
func (s *Store) Update(_ context.Context, group, name string, expiry time.Time, change store.Change) error {
	object := s.group(group)
	end := js.Null()
	if !expiry.IsZero() {
		end = js.ValueOf(float64(expiry.UnixMilli()))
	}
	v, err := call(object, "read", name)
	for try := 1; err == nil; try++ {
		old := text(v)
		value, refused := change(bytes.Clone(old))
		if refused != nil {
			return refused
		}
		// replace answers with the value that is there instead, in an array.
		if v, err = call(object, "replace", name, jsText(old), jsText(value), end); err != nil || v.IsNull() {
			return err
		}
		if try == maxTries {
			return errors.New("a record is written by too many at once")
		}
		v = v.Index(0)
	}
	return err
}

func (s *Store) Clear(_ context.Context, group string) error {
	_, err := call(s.group(group), "clear")
	return err
}

// text is a record's value, nil for null. Values are JSON.
func text(v js.Value) []byte {
	if v.Type() != js.TypeString {
		return nil
	}
	return []byte(v.String())
}

func jsText(b []byte) js.Value {
	if b == nil {
		return js.Null()
	}
	return js.ValueOf(string(b))
}

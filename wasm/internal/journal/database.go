//go:build js && wasm

package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall/js"
	"time"

	"github.com/hack-pad/go-indexeddb/idb"

	"peel/core/extract"
)

const (
	dbName    = "peel"
	dbVersion = 1

	storeRuns     = "runs"
	storeResults  = "results"
	storeNetworks = "networks"
)

// Database is a Keeper in IndexedDB. Its rules, learnt the hard way: only the
// transaction is awaited, right after its requests were made; cursors collect
// and never block; nothing sleeps inside a transaction.
type Database struct{ db *idb.Database }

// openPatience is how long a browser may take to open the database.
const openPatience = 10 * time.Second

// OpenDatabase opens the database of this origin, or says why it cannot.
func OpenDatabase() (d *Database, err error) {
	factory := js.Global().Get("indexedDB")
	if !factory.Truthy() {
		return nil, errors.New("it offers no IndexedDB")
	}
	defer func() { // go-indexeddb panics where a browser refuses in an unusual way
		if r := recover(); r != nil {
			d, err = nil, fmt.Errorf("opening its database failed: %v", r)
		}
	}()
	f, err := idb.WrapFactory(factory)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), openPatience)
	defer cancel()
	request, err := f.Open(ctx, dbName, dbVersion, func(db *idb.Database, _, _ uint) error {
		for _, name := range []string{storeRuns, storeResults, storeNetworks} {
			if _, err := db.CreateObjectStore(name, idb.ObjectStoreOptions{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	db, err := request.Await(ctx)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // Await does not say so itself
		return nil, errors.New("its database did not open in time")
	}
	return &Database{db: db}, nil
}

// change makes requests in one transaction and waits for it to be complete. do
// must not wait for anything.
func (d *Database) change(do func(t *idb.Transaction) error) error {
	t, err := d.begin(idb.TransactionReadWrite)
	if err != nil {
		return err
	}
	if err := do(t); err != nil {
		_ = t.Abort() // the first error is the one to report
		return err
	}
	return t.Await(context.Background())
}

func (d *Database) begin(mode idb.TransactionMode) (*idb.Transaction, error) {
	// Relaxed durability hands the data to the operating system: it outlives the
	// browser, and a lost power line costs only the last moment of a run that can
	// be computed again.
	return d.db.TransactionWithOptions(idb.TransactionOptions{Mode: mode, Durability: idb.DurabilityRelaxed}, storeRuns, storeResults, storeNetworks)
}

func (d *Database) Write(b Batch) error {
	return d.change(func(t *idb.Transaction) error {
		if len(b.Results) > 0 {
			text := extract.AppendResults(nil, b.Results)
			if err := put(t, storeResults, resultKey(b.ID, b.Sequence), js.ValueOf(string(text))); err != nil {
				return err
			}
		}
		if b.Meta != nil {
			text, err := json.Marshal(b.Meta)
			if err != nil {
				return err
			}
			if err := put(t, storeRuns, js.ValueOf(b.ID), js.ValueOf(string(text))); err != nil {
				return err
			}
		}
		if b.Network != nil {
			file := js.Global().Get("Uint8Array").New(len(b.Network))
			js.CopyBytesToJS(file, b.Network)
			return put(t, storeNetworks, js.ValueOf(b.ID), file)
		}
		return nil
	})
}

func put(t *idb.Transaction, store string, key, value js.Value) error {
	s, err := t.ObjectStore(store)
	if err != nil {
		return err
	}
	_, err = s.PutKey(key, value) // a failure of the request fails the transaction
	return err
}

func (d *Database) List() ([]Meta, error) {
	var texts []string
	if err := d.collect(storeRuns, js.Undefined(), &texts); err != nil {
		return nil, err
	}
	out := []Meta{}
	for _, text := range texts {
		var m Meta
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func (d *Database) Results(id string) ([]extract.Result, int, error) {
	var texts []string
	if err := d.collect(storeResults, allOf(id), &texts); err != nil {
		return nil, 0, err
	}
	var out []extract.Result
	for _, text := range texts {
		var batch []extract.Result
		if err := json.Unmarshal([]byte(text), &batch); err != nil {
			return nil, 0, err
		}
		out = append(out, batch...)
	}
	return out, len(texts), nil
}

func (d *Database) Network(id string) ([]byte, error) {
	t, err := d.begin(idb.TransactionReadOnly)
	if err != nil {
		return nil, err
	}
	s, err := t.ObjectStore(storeNetworks)
	if err != nil {
		return nil, err
	}
	request, err := s.Get(js.ValueOf(id))
	if err != nil {
		return nil, err
	}
	file, err := request.Await(context.Background())
	if err != nil || file.IsUndefined() {
		return nil, err
	}
	b := make([]byte, file.Length())
	js.CopyBytesToGo(b, file)
	return b, nil
}

func (d *Database) Delete(id string) error {
	return d.change(func(t *idb.Transaction) error {
		for store, key := range map[string]js.Value{storeRuns: js.ValueOf(id), storeNetworks: js.ValueOf(id), storeResults: allOf(id)} {
			s, err := t.ObjectStore(store)
			if err != nil {
				return err
			}
			if _, err := s.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}

// collect gathers the texts of a store, in the order of their keys.
func (d *Database) collect(store string, keys js.Value, texts *[]string) error {
	t, err := d.begin(idb.TransactionReadOnly)
	if err != nil {
		return err
	}
	s, err := t.ObjectStore(store)
	if err != nil {
		return err
	}
	var request *idb.CursorWithValueRequest
	if keys.IsUndefined() {
		request, err = s.OpenCursor(idb.CursorNext)
	} else {
		request, err = s.OpenCursorKey(keys, idb.CursorNext) // a key range is as good as a key
	}
	if err != nil {
		return err
	}
	return request.Iter(context.Background(), func(c *idb.CursorWithValue) error {
		v, err := c.Value()
		if err != nil {
			return err
		}
		*texts = append(*texts, v.String())
		return nil
	})
}

func resultKey(id string, sequence int) js.Value {
	return js.ValueOf([]any{id, sequence})
}

// allOf is the range of every result of a run: an array sorts after any number.
func allOf(id string) js.Value {
	return js.Global().Get("IDBKeyRange").Call("bound", []any{id}, []any{id, []any{}})
}

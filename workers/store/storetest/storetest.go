// Package storetest checks that a store keeps what package store promises.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"peel/workers/store"
)

// Clock is a clock that a test moves.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock returns a clock that stands at a whole second.
func NewClock() *Clock { return &Clock{t: time.Unix(1_800_000_000, 0)} }

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Add moves the clock.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Run runs every check on an empty store that goes by clock.
func Run(t *testing.T, s store.Store, clock *Clock) {
	t.Run("blobs", func(t *testing.T) { blobs(t, s) })
	t.Run("records", func(t *testing.T) { records(t, s) })
	t.Run("expiry", func(t *testing.T) { expiry(t, s, clock) })
	t.Run("writers at the same time", func(t *testing.T) { writers(t, s) })
}

func blobs(t *testing.T, s store.Store) {
	ctx := context.Background()
	if _, err := s.Get(ctx, "a"); !errors.Is(err, store.ErrMissing) {
		t.Errorf("a missing blob gives %v", err)
	}
	large := make([]byte, 4<<20)
	large[4<<20-1] = 1
	for key, blob := range map[string][]byte{"a": {0, 255, 10}, "large": large} {
		if err := s.Put(ctx, key, blob); err != nil {
			t.Fatal(err)
		}
		got, err := s.Get(ctx, key)
		if err != nil || string(got) != string(blob) {
			t.Errorf("%s: %d bytes came back of %d (%v)", key, len(got), len(blob), err)
		}
	}
	for range 2 {
		if err := s.Drop(ctx, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Get(ctx, "a"); !errors.Is(err, store.ErrMissing) {
		t.Errorf("a dropped blob gives %v", err)
	}
}

// to is a change that writes a value over what is there.
func to(value string) store.Change {
	return func([]byte) ([]byte, error) { return []byte(value), nil }
}

func records(t *testing.T, s store.Store) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expect := func(name, want string) {
		t.Helper()
		value, err := s.Read(ctx, "g", name)
		if err != nil || string(value) != want || (value == nil) != (want == "") {
			t.Errorf("record %s is %q, want %q (%v)", name, value, want, err)
		}
	}
	expect("b", "")
	must(s.Update(ctx, "g", "b", time.Time{}, func(old []byte) ([]byte, error) {
		if old != nil {
			t.Errorf("a record that does not exist is %q", old)
		}
		return []byte("1"), nil
	}))
	must(s.Update(ctx, "g", "a", time.Time{}, to("2")))
	must(s.Update(ctx, "other", "c", time.Time{}, to("3")))
	must(s.Update(ctx, "g", "b", time.Time{}, func(old []byte) ([]byte, error) { return append(old, '4'), nil }))
	expect("b", "14")
	refused := errors.New("refused")
	if err := s.Update(ctx, "g", "b", time.Time{}, func([]byte) ([]byte, error) { return []byte("5"), refused }); err != refused {
		t.Errorf("a refused change gives %v", err)
	}
	expect("b", "14")
	all, err := s.List(ctx, "g")
	must(err)
	if len(all) != 2 || all[0].Name != "a" || all[1].Name != "b" || string(all[1].Value) != "14" {
		t.Errorf("the group is %+v", all)
	}
	for range 2 {
		must(s.Update(ctx, "g", "b", time.Time{}, func([]byte) ([]byte, error) { return nil, nil }))
	}
	expect("b", "")
	must(s.Clear(ctx, "g"))
	must(s.Clear(ctx, "g"))
	if all, err := s.List(ctx, "g"); err != nil || len(all) != 0 {
		t.Errorf("a cleared group is %+v (%v)", all, err)
	}
	if all, err := s.List(ctx, "other"); err != nil || len(all) != 1 {
		t.Errorf("the other group is %+v (%v)", all, err)
	}
}

func expiry(t *testing.T, s store.Store, clock *Clock) {
	ctx := context.Background()
	write := func(name string, life time.Duration) {
		t.Helper()
		if err := s.Update(ctx, "short", name, clock.Now().Add(life), to("1")); err != nil {
			t.Fatal(err)
		}
	}
	count := func(want int) {
		t.Helper()
		all, err := s.List(ctx, "short")
		if err != nil || len(all) != want {
			t.Errorf("the group has %d records, want %d (%v)", len(all), want, err)
		}
	}
	write("a", time.Hour)
	write("b", 2*time.Hour)
	write("c", time.Minute) // does not shorten the group's life
	clock.Add(90 * time.Minute)
	count(3)
	clock.Add(time.Hour)
	count(0)
	write("d", time.Hour) // the name is free again
	count(1)
}

func writers(t *testing.T, s store.Store) {
	const n, each = 8, 10
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for range each {
				err := s.Update(context.Background(), "counter", "x", time.Time{}, func(old []byte) ([]byte, error) {
					var v int
					fmt.Sscan(string(old), &v)
					return fmt.Append(nil, v+1), nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	value, err := s.Read(context.Background(), "counter", "x")
	if err != nil || string(value) != fmt.Sprint(n*each) {
		t.Errorf("after %d additions the counter is %s (%v)", n*each, value, err)
	}
}

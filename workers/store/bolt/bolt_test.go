package bolt

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peel/workers/store"
	"peel/workers/store/storetest"
)

func open(t *testing.T, path string, clock *storetest.Clock) *Store {
	t.Helper()
	s, err := Open(path, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBolt(t *testing.T) {
	clock := storetest.NewClock()
	s := open(t, filepath.Join(t.TempDir(), "shared.db"), clock)
	defer s.Close()
	storetest.Run(t, s, clock)
}

func TestWhatIsStoredOutlivesTheProcess(t *testing.T) {
	ctx, clock := context.Background(), storetest.NewClock()
	path := filepath.Join(t.TempDir(), "shared.db")
	s := open(t, path, clock)
	if err := s.Put(ctx, "k", []byte("blob")); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, "g", "n", clock.Now().Add(time.Hour), func([]byte) ([]byte, error) { return []byte("v"), nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, clock.Now); !errors.Is(err, ErrBusy) {
		t.Errorf("opening it twice gives %v", err)
	}
	s.Close()

	s = open(t, path, clock)
	blob, err := s.Get(ctx, "k")
	value, err2 := s.Read(ctx, "g", "n")
	if string(blob) != "blob" || string(value) != "v" {
		t.Errorf("opened again it holds %q and %q (%v, %v)", blob, value, err, err2)
	}
	clock.Add(2 * time.Hour)
	if err := s.Sweep(); err != nil {
		t.Fatal(err)
	}
	clock.Add(-2 * time.Hour)
	if all, err := s.List(ctx, "g"); err != nil || len(all) != 0 {
		t.Errorf("after a sweep the group is %+v (%v)", all, err)
	}
	s.Close()
	if _, err := s.Get(ctx, "k"); err == nil || errors.Is(err, store.ErrMissing) {
		t.Errorf("a closed store gives %v", err)
	}
}

func TestOpenTellsWhereItCannot(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "no", "such", "folder"), time.Now)
	if err == nil || !strings.Contains(err.Error(), "-data") {
		t.Errorf("a missing folder gives %v", err)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"peel/workers/store"
	"peel/workers/store/bolt"
)

// dataFolder is where what is shared is kept unless -data says otherwise: in
// the user's own folder for such things, or in memory where there is none.
func dataFolder() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "-"
	}
	return filepath.Join(cache, "peel")
}

// sweepEvery is how often what has expired is removed.
const sweepEvery = time.Hour

// kept is the open store.
type kept struct {
	store.Store
	note  string
	close func()
}

// openStore opens the store in a folder. Where another server has it open, what
// is shared is kept in memory, so that a second one can run beside it.
func openStore(ctx context.Context, folder string) (*kept, error) {
	if folder == "-" {
		return inMemory(ctx, "What is shared here is kept in memory until the server ends."), nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("the folder %s cannot be made; choose another with -data", folder)
	}
	path := filepath.Join(folder, "shared.db")
	db, err := bolt.Open(path, time.Now)
	if errors.Is(err, bolt.ErrBusy) {
		return inMemory(ctx, "Another server has "+path+" open: what is shared here is kept in memory until this one ends."), nil
	}
	if err != nil {
		return nil, err
	}
	repeat(ctx, func() { db.Sweep() })
	return &kept{db, "What is shared here is kept in " + path + ".", func() { db.Close() }}, nil
}

func inMemory(ctx context.Context, note string) *kept {
	m := store.NewMemory(time.Now)
	repeat(ctx, m.Sweep)
	return &kept{m, note, func() {}}
}

func repeat(ctx context.Context, do func()) {
	ticker := time.NewTicker(sweepEvery)
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				do()
			case <-ctx.Done():
				return
			}
		}
	}()
}

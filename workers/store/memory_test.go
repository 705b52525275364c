package store_test

import (
	"testing"

	"peel/workers/store"
	"peel/workers/store/storetest"
)

func TestMemory(t *testing.T) {
	clock := storetest.NewClock()
	m := store.NewMemory(clock.Now)
	storetest.Run(t, m, clock)
	m.Sweep()
}

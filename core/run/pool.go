package run

import (
	"context"
	"sync"

	"peel/core/extract"
	"peel/core/oracle"
)

// Pool is an Executor of goroutines in this process, one for each oracle.
type Pool struct{ oracles []oracle.Oracle }

// NewPool returns a pool that works with one goroutine per oracle.
func NewPool(oracles []oracle.Oracle) *Pool { return &Pool{oracles: oracles} }

func (p *Pool) Run(ctx context.Context, state *extract.State, _ []extract.Result, tasks []extract.Task, put func(extract.Result) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan extract.Task)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, o := range p.oracles {
		wg.Go(func() {
			for t := range queue {
				r, err := state.Do(t, o)
				mu.Lock()
				if err == nil {
					err = put(r)
				}
				mu.Unlock()
				if err != nil {
					cancel(err)
				}
			}
		})
	}
feed:
	for _, t := range tasks {
		select {
		case queue <- t:
		case <-ctx.Done():
			break feed
		}
	}
	close(queue)
	wg.Wait()
	return context.Cause(ctx)
}

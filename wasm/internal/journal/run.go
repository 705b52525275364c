package journal

import (
	"sync"
	"time"

	"peel/core/extract"
)

// gather is the least time between two writes. A transaction costs a browser
// about as much as a small task, so what comes in the meantime shares one.
const gather = 200 * time.Millisecond

// Run is the journal of one run, a run.Journal. Append only notes a result:
// everything noted since the last batch goes into one transaction. After lets
// the caller act, in order, once all that came before is kept, so that nothing
// is shown that a crash could take back.
type Run struct {
	id    string
	store *Store
	kept  func()

	mu      sync.Mutex
	pending Batch
	after   []func()
	flushed []chan struct{} // closed when the next batch is kept and told of
	wake    chan struct{}
	hurry   chan struct{} // somebody waits for the next batch
	next    int
	closed  bool
}

// Open returns the journal of a run. Close it. kept is called after a batch
// that something waited for, when all that did has acted.
func (s *Store) Open(id string, kept func()) *Run {
	r := &Run{id: id, store: s, kept: kept, wake: make(chan struct{}, 1), hurry: make(chan struct{}, 1)}
	go r.write()
	return r
}

// Load returns the results so far. It must be called before the first Append.
func (r *Run) Load() ([]extract.Result, error) {
	results, next, err := r.store.Results(r.id)
	r.mu.Lock()
	r.next = next
	r.mu.Unlock()
	return results, err
}

// Append notes a result.
func (r *Run) Append(res extract.Result) error {
	r.note(func() { r.pending.Results = append(r.pending.Results, res) })
	return nil
}

// SetMeta notes the latest summary.
func (r *Run) SetMeta(m Meta) {
	r.note(func() { r.pending.Meta = &m })
}

// SetNetwork notes the recovered network.
func (r *Run) SetNetwork(file []byte) {
	r.note(func() { r.pending.Network = file })
}

// After calls f once everything noted so far is kept.
func (r *Run) After(f func()) {
	r.note(func() { r.after = append(r.after, f) })
}

// Flush returns once everything noted so far is kept and told of.
func (r *Run) Flush() {
	done := make(chan struct{})
	r.note(func() { r.flushed = append(r.flushed, done) })
	signal(r.hurry)
	<-done
}

// Close ends the journal after a Flush. Nothing may be noted after it.
func (r *Run) Close() {
	r.Flush()
	r.note(func() { r.closed = true })
	signal(r.hurry)
}

func (r *Run) note(f func()) {
	r.mu.Lock()
	f()
	r.mu.Unlock()
	signal(r.wake)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// write keeps batch after batch.
func (r *Run) write() {
	var last time.Time
	for range r.wake {
		if wait := gather - time.Since(last); wait > 0 {
			select {
			case <-time.After(wait):
			case <-r.hurry:
			}
		}
		r.mu.Lock()
		b, after, flushed, closed := r.pending, r.after, r.flushed, r.closed
		r.pending, r.after, r.flushed = Batch{}, nil, nil
		b.ID, b.Sequence = r.id, r.next
		if len(b.Results) > 0 {
			r.next++
		}
		r.mu.Unlock()
		if len(b.Results) > 0 || b.Meta != nil || b.Network != nil {
			r.store.Write(b)
		}
		last = time.Now()
		for _, f := range after {
			f()
		}
		if len(after)+len(flushed) > 0 {
			r.kept()
		}
		for _, c := range flushed {
			close(c)
		}
		if closed {
			return
		}
	}
}

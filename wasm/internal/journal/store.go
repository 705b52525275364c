package journal

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"peel/core/extract"
)

// ErrNoRun is wrapped by every error about a run that is not kept here.
var ErrNoRun = errors.New("there is no such run in this browser")

// Store keeps runs on disk as long as it can, and in memory what it cannot.
type Store struct {
	disk   Keeper // nil when there is none
	memory *Memory
	// spilled runs are those whose latest part is in memory only.
	spilled map[string]bool
	warning string
	notice  func(runID, message string)
}

// NewStore returns a store over disk. When disk is nil, why says why. notice is
// told, once for each run, that a run will not be kept.
func NewStore(disk Keeper, why error, notice func(runID, message string)) *Store {
	s := &Store{disk: disk, memory: NewMemory(), spilled: map[string]bool{}, notice: notice}
	if disk == nil {
		s.warning = fmt.Sprintf("this browser keeps nothing for this page (%v): a run is lost when the tab closes, so export its result", why)
	}
	return s
}

// Kind is where new runs are kept, and Warning what the reader should know.
func (s *Store) Kind() (kind, warning string) {
	if s.disk == nil {
		return "memory", s.warning
	}
	return "indexeddb", s.warning
}

// Write keeps a batch. It cannot fail: what the disk refuses stays in memory.
func (s *Store) Write(b Batch) {
	if s.disk != nil && !s.spilled[b.ID] {
		err := s.disk.Write(b)
		if err == nil {
			return
		}
		s.spill(b.ID, fmt.Sprintf("the browser could not keep this run (%v): it goes on in memory and is lost when the tab closes, so delete old runs to make room or export the result", err))
	} else if s.disk == nil && !s.spilled[b.ID] {
		s.spill(b.ID, s.warning)
	}
	_ = s.memory.Write(b) // never fails
}

func (s *Store) spill(id, message string) {
	s.spilled[id] = true
	s.warning = message
	s.notice(id, message)
}

// List returns all runs, newest first.
func (s *Store) List() ([]Meta, error) {
	runs, _ := s.memory.List()
	if s.disk != nil {
		kept, err := s.disk.List()
		if err != nil {
			return nil, fmt.Errorf("the list of runs could not be read (%w): reload the page", err)
		}
		for _, m := range kept {
			if _, newer := s.memory.metas[m.ID]; !newer {
				runs = append(runs, m)
			}
		}
	}
	slices.SortFunc(runs, func(a, b Meta) int {
		return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(a.ID, b.ID))
	})
	return runs, nil
}

// Get returns one run.
func (s *Store) Get(id string) (Meta, error) {
	runs, err := s.List()
	if err != nil {
		return Meta{}, err
	}
	for _, m := range runs {
		if m.ID == id {
			return m, nil
		}
	}
	return Meta{}, fmt.Errorf("%w: it may have been deleted in another tab", ErrNoRun)
}

// Results returns what a run has found so far, and the next free sequence.
func (s *Store) Results(id string) ([]extract.Result, int, error) {
	var out []extract.Result
	next := 0
	if s.disk != nil {
		var err error
		if out, next, err = s.disk.Results(id); err != nil {
			return nil, 0, fmt.Errorf("the run's journal could not be read (%w): reload the page", err)
		}
	}
	rest, _, _ := s.memory.Results(id)
	return append(out, rest...), next, nil
}

// Network returns the recovered network of a finished run.
func (s *Store) Network(id string) ([]byte, error) {
	if b := s.memory.networks[id]; b != nil {
		return b, nil
	}
	if s.disk != nil {
		b, err := s.disk.Network(id)
		if err != nil {
			return nil, fmt.Errorf("the recovered network could not be read (%w): reload the page", err)
		}
		if b != nil {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w with a recovered network: finish the run first", ErrNoRun)
}

// Delete forgets a run.
func (s *Store) Delete(id string) error {
	_ = s.memory.Delete(id) // never fails
	delete(s.spilled, id)
	if s.disk == nil {
		return nil
	}
	if len(s.spilled) == 0 {
		s.warning = ""
	}
	if err := s.disk.Delete(id); err != nil {
		return fmt.Errorf("the run could not be deleted (%w): reload the page", err)
	}
	return nil
}

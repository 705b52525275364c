package run

import (
	"maps"

	"peel/core/extract"
)

// tally counts the queries of every result of a run so far, those of the
// current round too, so that a slow round can be watched.
type tally struct {
	total   int64
	byPhase map[extract.Phase]int64
}

func newTally() *tally { return &tally{byPhase: map[extract.Phase]int64{}} }

// add counts a result and returns the event that tells of it.
func (t *tally) add(task extract.Task, r extract.Result) extract.Event {
	t.total += r.Queries
	t.byPhase[r.Phase] += r.Queries
	return extract.Event{
		V: extract.EventVersion, Type: "progress", Queries: t.total,
		Phase: task.Phase, Layer: task.Layer, ByPhase: maps.Clone(t.byPhase),
	}
}

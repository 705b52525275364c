package journal

import (
	"math"
	"reflect"
	"testing"

	"peel/core/extract"
)

func TestFollow(t *testing.T) {
	var m Meta
	for _, e := range []extract.Event{
		{Type: "start", Params: 17},
		{Type: "phase", Phase: extract.PhaseSubspace, Layer: 1, Queries: 1},
		{Type: "rank", Layer: 1, Count: 3, Of: 4, Queries: 10},
		{Type: "found", Layer: 1, Neuron: 0},
		{Type: "found", Layer: 1, Neuron: 2},
		{Type: "completed", Layer: 1, Neuron: 2},
		{Type: "signed", Layer: 1, Neuron: 2, Queries: 20},
		{Type: "found", Layer: 1, Neuron: 2, Queries: 20},
		{Type: "missing", Layer: 2, Count: 1, Message: "one is dead", Queries: 21},
		{Type: "warning", Message: "careful", Queries: 21},
		{Type: "done", Digest: "d", Complete: true, MaxError: math.Inf(1), Coverage: []extract.LayerCoverage{{Layer: 1, Neurons: "R"}}, Queries: 30},
	} {
		m.Follow(e)
	}
	want := []Layer{
		{Layer: 1, Neurons: []int{1, 0, 3}, Rank: 3, RankOf: 4},
		{Layer: 2, Neurons: []int{}, Missing: 1, Message: "one is dead"},
	}
	if !reflect.DeepEqual(m.Layers, want) {
		t.Errorf("layers %+v, want %+v", m.Layers, want)
	}
	if m.Queries != 30 || m.Params != 17 || m.Phase != extract.PhaseSubspace || len(m.Warnings) != 1 || m.Digest != "d" || !m.Complete || m.MaxError != math.MaxFloat64 || len(m.Coverage) != 1 {
		t.Errorf("summary %+v", m)
	}
	c := m.Clone()
	m.Follow(extract.Event{Type: "signed", Layer: 1, Neuron: 0})
	if c.Layers[0].Neurons[0] != 1 {
		t.Error("a clone changed with its original")
	}
	m.Follow(extract.Event{Type: "start"})
	if len(m.Layers) != 0 || len(m.Warnings) != 0 {
		t.Error("a new start keeps the old drawing")
	}
}

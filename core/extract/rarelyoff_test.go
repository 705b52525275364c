package extract

import (
	"math"
	"testing"

	"peel/core/rng"
)

func newStream(seed, stream uint64) *rng.Stream { return rng.New(seed, stream) }

// Where a neuron is off is the level at which critical points lie on many lines,
// in more than two dimensions: along one or two any neuron has such a level.
func TestCommonLevel(t *testing.T) {
	r := newStream(1, 0x1e7e1)
	at := func(z float64, line, dims int) level {
		h := make([]float64, 6)
		for i := range dims {
			h[i] = math.Abs(r.Normal())
		}
		return level{z: z, tol: 1e-7, h: h, line: line}
	}
	var others levels
	for line := range 8 {
		for range 30 {
			others = append(others, at(r.Normal(), line, 6))
		}
	}
	if _, lines := others.common(); lines >= lowHits {
		t.Errorf("random levels agree on %d lines", lines)
	}
	flat, planted := others[:len(others):len(others)], others[:len(others):len(others)]
	for line := range 6 {
		flat = append(flat, at(0.25+1e-9*r.Normal(), line, 1))
		planted = append(planted, at(0.25+1e-9*r.Normal(), line, 6))
	}
	if _, lines := flat.common(); lines >= lowHits {
		t.Errorf("a level in one dimension counts on %d lines", lines)
	}
	if z, lines := planted.common(); lines != 6 || math.Abs(z-0.25) > 1e-7 {
		t.Errorf("found level %v on %d lines, want 0.25 on 6", z, lines)
	}
}

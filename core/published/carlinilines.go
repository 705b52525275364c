package published

import (
	"encoding/json"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

const (
	// far is how large the coordinates of a line's base are, and reach how many
	// times as far it is swept, both as in C.
	far   = 100
	reach = 1000
	// perRound is the number of lines of a round.
	perRound = 8
)

// lines is a round of random lines.
type lines struct{ h *hunt }

// lineResult is what one line showed. The line follows from its key.
type lineResult struct {
	Key  uint64    `json:"key,string"`
	T    []float64 `json:"t,omitempty"`    // critical points that may be this layer's and new
	Hits []int     `json:"hits,omitempty"` // the rows that others lie on
}

func (h *hunt) sweep() method.Step { return &lines{h} }

func (s *lines) Phase() method.Phase { return method.PhaseCritical }
func (s *lines) Kind() string        { return "lines" }
func (s *lines) Tasks() int          { return perRound }

// Cost counts about twenty queries a neuron.
func (s *lines) Cost() int64 {
	n := int64(0)
	for _, d := range s.h.a.Sizes[1 : len(s.h.a.Sizes)-1] {
		n += int64(d)
	}
	return 100 + 20*n
}

// randomLine is the line of a key: base ~ N(0, σ²) with σ ~ U(far/10, far), and
// direction ~ N(0, 1).
func randomLine(key uint64, n int) (base, dir []float64) {
	r := rng.New(key)
	sigma := float64(far * (0.1 + float64(0.9*r.Float64())))
	return r.NormalVec(make([]float64, n), sigma), r.NormalVec(make([]float64, n), 1)
}

// on returns base + t·dir.
func on(base, dir []float64, t float64) []float64 {
	x := append([]float64(nil), base...)
	linalg.Axpy(t, dir, x)
	return x
}

func (s *lines) Do(i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	h := s.h
	out := lineResult{Key: r.Uint64()}
	base, dir := randomLine(out.Key, h.known.n)
	l, err := critical.NewLine(o, base, dir, h.a.Noise)
	if err != nil {
		return nil, err
	}
	// Far out answers are as exact as their inputs are large, however small they are.
	l.Noise = h.a.Noise.At(on(base, dir, far*reach))
	kinks, err := l.Sweep(-far*reach, far*reach, nil)
	if err != nil {
		return nil, err
	}
	for _, k := range kinks {
		x := on(base, dir, k.T)
		y, switches := h.known.hidden(x)
		if switches {
			continue
		}
		if g := h.owner(y); g >= 0 {
			out.Hits = append(out.Hits, g)
			continue
		}
		out.T = append(out.T, k.T)
	}
	return out, nil
}

// owner returns the row on whose hyperplane h lies, or −1.
func (h *hunt) owner(y []float64) int {
	size := linalg.Norm(y)
	for i, g := range h.rows {
		if g.contains(y, size) {
			return i
		}
	}
	return -1
}

func (s *lines) Apply(results []json.RawMessage) (method.Step, error) {
	h := s.h
	h.rounds++
	found := 0
	for _, text := range results {
		var l lineResult
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, err
		}
		base, dir := randomLine(l.Key, h.known.n)
		for _, t := range l.T {
			x := on(base, dir, t)
			y, _ := h.known.hidden(x)
			h.waiting = append(h.waiting, place{x, y})
		}
		for _, g := range l.Hits {
			if g >= 0 && g < len(h.rows) {
				h.seen[h.rows[g].members[0]].hits++
			}
		}
		found += len(l.T) + len(l.Hits)
	}
	if h.barren++; found > 0 {
		h.barren = 0
	}
	if len(results) < s.Tasks() {
		h.spent = true
	}
	return h.next(), nil
}

package extract

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"peel/core/linalg"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/signature"
)

// subspace is what is known of the row space of layer 1. Every gradient of f is
// a combination of rows of A_1, so d1 independent gradients span it, and
//
//	f(x) = f(BᵀB x)   for an orthonormal basis B (r×d0) of the row space:
//
// from then on the attack works in r ≤ d1 dimensions instead of d0. The price
// is d0 queries a gradient, which is the number of parameters of layer 1.
type subspace struct {
	coord  []int // the coordinates on which candidate gradients are sketched
	points []sketch
	rank   int
	tries  int
	stale  int // rounds without a new dimension
	chosen []int
	full   []Vec // the whole Jacobians of the chosen points, dout×d0; nil where one could not be measured
}

// sketch is the Jacobian at one candidate point along a few coordinates.
type sketch struct {
	Round   int     `json:"-"`
	Index   int     `json:"-"`
	Attempt int     `json:"-"`
	H       float64 `json:"h"`
	F       Vec     `json:"f"` // dout
	D       Vec     `json:"d"` // dout×len(coord)
	Err     float64 `json:"err"`
	OK      bool    `json:"ok"`
}

// place returns the candidate's point: x ~ N(0, scale²), the scale growing with
// the attempts so that neurons that hardly ever switch nearby get their chance.
func (s *State) place(round, index, attempt int) []float64 {
	r := rng.New(s.cfg.Seed, uint64(round), uint64(index), 1)
	scale := math.Ldexp(s.size, []int{0, 2, -2, 4, -4, 6}[attempt%6])
	return r.NormalVec(make([]float64, s.cfg.Sizes[0]), scale)
}

// sketchStage looks at candidate points cheaply, to pay for full gradients only
// where they add a new dimension, and as different a one as possible.
type sketchStage struct{}

func newSketchStage(s *State) stage {
	d0, d1 := s.cfg.Sizes[0], s.cfg.Sizes[1]
	coord := rng.New(s.cfg.Seed, 0xc002d).Perm(d0)[:min(d0, d1+8)]
	slices.Sort(coord)
	s.rows = &subspace{coord: coord}
	return sketchStage{}
}

func (sketchStage) phase() Phase { return PhaseSubspace }
func (sketchStage) layer() int   { return 1 }
func (sketchStage) kind() string { return "sketch" }
func (sketchStage) tasks(s *State) int {
	d1, out := s.cfg.Sizes[1], s.cfg.Sizes[len(s.cfg.Sizes)-1]
	return (d1+d1/2)/min(out, d1) + 4
}
func (sketchStage) cost(s *State) int64 { return int64(len(s.rows.coord)) + 32 }

func (sketchStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	x := s.place(s.round, i, s.rows.tries)
	h, err := signature.Room(o, x, linalg.Norm(x)/4, false, s.noise, r)
	if err == nil {
		var j *signature.Jacobian
		if j, err = signature.Measure(o, x, s.rows.coord, h, false, s.noise, r); err == nil {
			return sketch{H: h, F: j.Value, D: j.D, Err: j.Err, OK: true}, nil
		}
	}
	if errors.Is(err, signature.ErrCramped) {
		return sketch{}, nil
	}
	return nil, err
}

func (st sketchStage) apply(s *State, results []json.RawMessage) (stage, error) {
	p := s.rows
	for i, data := range results {
		k, err := decode[sketch](data)
		if err != nil {
			return nil, err
		}
		k.Round, k.Index, k.Attempt = s.round-1, i, p.tries
		if k.OK {
			p.points = append(p.points, k)
		}
	}
	before := p.rank
	p.chosen, p.rank = s.chooseSketches()
	s.emit(Event{Type: "rank", Layer: 1, Count: p.rank, Of: s.width(1)})
	p.tries++
	if p.rank == before {
		p.stale++
	} else {
		p.stale = 0
	}
	if p.rank < s.width(1) && p.stale < 3 && p.tries < 12 {
		return st, nil
	}
	if p.rank == 0 {
		s.missing = append(s.missing, fmt.Sprintf("layer 1: the answers never change, so all %d neurons are dead or unreachable", s.width(1)))
		return nil, nil
	}
	return &gradientStage{}, nil
}

// chooseSketches picks points greedily by how much of their Jacobian is outside
// the span of those before, and returns the dimension reached.
func (s *State) chooseSketches() (chosen []int, rank int) {
	p := s.rows
	n, out, want := len(p.coord), s.cfg.Sizes[len(s.cfg.Sizes)-1], s.width(1)
	rest := make([]Vec, len(p.points))
	for i, k := range p.points {
		rest[i] = slices.Clone(k.D)
		linalg.Scale(1/k.Err, rest[i]) // in units of its error: a clear view of a faint neuron beats a blurred one of a strong one
	}
	// How many errors a new direction must stand out by, fewer where answers are coarse.
	clear := max(1e4/s.noise.Coarse(), 16)
	taken := make([]bool, len(rest))
	for rank < want {
		best, gain := -1, 0.0
		for i, d := range rest {
			if g := linalg.Norm(d); !taken[i] && g > gain {
				best, gain = i, g
			}
		}
		if best < 0 {
			break
		}
		taken[best] = true
		before := rank
		for range min(out, want-rank) {
			// The output with the largest remainder gives the next direction.
			row, norm := 0, -1.0
			for o := range out {
				if v := linalg.Norm(rest[best][o*n:][:n]); v > norm {
					row, norm = o, v
				}
			}
			if norm <= float64(clear*math.Sqrt(float64(n))) {
				break
			}
			u := slices.Clone(rest[best][row*n:][:n])
			linalg.Scale(1/norm, u)
			for i := range rest {
				for o := range out {
					d := rest[i][o*n:][:n]
					linalg.Axpy(-linalg.Dot(d, u), u, d)
				}
			}
			rank++
		}
		if rank > before {
			chosen = append(chosen, best)
		}
	}
	return chosen, rank
}

// gradientStage measures the other coordinates of the chosen gradients.
type gradientStage struct{}

func (*gradientStage) phase() Phase        { return PhaseSubspace }
func (*gradientStage) layer() int          { return 1 }
func (*gradientStage) kind() string        { return "gradient" }
func (*gradientStage) tasks(s *State) int  { return len(s.rows.chosen) - s.rows.measured() }
func (*gradientStage) cost(s *State) int64 { return int64(s.cfg.Sizes[0]) + 16 }
func (p *subspace) measured() int          { return len(p.full) }

func (*gradientStage) do(s *State, i int, o oracle.Oracle, r *rng.Stream) (any, error) {
	k := s.rows.points[s.rows.chosen[s.rows.measured()+i]]
	x := s.place(k.Round, k.Index, k.Attempt)
	others := complement(s.rows.coord, s.cfg.Sizes[0])
	if len(others) == 0 {
		return gradient{}, nil
	}
	j, err := signature.Measure(o, x, others, k.H, false, s.noise, r)
	if errors.Is(err, signature.ErrCramped) {
		return gradient{Cramped: true}, nil
	}
	if err != nil {
		return nil, err
	}
	return gradient{D: j.D}, nil
}

// gradient is the rest of a chosen Jacobian.
type gradient struct {
	D       Vec  `json:"d"` // dout × (d0 − len(coord))
	Cramped bool `json:"cramped,omitempty"`
}

func (st *gradientStage) apply(s *State, results []json.RawMessage) (stage, error) {
	p := s.rows
	d0, out := s.cfg.Sizes[0], s.cfg.Sizes[len(s.cfg.Sizes)-1]
	others := complement(p.coord, d0)
	for _, data := range results {
		g, err := decode[gradient](data)
		if err != nil {
			return nil, err
		}
		k := p.points[p.chosen[p.measured()]]
		if g.Cramped {
			p.full = append(p.full, nil)
			continue
		}
		full := make(Vec, out*d0)
		for o := range out {
			for i, c := range p.coord {
				full[o*d0+c] = k.D[o*len(p.coord)+i]
			}
			for i, c := range others {
				full[o*d0+c] = g.D[o*len(others)+i]
			}
		}
		p.full = append(p.full, full)
	}
	if p.measured() < len(p.chosen) {
		return st, nil
	}
	var rows []float64
	for _, full := range p.full {
		rows = append(rows, full...)
	}
	if len(rows) == 0 {
		s.missing = append(s.missing, "layer 1: no gradient could be measured, because the answers are too noisy or the linear regions too small")
		return nil, nil
	}
	q := linalg.Factor(linalg.Transpose(rows, d0), len(rows)/d0)
	r := min(p.rank, q.Rank(float64(1e-13*q.Diag(0))))
	if r < p.rank {
		s.warn("only %d of %d independent gradients could be measured", r, p.rank)
	}
	basis := q.Basis(r)
	return s.enter(1, &chart{base: make([]float64, d0), dirs: basis, dim: r, size: s.size, noise: s.noise})
}

// complement returns the indices below n that are not in the sorted list idx.
func complement(idx []int, n int) []int {
	var out []int
	for i := range n {
		if _, in := slices.BinarySearch(idx, i); !in {
			out = append(out, i)
		}
	}
	return out
}

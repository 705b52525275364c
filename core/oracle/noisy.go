package oracle

import (
	"math"

	"peel/core/rng"
)

// noisy adds to every answer a number that is normally distributed with
// standard deviation sigma.
//
// It is a pseudo-random function of the seed and the query, not of time or
// order: the same question gets the same answer, from any worker and in any
// order, so that a run stays reproducible. On a subspace the query is the
// subspace's base and directions and the coordinates in it; a point described
// in two ways gets two independent errors, as two points next to each other do.
// Whoever wants to average the noise away can therefore move the point a little.
type noisy struct {
	o     Oracle
	sigma float64
	id    uint64 // of the seed and the subspace
}

func newNoisy(o Oracle, sigma float64, seed uint64) Oracle {
	return &noisy{o, sigma, rng.New(seed, 0x4e015e).Uint64()}
}

func (n *noisy) Shape() (in, out int) { return n.o.Shape() }

func (n *noisy) Query(x, y []float64) error {
	if err := n.o.Query(x, y); err != nil {
		return err
	}
	in, out := n.Shape()
	for i := 0; i*in < len(x); i++ {
		n.add(n.key(x[i*in:][:in]), y[i*out:][:out])
	}
	return nil
}

func (n *noisy) Steps(base []float64, coord []int, step, y []float64) error {
	if err := n.o.Steps(base, coord, step, y); err != nil {
		return err
	}
	_, out := n.Shape()
	key := n.key(base)
	for i, j := range coord {
		n.add(key-hash(j, base[j])+hash(j, base[j]+step[i]), y[i*out:][:out])
	}
	return nil
}

func (n *noisy) Restrict(base, dirs []float64) (Oracle, error) {
	o, err := n.o.Restrict(base, dirs)
	if err != nil {
		return nil, err
	}
	return &noisy{o, n.sigma, rng.New(n.key(base), n.key(dirs)).Uint64()}, nil
}

// key is a hash of the coordinates x, the sum of one of each, so that Steps
// need not go through all of them.
func (n *noisy) key(x []float64) uint64 {
	key := n.id
	for j, v := range x {
		key += hash(j, v)
	}
	return key
}

// add adds the noise of the query with this key.
func (n *noisy) add(key uint64, y []float64) {
	r := rng.New(key)
	for k := range y {
		y[k] += float64(n.sigma * r.Normal())
	}
}

// hash mixes a coordinate with its index (two rounds of MurmurHash3's finaliser).
func hash(j int, v float64) uint64 {
	return mix(mix(math.Float64bits(v+0)) + uint64(j)*0x9e3779b97f4a7c15) // −0 is 0
}

func mix(h uint64) uint64 {
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

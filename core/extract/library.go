package extract

import (
	"math"

	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/rng"
	"peel/core/signature"
)

// deep is what the search for a layer behind a prefix of rank-losing layers
// keeps: its chart is cut into linear regions of the prefix, in each of which
// only part of a row can be seen.
type deep struct {
	pre     *prefix
	lines   []libraryLine // random lines with their stretches, for predictions
	reach   *signature.Fragment
	seen    []bool // by input, whether it is reached
	guesses []*guess
	spots   [][][]float64 // for each input, points of its hyperplane
	closing bool          // nothing more is looked for
	poor    []candidate   // critical points put by
	// unreached is what missing neurons may be, given the ends of lines so far.
	unreached *unreached
}

// libraryLine is a random line and the linear regions it passes through.
type libraryLine struct {
	base, dir []float64
	parts     []stretch
}

const (
	libraryLines   = 96
	libraryStretch = 160
)

// newDeep prepares the search for the layer after the prefix. It asks nothing.
func newDeep(pre *prefix, c *chart, r *rng.Stream) *deep {
	d := &deep{pre: pre, reach: &signature.Fragment{N: pre.width() + 1}}
	for i := range libraryLines {
		base := d.active(c, i%pre.width(), r, 60)
		dir := r.NormalVec(make([]float64, pre.n), 1)
		normalise(dir)
		far := float64(c.size * math.Ldexp(1, i%5)) // from 1 to 16 sizes: near and wide
		line := libraryLine{base: base, dir: dir, parts: pre.walk(base, dir, -far, far, libraryStretch)}
		for _, s := range line.parts {
			if d.reach.Rank() < d.reach.N {
				d.reach.Add(s.a0, 0)
				d.reach.Add(s.a1, 0)
			}
		}
		d.lines = append(d.lines, line)
	}
	for _, out := range d.reach.Axes() {
		d.seen = append(d.seen, out < 0.5)
	}
	return d
}

// active returns a point where many neurons of the prefix are on in every
// layer, and neuron want of its last layer is: there the prefix passes most
// dimensions. It is found by hill climbing.
func (d *deep) active(c *chart, want int, r *rng.Stream, steps int) []float64 {
	y := r.NormalVec(make([]float64, d.pre.n), float64(2*c.size))
	best := d.openness(y, want)
	trial := make([]float64, len(y))
	for i := range steps {
		scale := float64(c.size * math.Ldexp(1, -(i%4)))
		for j := range y {
			trial[j] = y[j] + float64(scale*r.Normal())
		}
		if v := d.openness(trial, want); v >= best {
			best = v
			copy(y, trial)
		}
	}
	return y
}

// openness scores a point: first that neuron want of the last layer, if any, is
// on, or nearly; then the smallest number of active neurons in any layer; then their
// total.
func (d *deep) openness(y []float64, want int) float64 {
	low, total := math.MaxInt32, 0
	score := 0.0
	h := y
	for i := range d.pre.layers {
		l := &d.pre.layers[i]
		z := make([]float64, l.Out)
		nn.Affine(z, l.W, h, l.B)
		if i == len(d.pre.layers)-1 && want >= 0 && z[want] <= 0 {
			score = float64(1e6*z[want]) - 1e6
		}
		activate(z, h, d.pre.force[i], d.pre.pass[i])
		on := 0
		for _, v := range z {
			if v != 0 {
				on++
			}
		}
		low, total = min(low, on), total+on
		h = z
	}
	return score + float64(1000*low+total)
}

// somewhere returns a random point of the random lines.
func (d *deep) somewhere(r *rng.Stream) []float64 {
	line := &d.lines[r.Intn(len(d.lines))]
	part := &line.parts[r.Intn(len(line.parts))]
	y := append([]float64(nil), line.base...)
	linalg.Axpy(part.t0+float64((part.t1-part.t0)*r.Float64()), line.dir, y)
	return y
}

// prediction is a place where a neuron should have a critical point.
type prediction struct {
	line *libraryLine
	t    float64
}

// predict returns up to want places, on different lines, where the part of the
// row that is known decides the pre-activation and makes it zero.
func (d *deep) predict(f *signature.Fragment, want int, r *rng.Stream) []prediction {
	row := f.Row()
	var out []prediction
	from := r.Intn(len(d.lines))
	for i := range d.lines {
		line := &d.lines[(from+i)%len(d.lines)]
		skip := r.Intn(len(line.parts))
		for j := range line.parts {
			s := &line.parts[(skip+j)%len(line.parts)]
			z0, z1 := linalg.Dot(row, s.a0), linalg.Dot(row, s.a1)
			if s.vague || (z0 > 0) == (z1 > 0) || f.Outside(s.a0) > 1e-7 || f.Outside(s.a1) > 1e-7 {
				continue
			}
			x := z0 / (z0 - z1)
			if x < 0.05 || x > 0.95 {
				continue
			}
			out = append(out, prediction{line: line, t: s.t0 + float64(x*(s.t1-s.t0))})
			break
		}
		if len(out) == want {
			break
		}
	}
	return out
}

// lacks returns a reachable input whose weight f does not know, of those not yet
// looked for too often in vain, or −1.
func (d *deep) lacks(f *signature.Fragment, vain []int, r *rng.Stream) int {
	var all []int
	for k, out := range f.Axes()[:f.N-1] {
		if out > 0.1 && d.seen[k] && vain[k] < vainMost {
			all = append(all, k)
		}
	}
	if len(all) == 0 {
		return -1
	}
	return all[r.Intn(len(all))]
}

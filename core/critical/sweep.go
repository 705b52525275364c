package critical

import (
	"math"
	"slices"
)

// Kink is a critical point on a line.
type Kink struct {
	T           float64 // where
	Prev, Next  float64 // the neighbouring critical points, or the ends of the sweep
	Left, Right []float64
	// Left and Right are the slopes dg/dt on the two sides, per output. Those of
	// Refine, Locate and Near are overwritten by the line's next question.
	Jump float64 // ‖Right − Left‖
	Err  float64 // error to expect of T
}

// Sweep finds the critical points of g between t0 and t1 apart from the known
// ones, in ascending order.
//
// Two answers at each end of an interval give the tangents there. If they are
// one line there is no kink; if they meet inside and the answers on both sides
// of that point agree, there is exactly one (Carlini et al., section 4.2); otherwise the
// interval is split. The cost is about ten queries a kink.
func (l *Line) Sweep(t0, t1 float64, known []float64) ([]Kink, error) {
	s := sweeper{l: l, floor: float64((t1 - t0) * 1e-9)}
	ends := []float64{t0}
	for _, t := range known {
		if t > t0 && t < t1 {
			ends = append(ends, t)
		}
	}
	ends = append(ends, t1)
	slices.Sort(ends)
	for i := 1; i < len(ends); i++ {
		a, b := ends[i-1], ends[i]
		w := b - a
		if w < float64(64*s.floor) {
			continue
		}
		f := l.frame(0)
		if err := l.measure(&f.a, a+float64(w*0x1p-30), a+l.lever(w, 0x1p-8)); err != nil {
			return nil, err
		}
		if err := l.measure(&f.b, b-float64(w*0x1p-30), b-l.lever(w, 0x1p-8)); err != nil {
			return nil, err
		}
		if err := s.search(&f.a, &f.b, 1); err != nil {
			return nil, err
		}
	}
	all := append(append([]float64(nil), s.found...), ends...)
	slices.Sort(all)
	var out []Kink
	slices.Sort(s.found)
	for _, t := range s.found {
		i, _ := slices.BinarySearch(all, t)
		if i == 0 || i == len(all)-1 {
			continue
		}
		k, ok, err := l.Refine(t, all[i-1], all[i+1])
		if err != nil {
			return nil, err
		}
		if ok {
			k.Left, k.Right = slices.Clone(k.Left), slices.Clone(k.Right)
			out = append(out, k)
		}
	}
	return out, nil
}

// A sweep ends after firstSplits splits and splitsPerKink more for each kink
// found, and after maxSplits in any case. One that goes on has gone astray, say
// because answers are noisier than they were measured to be, or not piecewise
// linear at all. What it found so far is kept. (A kink among others takes about
// four splits, one of a close pair forty.)
const (
	firstSplits   = 256
	splitsPerKink = 32
	maxSplits     = 1 << 12
)

type sweeper struct {
	l     *Line
	floor float64 // intervals shorter than this are given up
	steps int     // splits so far
	found []float64
}

// frame is the pieces that one level of a search measures: its two ends anew,
// and its middle.
type frame struct{ a, b, mid piece }

// frame returns the pieces of a level; they keep their memory from search to search.
func (l *Line) frame(depth int) *frame {
	for len(l.frames) <= depth {
		f, s := new(frame), make([]float64, 6*l.out)
		f.a.use(s[:2*l.out])
		f.b.use(s[2*l.out : 4*l.out])
		f.mid.use(s[4*l.out:])
		l.frames = append(l.frames, f)
	}
	return l.frames[depth]
}

// maxDepth is how often an interval is halved at most.
const maxDepth = 49

// search finds the kinks between the reference points of two pieces.
func (s *sweeper) search(a, b *piece, depth int) error {
	w, f := b.t-a.t, s.l.frame(depth)
	for {
		if same(a, b) || w < s.floor || depth > maxDepth {
			return nil
		}
		if s.steps > min(maxSplits, firstSplits+splitsPerKink*len(s.found)) {
			s.l.Astray = true
			return nil
		}
		one, err := s.single(a, b)
		if one || err != nil {
			return err
		}
		// A kink may lie between the two answers that made a piece. Such a piece
		// agrees with nothing, so the search closes in on it; then it is measured
		// again on a shorter base, inwards.
		again := false
		if float64(4*a.h) > w {
			if err := s.l.measure(&f.a, a.t, a.t+float64(w*0x1p-5)); err != nil {
				return err
			}
			a, again = &f.a, true
		}
		if float64(4*b.h) > w {
			if err := s.l.measure(&f.b, b.t, b.t-float64(w*0x1p-5)); err != nil {
				return err
			}
			b, again = &f.b, true
		}
		if !again {
			break
		}
	}
	s.steps++
	m := a.t + float64(w/2)
	if err := s.l.measure(&f.mid, m, m+s.l.lever(w, 0x1p-7)); err != nil {
		return err
	}
	if err := s.search(a, &f.mid, depth+1); err != nil {
		return err
	}
	return s.search(&f.mid, b, depth+1)
}

// single reports whether one kink explains the two pieces, and notes it.
func (s *sweeper) single(a, b *piece) (bool, error) {
	t, jump, ok := meet(a, b)
	// A piece with a kink inside is a chord: it meets its neighbour at one of its
	// own two answers, which then seems to confirm the place.
	if !ok || t <= a.t+float64(1.1*a.h) || t >= b.t-float64(1.1*b.h) {
		return false, nil
	}
	ok, err := s.l.bends(a, b, t, near(a, b, t, jump))
	if err != nil || !ok {
		return false, err
	}
	s.found = append(s.found, t)
	return true, nil
}

// Refine locates a kink near t from levers as long as its neighbours prev and
// next allow, and checks it with answers on both sides of the place. When that
// fails a neighbour was missed, and shorter levers are tried. It asks six
// queries a try.
func (l *Line) Refine(t, prev, next float64) (Kink, bool, error) {
	for range 4 {
		gl, gr := t-prev, next-t
		k, ok, err := l.fit(t-float64(0.125*gl), t-float64(0.875*gl), t+float64(0.125*gr), t+float64(0.875*gr), true)
		if err != nil || ok {
			k.Prev, k.Next = prev, next
			return k, ok, err
		}
		prev, next = t-float64(gl*0x1p-4), t+float64(gr*0x1p-4)
	}
	return Kink{}, false, nil
}

// Locate looks for a kink at the predicted place t: it asks four queries within
// 2·window and accepts a single kink whose place is at most window/8 away.
// A chance hit has about the probability of a kink in that narrow place.
func (l *Line) Locate(t, window float64) (Kink, bool, error) {
	k, ok, err := l.fit(t-window, t-float64(2*window), t+window, t+float64(2*window), false)
	k.Prev, k.Next = t-float64(2*window), t+float64(2*window)
	return k, ok && math.Abs(k.T-t) <= window/8, err
}

// Near is Locate for a place that is only known to lie within window of t. Two
// more queries check it.
func (l *Line) Near(t, window float64) (Kink, bool, error) {
	k, ok, err := l.fit(t-window, t-float64(2*window), t+window, t+float64(2*window), true)
	k.Prev, k.Next = t-float64(2*window), t+float64(2*window)
	return k, ok, err
}

// fit intersects the tangent through a0 and a1, on the left, with the one
// through b0 and b1, on the right, and accepts a kink between a0 and b0.
func (l *Line) fit(a0, a1, b0, b1 float64, check bool) (Kink, bool, error) {
	y, err := l.At(a0, a1, b0, b1)
	if err != nil {
		return Kink{}, false, err
	}
	a, b := &l.left, &l.right
	a.fit(a0, a1, y[:2*l.out], l.Noise)
	b.fit(b0, b1, y[2*l.out:], l.Noise)
	t, jump, ok := meet(a, b)
	// A chord would meet the other tangent at a0 or b0.
	left, right := a0+float64((a0-a1)*0x1p-7), b0-float64((b1-b0)*0x1p-7)
	if !ok || same(a, b) || t < left || t > right {
		return Kink{}, false, nil
	}
	k := Kink{T: t, Left: a.slope, Right: b.slope, Jump: jump, Err: float64(2*(a.err(t)+b.err(t))) / jump}
	if check {
		ok, err := l.bends(a, b, t, near(a, b, t, jump))
		return k, ok, err
	}
	return k, true, nil
}

// bends asks g just before and just after t, which must lie on a and on b. One
// answer at t itself would not do: it lies on both tangents wherever they meet,
// as long as either of them reaches that far.
func (l *Line) bends(a, b *piece, t, d float64) (bool, error) {
	y, err := l.At(t-d, t+d)
	if err != nil {
		return false, err
	}
	before, after := y[:l.out], y[l.out:]
	return a.off(t-d, before) <= float64(safety*(a.err(t-d)+l.Noise.Of(y))) &&
		b.off(t+d, after) <= float64(safety*(b.err(t+d)+l.Noise.Of(y))), nil
}

// near is how close to a meeting place its two sides are checked: beyond the
// error of the place, but so close that two kinks rarely hide between.
func near(a, b *piece, t, jump float64) float64 {
	w := b.t - a.t
	return min(max(float64(w*0x1p-20), float64(64*(a.err(t)+b.err(t)))/jump), float64(w*0x1p-10))
}

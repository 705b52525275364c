package critical

import "slices"

// Kink is a critical point on a line.
type Kink struct {
	T           float64 // where
	Prev, Next  float64 // the neighbouring critical points, or the ends of the sweep
	Left, Right []float64
	// Left and Right are the slopes dg/dt on the two sides, per output.
	Jump float64 // ‖Right − Left‖
	Err  float64 // error to expect of T
}

// Sweep finds the critical points of g between t0 and t1 apart from the known
// ones, in ascending order.
//
// Two answers at each end of an interval give the tangents there. If they are
// one line there is no kink; if they meet inside and the answer at that point
// agrees, there is exactly one (Carlini et al., section 4.2); otherwise the
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
		left, err := l.piece(a+float64(w*0x1p-12), a+float64(w*0x1p-7))
		if err != nil {
			return nil, err
		}
		right, err := l.piece(b-float64(w*0x1p-7), b-float64(w*0x1p-12))
		if err != nil {
			return nil, err
		}
		if err := s.search(&left, &right, 0); err != nil {
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
			out = append(out, k)
		}
	}
	return out, nil
}

// maxSplits ends a sweep that has gone astray, say because answers are noisier
// than they were measured to be. What it found so far is kept.
const maxSplits = 1 << 12

type sweeper struct {
	l     *Line
	floor float64 // intervals shorter than this are given up
	steps int     // splits so far
	found []float64
}

// search finds the kinks between the reference points of two pieces.
func (s *sweeper) search(a, b *piece, depth int) error {
	w := b.t - a.t
	for {
		if same(a, b) || w < s.floor || depth > 48 || s.steps > maxSplits {
			return nil
		}
		one, err := s.single(a, b)
		if one || err != nil {
			return err
		}
		// A kink may lie between the two answers that made a piece. Such a piece
		// agrees with nothing, so the search closes in on it; then it is measured
		// again on a shorter base.
		again := false
		for _, p := range []**piece{&a, &b} {
			if float64(4*(*p).h) > w {
				q, err := s.l.piece((*p).t-float64(w*0x1p-6), (*p).t+float64(w*0x1p-6))
				if err != nil {
					return err
				}
				*p, again = &q, true
			}
		}
		if !again {
			break
		}
	}
	s.steps++
	m := a.t + w/2
	mid, err := s.l.piece(m-float64(w*0x1p-8), m+float64(w*0x1p-8))
	if err != nil {
		return err
	}
	if err := s.search(a, &mid, depth+1); err != nil {
		return err
	}
	return s.search(&mid, b, depth+1)
}

// single reports whether one kink explains the two pieces, and notes it.
func (s *sweeper) single(a, b *piece) (bool, error) {
	t, _, ok := meet(a, b)
	if !ok || t <= a.t || t >= b.t {
		return false, nil
	}
	y, err := s.l.At(t)
	if err != nil {
		return false, err
	}
	noise := s.l.Noise.Of(y)
	if differ(a.at(t), y) > float64(safety*(a.err(t)+noise)) || differ(b.at(t), y) > float64(safety*(b.err(t)+noise)) {
		return false, nil
	}
	s.found = append(s.found, t)
	return true, nil
}

// Refine locates a kink near t from long levers on both sides: prev and next
// are its neighbours. It asks four queries.
func (l *Line) Refine(t, prev, next float64) (Kink, bool, error) {
	gl, gr := t-prev, next-t
	y, err := l.At(t-float64(0.875*gl), t-float64(0.125*gl), t+float64(0.125*gr), t+float64(0.875*gr))
	if err != nil {
		return Kink{}, false, err
	}
	a := makePiece(t-float64(0.875*gl), t-float64(0.125*gl), y[:2*l.out], l.out, l.Noise)
	b := makePiece(t+float64(0.125*gr), t+float64(0.875*gr), y[2*l.out:], l.out, l.Noise)
	at, jump, ok := meet(&a, &b)
	if !ok || same(&a, &b) || at < t-float64(0.125*gl) || at > t+float64(0.125*gr) {
		return Kink{}, false, nil
	}
	return Kink{T: at, Prev: prev, Next: next, Left: a.slope, Right: b.slope, Jump: jump,
		Err: float64(2*(a.err(at)+b.err(at))) / jump}, true, nil
}

// Locate looks for a kink at the predicted place t: it asks four queries within
// 2·window and accepts a single kink whose place is at most window/8 away.
// A chance hit has about the probability of a kink in that narrow place.
func (l *Line) Locate(t, window float64) (Kink, bool, error) {
	return l.within(t, window, window/8)
}

// Near is Locate for a place that is only known to lie within window of t.
func (l *Line) Near(t, window float64) (Kink, bool, error) {
	return l.within(t, window, window)
}

func (l *Line) within(t, window, accept float64) (Kink, bool, error) {
	y, err := l.At(t-float64(2*window), t-window, t+window, t+float64(2*window))
	if err != nil {
		return Kink{}, false, err
	}
	a := makePiece(t-float64(2*window), t-window, y[:2*l.out], l.out, l.Noise)
	b := makePiece(t+window, t+float64(2*window), y[2*l.out:], l.out, l.Noise)
	at, jump, ok := meet(&a, &b)
	if !ok || same(&a, &b) || at < t-accept || at > t+accept {
		return Kink{}, false, nil
	}
	return Kink{T: at, Prev: t - float64(2*window), Next: t + float64(2*window), Left: a.slope, Right: b.slope, Jump: jump,
		Err: float64(2*(a.err(at)+b.err(at))) / jump}, true, nil
}

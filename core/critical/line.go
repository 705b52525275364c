package critical

import "peel/core/oracle"

// Line is an oracle on a line: g(t) = f(base + t·dir), a piecewise linear
// function of one variable with dout outputs. It owns its scratch space, so that
// a question allocates nothing.
type Line struct {
	o     oracle.Oracle
	out   int
	Noise Noise
	// Astray is set by a sweep that was given up: g is not piecewise linear to
	// within Noise.
	Astray bool
	// Long makes a sweep take tangents through answers far apart, for coarse
	// answers: fewer places are settled by the first tangents, but fainter kinks
	// are seen.
	Long bool

	t           [4]float64 // places asked
	y           []float64  // and the answers there
	left, right piece      // the tangents of fit
	frames      []*frame   // the pieces of a sweep, by depth
}

// lever returns how far apart the answers of a sweep's tangents are, of an
// interval of length w.
func (l *Line) lever(w, usual float64) float64 {
	if l.Long {
		return float64(w * 0x1p-4)
	}
	return float64(w * usual)
}

// NewLine restricts o to the line base + t·dir.
func NewLine(o oracle.Oracle, base, dir []float64, noise Noise) (*Line, error) {
	r, err := o.Restrict(base, dir)
	if err != nil {
		return nil, err
	}
	_, out := o.Shape()
	l := &Line{o: r, out: out, Noise: noise.At(base)}
	s := make([]float64, (len(l.t)+4)*out)
	l.y, s = s[:len(l.t)*out], s[len(l.t)*out:]
	l.left.use(s[:2*out])
	l.right.use(s[2*out:])
	return l, nil
}

// At asks g at up to four places, in one batch. The answers are overwritten by
// the next question.
func (l *Line) At(t ...float64) ([]float64, error) {
	n := copy(l.t[:], t)
	y := l.y[:n*l.out]
	return y, l.o.Query(l.t[:n], y)
}

// measure makes p the model through t0 and t1. Its reference point is t0.
func (l *Line) measure(p *piece, t0, t1 float64) error {
	y, err := l.At(t0, t1)
	if err != nil {
		return err
	}
	p.fit(t0, t1, y, l.Noise)
	return nil
}

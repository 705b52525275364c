package critical

// fine is the relative error up to which answers count as those of float64.
// Rounding errors of networks stay below it.
const fine = 0x1p-40

// relative is the error of a typical answer relative to it.
func (n Noise) relative() float64 { return max(n.Rel, n.Abs/n.Scale) }

// Coarse is how many times less exact the answers are than those of float64
// may be: 1 for float64, some 60,000 for float32.
func (n Noise) Coarse() float64 { return max(1, n.relative()/fine) }

// Relax returns tol, which suits float64, or what is wanted instead where the
// answers are coarser, but no more than in proportion.
func (n Noise) Relax(tol, want float64) float64 {
	return max(tol, min(want, float64(tol*n.Coarse())))
}

// Zoom returns how many times farther out answers are large enough for an error
// that does not grow with them to be no larger than rounding, a power of two,
// and the model there. It is 1 where no such error was seen: the way out of
// decimal places and of noise is to ask about larger inputs.
func (n Noise) Zoom() (float64, Noise) {
	times := 1.0
	for times < farOut && n.Abs > float64(n.Rel*n.Scale) {
		times *= 2
		n.Scale, n.Size = float64(n.Scale*2), float64(n.Size*2)
	}
	return times, n
}

// Near is the model for a place of that size, where answers may be smaller than
// typical ones and an error that does not shrink with them counts for more.
func (n Noise) Near(size float64) Noise {
	if n.Abs > 0 && size < n.Size {
		n.Scale = float64(n.Scale * (size / n.Size))
	}
	return n
}

// Weigh returns the error of the answer y for weighing it against others. It is
// that of Of but for small answers in a narrow format, which are worth more.
func (n Noise) Weigh(y []float64) float64 {
	if n.Float {
		n.Scale *= 0x1p-6
	}
	return n.Of(y)
}

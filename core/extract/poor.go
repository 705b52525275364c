package extract

// Where the prefix passes one or two dimensions a critical point shows next to
// nothing of a row, and most are of deeper layers. In narrow networks some
// neurons switch nowhere else. So these critical points are put by, and taken up
// when the others show nothing new.

const (
	// poorKept is how many are put by, and poorEach how many are taken up at a time.
	poorKept = 1024
	poorEach = 48
)

// leastRank is the least rank of the prefix at which a critical point is traced.
// The longer nothing new was found, the less is asked for.
func (l *layer) leastRank() int { return min(max(1, minRank-l.barren), l.deep.pre.n) }

// putBy leaves out the critical points where the prefix passes too few dimensions
// for now, and keeps them.
func (l *layer) putBy(kinks []candidate) []candidate {
	var rich []candidate
	for _, k := range kinks {
		switch {
		case l.rankAt(k) >= l.leastRank():
			rich = append(rich, k)
		case len(l.deep.poor) < poorKept:
			l.deep.poor = append(l.deep.poor, k)
		}
	}
	return rich
}

// takeUp returns some of those put by that are worth a trace by now and that
// nothing known explains.
func (l *layer) takeUp() []candidate {
	poor := l.unseen(l.deep.poor)
	l.deep.poor = nil
	kinks := l.putBy(poor)
	n := min(len(kinks), poorEach)
	l.deep.poor = append(l.deep.poor, kinks[n:]...)
	return kinks[:n]
}

// rankAt is how many dimensions the prefix passes at a critical point.
func (l *layer) rankAt(k candidate) int {
	v, _ := l.deep.pre.at(k.Point(k.T)).span(l.deep.pre.n, faint)
	return len(v) / l.deep.pre.n
}

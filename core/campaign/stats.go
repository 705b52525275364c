package campaign

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// figure is one run's value. Over says that the run was stopped before it had
// what the value measures, which is therefore more than this.
type figure struct {
	v    float64
	over bool
}

// stat sums up the values of several runs.
type stat struct {
	n, over        int
	median         float64
	medianOver     bool // it is more than that: half of the runs or more were stopped
	low, high      float64
	highOver       bool
	within         int     // runs that were not stopped
	mean, variance float64 // of these; n − 1 in the denominator
}

func summary(all []figure) stat {
	s := stat{n: len(all)}
	if s.n == 0 {
		return s
	}
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b figure) int {
		switch { // what was stopped counts as more than everything that was not
		case a.over != b.over && a.over:
			return 1
		case a.over != b.over:
			return -1
		case a.v < b.v:
			return -1
		case a.v > b.v:
			return 1
		}
		return 0
	})
	mid := sorted[s.n/2]
	s.median, s.medianOver = mid.v, mid.over
	if s.n%2 == 0 {
		s.median = sorted[s.n/2-1].v // at least
		if !mid.over {
			s.median = (s.median + mid.v) / 2
		}
	}
	for _, f := range sorted {
		if s.medianOver && !f.over {
			s.median = max(s.median, f.v)
		}
	}
	s.low, s.high, s.highOver = sorted[0].v, sorted[s.n-1].v, sorted[s.n-1].over
	var sum float64
	for _, f := range sorted {
		if f.over {
			s.over++
			continue
		}
		s.within++
		sum += f.v
	}
	if s.within > 0 {
		s.mean = sum / float64(s.within)
	}
	if s.within > 1 {
		for _, f := range sorted[:s.within] {
			s.variance += (f.v - s.mean) * (f.v - s.mean)
		}
		s.variance /= float64(s.within - 1)
	}
	return s
}

// spread writes the median and the range: "1.80 (1.62–2.01)", "> 60",
// "9.00 (1.00–…)" where runs were stopped.
func (s stat) spread(format func(float64) string) string {
	if s.n == 0 {
		return "–"
	}
	text, high := format(s.median), format(s.high)
	if s.medianOver {
		text = "> " + text
	}
	if s.highOver {
		high = "…"
	}
	if s.n == 1 || s.over == s.n || s.low == s.high && s.over == 0 {
		return text
	}
	return fmt.Sprintf("%s (%s–%s)", text, format(s.low), high)
}

// moments writes mean and variance: "1.8, 0.04", over the runs that were not stopped.
func (s stat) moments(format func(float64) string) (mean, variance string) {
	switch s.within {
	case 0:
		return "–", "–"
	case 1:
		return format(s.mean), "–"
	}
	return format(s.mean), short(s.variance)
}

// seconds writes a time with two or three digits.
func seconds(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 0.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case v == 0:
		return "0"
	case v < 1e-5:
		return "<0.00001"
	}
	places := 1 - int(math.Floor(math.Log10(v)))
	return strconv.FormatFloat(v, 'f', places, 64)
}

// whole writes a count: 12,849.
func whole(v float64) string {
	s := strconv.FormatFloat(math.Round(v), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// tiny writes an error, "–" for none.
func tiny(v float64) string {
	if v == 0 {
		return "–"
	}
	return strconv.FormatFloat(v, 'e', 1, 64)
}

func short(v float64) string   { return strconv.FormatFloat(v, 'g', 3, 64) }
func ratio(v float64) string   { return strconv.FormatFloat(v, 'f', 2, 64) }
func outOf(a, of int) string   { return fmt.Sprintf("%d of %d", a, of) }
func joined(s []string) string { return strings.Join(s, "; ") }

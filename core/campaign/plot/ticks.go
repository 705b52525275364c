package plot

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// at marks the values given.
func at(values []float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, v := range values {
		ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
	}
	return ticks
}

// decades marks 1, 2, 5 of every power of ten of a logarithmic axis. Over many
// powers only these have names.
func decades(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	wide := math.Log10(high/low) > 3
	every := max(1, int(math.Ceil(math.Log10(high/low)/8)))
	for e := int(math.Floor(math.Log10(low))); e <= int(math.Ceil(math.Log10(high))); e++ {
		for _, m := range []float64{1, 2, 5} {
			t := plot.Tick{Value: m * math.Pow(10, float64(e))}
			if m == 1 && e%every == 0 || !wide {
				t.Label = label(t.Value)
			}
			ticks = append(ticks, t)
		}
	}
	return ticks
}

// steps marks about six round values of a linear axis.
func steps(low, high float64) []plot.Tick {
	span := high - low
	if !(span > 0) {
		return []plot.Tick{{Value: low, Label: label(low)}}
	}
	step := math.Pow(10, math.Floor(math.Log10(span/5)))
	for _, m := range []float64{1, 2, 5, 10} {
		if span/(step*m) <= 6 {
			step *= m
			break
		}
	}
	var ticks []plot.Tick
	for k := math.Ceil(low / step); k*step <= high; k++ {
		v := k*step + 0 // no −0
		ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
	}
	return ticks
}

// label writes 0.5, 12, 20k, 3M or 1e-09.
func label(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6 && a < 1e12:
		return trim(v/1e6, 1) + "M"
	case a >= 1e4 && a < 1e6:
		return trim(v/1e3, 1) + "k"
	case a == 0 || a >= 1e-3 && a < 1e4:
		return trim(v, 4)
	}
	return strconv.FormatFloat(v, 'e', 0, 64)
}

func trim(v float64, places int) string {
	s := strconv.FormatFloat(v, 'f', places, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

package campaign

import "testing"

// TestSummary checks medians by hand: a run that was stopped counts as more than
// every run that was not, and is never averaged.
func TestSummary(t *testing.T) {
	for _, c := range []struct {
		in                     []figure
		spread, mean, variance string
	}{
		{nil, "–", "–", "–"},
		{[]figure{{3, false}}, "3.00", "3.00", "–"},
		{[]figure{{3, false}, {1, false}, {2, false}}, "2.00 (1.00–3.00)", "2.00", "1"},
		{[]figure{{4, false}, {1, false}, {2, false}, {3, false}}, "2.50 (1.00–4.00)", "2.50", "1.67"},
		{[]figure{{1, false}, {2, true}, {9, false}}, "9.00 (1.00–…)", "5.00", "32"},
		{[]figure{{1, false}, {60, true}}, "> 1.00 (1.00–…)", "1.00", "–"},
		{[]figure{{60, true}, {60, true}, {1, false}}, "> 60.0 (1.00–…)", "1.00", "–"},
		{[]figure{{0, true}, {0, true}, {1, false}}, "> 1.00 (1.00–…)", "1.00", "–"},
		{[]figure{{60, true}, {60, true}}, "> 60.0", "–", "–"},
	} {
		s := summary(c.in)
		mean, variance := s.moments(seconds)
		if got := s.spread(seconds); got != c.spread || mean != c.mean || variance != c.variance {
			t.Errorf("%v gives %q, mean %q, variance %q; want %q, %q, %q", c.in, got, mean, variance, c.spread, c.mean, c.variance)
		}
	}
}

func TestNumbers(t *testing.T) {
	for got, want := range map[string]string{
		seconds(0): "0", seconds(1e-6): "<0.00001", seconds(0.000123): "0.00012", seconds(0.0449): "0.045", seconds(1.234): "1.23", seconds(12.34): "12.3", seconds(1234.5): "1234",
		whole(7): "7", whole(1234567.4): "1,234,567", whole(123456): "123,456", tiny(0): "–", tiny(1.26e-9): "1.3e-09",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

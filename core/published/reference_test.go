package published

import (
	"testing"

	"peel/core/method"
)

// The authors' networks with the authors' methods, beside what their programs
// measured with the same settings. Wiggling is a vote at random points: theirs
// and these are two draws, so a range is given. (F's program, --quantized 2; CM's
// program; one layer, all before it given.)
func TestSignsOfTheAuthorsNetworks(t *testing.T) {
	f := method.Method{Sign: method.Wiggle, Samples: 15, Bits: 32}
	for _, c := range []struct {
		name        string
		layer       int
		method      method.Method
		least, most int   // right
		queries     int64 // theirs, to a fifth: how many points are rejected differs
	}{
		{"10_5x2_1_Carlini", 2, f, 2, 4, 1_500},         // 3 and 3 of 5
		{"30_15x2_1_Carlini", 2, f, 9, 13, 4_800},       // 11 and 12 of 15
		{"50_25x2_1_Carlini", 2, f, 17, 22, 8_300},      // 19 of 25
		{"mnist784_8x2_1", 2, f, 3, 6, 2_100},           // 5 and 5 of 8
		{"mnist784_16x2_1", 2, f, 7, 12, 4_200},         // 8 and 11 of 16
		{"mnist784_8x2_1", 1, f, 7, 8, 17 * 15 * 8},     // 8 of 8
		{"mnist784_16x2_1", 1, f, 13, 16, 17 * 15 * 16}, // 15 of 16
		{"unitary_784_128_1", 1, method.Method{Sign: method.SOE}, 128, 128, 129},
		{"mnist784_8x2_1", 2, method.Method{Sign: method.Exhaustive}, 8, 8, 100}, // 8 of 8, C's
		{"mnist784_8x2_1", 2, method.Method{Sign: method.LastHidden}, 8, 8, 33},
	} {
		net := original(t, c.name)
		a, truth, queries := signs(t, net, c.layer, c.method, 20)
		right, wrong, none := score(a, truth)
		t.Logf("%s, layer %d, %s: %d right, %d wrong, %d open, confidence %.2f, %d queries", c.name, c.layer, c.method, right, wrong, none, mean(a), queries)
		if right < c.least || right > c.most {
			t.Errorf("%s, layer %d, %s: %d of %d right, want %d to %d (%v)", c.name, c.layer, c.method, right, len(truth), c.least, c.most, a.Why)
		}
		if 5*queries < 4*c.queries || 5*queries > 6*c.queries {
			t.Errorf("%s, layer %d, %s: %d queries, want about %d", c.name, c.layer, c.method, queries, c.queries)
		}
	}
}

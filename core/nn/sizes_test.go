package nn

import (
	"slices"
	"testing"
)

func TestSizesAreReadAsTheyAreWritten(t *testing.T) {
	for text, want := range map[string][]int{
		"784-16x2-1": {784, 16, 16, 1}, "16x2-1": {16, 16, 1}, "40-20-10x3-1": {40, 20, 10, 10, 10, 1}, "8-1x3": {8, 1, 1, 1}, "3-3-3": {3, 3, 3},
	} {
		sizes, err := ParseSizes(text)
		if err != nil || !slices.Equal(sizes, want) {
			t.Errorf("%s is read as %v, %v", text, sizes, err)
		}
		if again, err := ParseSizes(FormatSizes(sizes)); err != nil || !slices.Equal(again, want) {
			t.Errorf("%v is written %s", sizes, FormatSizes(sizes))
		}
	}
	if got := FormatSizes([]int{784, 16, 16, 1}); got != "784-16x2-1" {
		t.Errorf("%s", got)
	}
	for _, bad := range []string{"", "7-", "a-b", "3-0-1", "3-2x0-1", "3-2x1001-1", "3--1", "1e9-1"} {
		if sizes, err := ParseSizes(bad); err == nil {
			t.Errorf("%q is read as %v", bad, sizes)
		}
	}
}

package main

import (
	"slices"
	"testing"

	"peel/models/recipes"
)

func TestChoose(t *testing.T) {
	all, err := choose(nil, 0)
	if err != nil || len(all) != len(recipes.Shipped) {
		t.Errorf("no name chooses %d victims: %v", len(all), err)
	}
	some, err := choose([]string{"mnist-784-16x2-1-s1", "784-32x3-1"}, 5)
	if err != nil || len(some) != 2 {
		t.Fatalf("%v: %v", some, err)
	}
	if got := some[1]; got.Name != "mnist-784-32x3-1-s5" || got.Seed != 5 || !slices.Equal(got.Sizes, []int{784, 32, 32, 32, 1}) {
		t.Errorf("sizes choose %+v", got)
	}
	for _, name := range []string{"mnist", "784-16x2-10", "783-8-1", "784-0-1", "784-8x1000000000-1", ""} {
		if _, err := choose([]string{name}, 0); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}

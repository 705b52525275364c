package spirals

import "testing"

func TestPoints(t *testing.T) {
	x, labels := Points(1000, 1)
	y, _ := Points(1000, 1)
	z, _ := Points(1000, 2)
	count := 0
	for i, label := range labels {
		count += label
		// 0.9 is the end of a spiral; 6 standard deviations of noise are 0.18.
		if r := x[2*i]*x[2*i] + x[2*i+1]*x[2*i+1]; r > 1.08*1.08 {
			t.Errorf("point %d lies outside", i)
		}
	}
	if count != 500 {
		t.Errorf("%d points of 1,000 are on the second spiral, want half", count)
	}
	if x[0] != y[0] || x[1999] != y[1999] || x[0] == z[0] {
		t.Error("points must depend on the seed and on nothing else")
	}
}

package picture

import "testing"

func TestSize(t *testing.T) {
	for _, c := range []struct{ n, w, h int }{{784, 28, 28}, {16, 4, 4}, {2, 2, 1}, {9, 9, 1}, {64, 8, 8}, {65, 64, 2}, {100, 10, 10}, {3072, 64, 48}} {
		if w, h := Size(c.n); w != c.w || h != c.h {
			t.Errorf("%d weights: %d×%d, want %d×%d", c.n, w, h, c.w, c.h)
		}
	}
}

func TestColoursAreSymmetric(t *testing.T) {
	p := Draw([]float64{-2, 0, 2, 1e9, 0.5}, 2)
	pixel := func(i int) [4]byte { return [4]byte(p.RGBA[4*i:]) }
	if c := pixel(1); c != [4]byte{246, 246, 246, 255} {
		t.Errorf("0 is drawn as %v", c)
	}
	if c := pixel(0); c[2] <= c[0] {
		t.Errorf("a negative weight is not blue: %v", c)
	}
	if c := pixel(2); c[0] <= c[2] {
		t.Errorf("a positive weight is not red: %v", c)
	}
	if pixel(2) != pixel(3) {
		t.Error("a weight beyond the scale is not drawn at its end")
	}
}

func TestNothingAfterTheLastWeight(t *testing.T) {
	p := Draw(make([]float64, 65), 0)
	if p.Width != 64 || p.Height != 2 || p.RGBA[4*64+3] != 255 || p.RGBA[4*65+3] != 0 {
		t.Errorf("65 weights make a picture of %d×%d with the wrong pixels", p.Width, p.Height)
	}
}

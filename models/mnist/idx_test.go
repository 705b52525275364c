package mnist

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
)

// images is an IDX file of n images of 28×28 whose pixels are all v.
func images(n int, v byte) []byte {
	b := []byte{0, 0, 8, 3, 0, 0, 0, byte(n), 0, 0, 0, 28, 0, 0, 0, 28}
	return append(b, bytes.Repeat([]byte{v}, n*Pixels)...)
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

func TestImages(t *testing.T) {
	for name, file := range map[string][]byte{"plain": images(3, 51), "gzip": zipped(images(3, 51))} {
		x, err := Images(bytes.NewReader(file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(x) != 3*Pixels || x[0] != 0.2 || x[len(x)-1] != 0.2 {
			t.Errorf("%s: %d pixels, the first %v", name, len(x), x[0])
		}
	}
}

func TestLabels(t *testing.T) {
	got, err := Labels(bytes.NewReader([]byte{0, 0, 8, 1, 0, 0, 0, 2, 7, 9}))
	if err != nil || len(got) != 2 || got[0] != 7 || got[1] != 9 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestDamagedFiles(t *testing.T) {
	asImages := func(b []byte) error { _, err := Images(bytes.NewReader(b)); return err }
	asLabels := func(b []byte) error { _, err := Labels(bytes.NewReader(b)); return err }
	huge := images(1, 0)
	huge[4] = 255
	flipped := zipped(images(1, 3))
	flipped[len(flipped)-5] ^= 1 // the last byte of the checksum; four bytes of length follow
	for name, err := range map[string]error{
		"empty":               asImages(nil),
		"truncated":           asImages(images(2, 0)[:1000]),
		"trailing bytes":      asImages(append(images(1, 0), 1)),
		"four billion":        asImages(huge),
		"labels as images":    asImages([]byte{0, 0, 8, 1, 0, 0, 0, 2, 7, 9, 0, 0, 0, 0, 0, 0}),
		"images as labels":    asLabels(images(1, 0)),
		"label is no digit":   asLabels([]byte{0, 0, 8, 1, 0, 0, 0, 1, 10}),
		"gzip cut short":      asImages(zipped(images(2, 3))[:20]),
		"gzip checksum wrong": asImages(flipped),
		"gzip header only":    asImages([]byte{0x1f, 0x8b}),
		"labels end too soon": asLabels([]byte{0, 0, 8, 1, 0, 0, 0, 3, 7}),
	} {
		if !errors.Is(err, ErrFile) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}

package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"peel/models/weights"
)

// TestChecksum: the values that Bob Jenkins gives for lookup3, and the library's
// own in a superblock that h5py wrote (its last four bytes).
func TestChecksum(t *testing.T) {
	// hashlittle("", 0) and hashlittle("Four score and seven years ago", 0) in lookup3.c
	for text, want := range map[string]uint32{"": 0xdeadbeef, "Four score and seven years ago": 0x17770551} {
		if got := checksum([]byte(text)); got != want {
			t.Errorf("%q: %08x, want %08x", text, got, want)
		}
	}
}

// sample has groups in groups, arrays of both ranks, and awkward numbers.
func sample() *Group {
	return &Group{
		Groups: map[string]*Group{
			"empty": {},
			"layers": {Groups: map[string]*Group{"dense": {Arrays: map[string]Array{
				"0": {Shape: []int{2, 3}, Values: []float64{1, -2, math.MaxFloat64, math.SmallestNonzeroFloat64, math.Copysign(0, -1), 6}},
				"1": {Shape: []int{1}, Values: []float64{0.1}},
			}}}},
		},
		Arrays: map[string]Array{"x": {Shape: []int{4}, Values: []float64{1, 2, 3, 4}}},
	}
}

// all reads everything in a file, as text.
func all(file []byte) (string, error) {
	f, err := Open(file)
	if err != nil {
		return "", err
	}
	o, err := f.Root()
	if err != nil {
		return "", err
	}
	return walk(f, o, "", 0)
}

func walk(f *File, o *Object, path string, depth int) (string, error) {
	if o.IsArray() {
		shape, values, err := o.Numbers()
		return fmt.Sprintf("%s %v %x\n", path, shape, values), err
	}
	for name := range o.attributes {
		if _, err := f.Strings(o, name); err != nil && !errors.Is(err, weights.ErrFile) {
			return "", err
		}
	}
	names, err := f.Names(o)
	if err != nil || depth > 6 { // damaged files may hold circles
		return "", err
	}
	text := path + "\n"
	for _, name := range names {
		child, err := f.Child(o, name)
		if err != nil {
			return "", err
		}
		more, err := walk(f, child, path+"/"+name, depth+1)
		if err != nil {
			return "", err
		}
		if text += more; len(text) > 1<<16 {
			break
		}
	}
	return text, nil
}

const sampleText = `
/empty
/layers
/layers/dense
/layers/dense/0 [2 3] [0x1p+00 -0x1p+01 0x1.fffffffffffffp+1023 0x1p-1074 -0x0p+00 0x1.8p+02]
/layers/dense/1 [1] [0x1.999999999999ap-04]
/x [4] [0x1p+00 0x1p+01 0x1.8p+01 0x1p+02]
`

func TestWriteThenRead(t *testing.T) {
	file := Write(sample())
	if !bytes.Equal(file, Write(sample())) {
		t.Error("equal groups give different files")
	}
	text, err := all(file)
	if err != nil || text != sampleText {
		t.Errorf("it was read as %s (%v)", text, err)
	}
	f, _ := Open(file)
	root, _ := f.Root()
	if o, err := f.Child(root, "layers", "nothing", "0"); o != nil || err != nil {
		t.Errorf("what is not there is %v (%v)", o, err)
	}
}

// TestDamage: no byte of a file can be changed unseen, but for numbers and what
// fills gaps; and with checksums ignored nothing worse happens than a refusal.
func TestDamage(t *testing.T) {
	file := Write(sample())
	defer func() { unsealed = false }()
	for _, unsealed = range []bool{false, true} {
		for i := range file {
			for _, v := range []byte{0, 1, 0xff, file[i] ^ 1, file[i] + 8} {
				bad := slices.Clone(file)
				bad[i] = v
				check(t, bad)
			}
			check(t, file[:i])
		}
	}
}

// check reads a file, which must go well or be refused in one sentence.
func check(t *testing.T, file []byte) {
	t.Helper()
	if _, err := all(file); err != nil && (!errors.Is(err, weights.ErrFile) || strings.Contains(err.Error(), "\n")) {
		t.Fatalf("%v", err)
	}
}

// FuzzOpen runs without checksums, so that it gets behind them.
func FuzzOpen(f *testing.F) {
	unsealed = true
	f.Add(Write(sample()))
	f.Fuzz(func(t *testing.T, file []byte) { check(t, file) })
}

package formats

import (
	"bytes"
	"math"
	"testing"

	"peel/core/nn"
	"peel/core/rng"
	"peel/models/hdf5"
	"peel/models/packed"
	"peel/models/weights"
)

func network(sizes ...int) *nn.Network {
	net, r := nn.New(sizes), rng.New(1)
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1)
		r.NormalVec(net.Layers[i].B, 1)
	}
	net.Layers[0].W[0] = math.SmallestNonzeroFloat64
	net.Layers[0].B[0] = math.Copysign(0, -1)
	return net
}

// deep has 62 hidden layers, so that names with two digits are there.
var deep = func() []int {
	sizes := make([]int, nn.MaxLayers)
	for i := range sizes {
		sizes[i] = 1 + i%3
	}
	return sizes
}()

func TestWriteThenRead(t *testing.T) {
	for _, sizes := range [][]int{{1, 1, 1}, {5, 4, 3, 2}, {300, 70, 2}, deep} {
		net := network(sizes...)
		for _, f := range Written {
			meta := weights.Meta{"seed": "1", "name": "naïve"}
			file, err := Encode(f, net, meta)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Encode(f, net.Clone(), meta)
			if err != nil || !bytes.Equal(file, again) {
				t.Errorf("%s, %v: equal networks give different files (%v)", f, sizes, err)
			}
			m, err := Decode(file)
			if err != nil {
				t.Fatalf("%s, %v: %v", f, sizes, err)
			}
			if m.Format != f || m.Net.Fingerprint() != net.Fingerprint() || m.Notices != nil {
				t.Errorf("%s, %v: it was read as %s, %v, %q", f, sizes, m.Format, m.Net.Sizes(), m.Notices)
			}
			if keeps := f == Safetensors || f == ONNX; keeps && m.Meta["name"] != meta["name"] {
				t.Errorf("%s: the metadata became %v", f, m.Meta)
			}
		}
	}
}

func TestNothingInvalidIsWritten(t *testing.T) {
	net := network(2, 3, 1)
	net.Layers[1].B[0] = math.NaN()
	for _, f := range append([]Format{H5}, Written...) {
		if _, err := Encode(f, net, nil); err == nil {
			t.Errorf("%s: a NaN was written", f)
		}
	}
	if _, err := Encode(H5, network(2, 3, 1), nil); err == nil {
		t.Error("an .h5 file was written")
	}
}

func TestNames(t *testing.T) {
	for path, want := range map[string]struct {
		f    Format
		bare string
	}{
		"a/net.onnx": {ONNX, "net"}, "net.NPZ": {NPZ, "net"}, "net.keras": {Keras, "net"}, "net.h5": {H5, "net"},
		"net.safetensors": {Safetensors, "net"}, "net": {Safetensors, "net"}, "net.v2.bin": {Safetensors, "net.v2.bin"}, ".onnx": {ONNX, ".onnx"},
	} {
		if f, bare := Of(path), Bare(path); f != want.f || bare != want.bare {
			t.Errorf("%s: %s, %q", path, f, bare)
		}
	}
}

// packed1 is a zip file with one part of some content, and others that are empty.
func packed1(t testing.TB, name string, data []byte, more ...string) []byte {
	t.Helper()
	parts := []packed.Entry{{Name: name, Data: data}}
	for _, m := range more {
		parts = append(parts, packed.Entry{Name: m})
	}
	file, err := packed.Write(parts, false)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// h5Of is an HDF5 file with one array.
func h5Of(t testing.TB) []byte {
	t.Helper()
	return hdf5.Write(&hdf5.Group{Arrays: map[string]hdf5.Array{"0": {Shape: []int{1}, Values: []float64{1}}}})
}

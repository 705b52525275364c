package formats

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peel/core/nn"
	"peel/models/weights"
)

// small is the network that every file in testdata holds.
func small() *nn.Network {
	net, n := nn.New([]int{4, 3, 2, 2}), 0
	next := func() float64 {
		v := float64((37*n+11)%64-32) / 16
		n++
		return v
	}
	for i := range net.Layers {
		l := &net.Layers[i]
		for j := range l.In { // Keras stores [in, out]
			for k := range l.Out {
				l.W[k*l.In+j] = next()
			}
		}
		for k := range l.B {
			l.B[k] = next()
		}
	}
	return net
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestFilesOfOthers reads what Keras, NumPy and onnx wrote.
func TestFilesOfOthers(t *testing.T) {
	softmax := []string{"its softmax output was left out: the black box answers with logits"}
	sigmoid := []string{"its sigmoid output was left out: the black box answers with logits"}
	for _, c := range []struct {
		file    string
		format  Format
		notices []string
	}{
		{"functional.keras", Keras, softmax},
		{"functional.h5", H5, softmax},
		{"sequential.keras", Keras, sigmoid},
		{"sequential.h5", H5, sigmoid},
		{"newest-hdf5.keras", Keras, softmax},
		{"numpy.npz", NPZ, nil},
		{"numpy-packed.npz", NPZ, nil},
		{"matmul.onnx", ONNX, softmax},
		{"gemm.onnx", ONNX, sigmoid},
	} {
		m, err := Decode(fixture(t, c.file))
		if err != nil {
			t.Errorf("%s: %v", c.file, err)
			continue
		}
		if m.Net.Fingerprint() != small().Fingerprint() {
			t.Errorf("%s: the network is another, %+v", c.file, m.Net)
		}
		if m.Format != c.format || !slices.Equal(m.Notices, c.notices) {
			t.Errorf("%s: format %s, notices %q", c.file, m.Format, m.Notices)
		}
	}
}

// TestFilesRefused: each is refused in one sentence that names the fault.
func TestFilesRefused(t *testing.T) {
	zip := func(name string) []byte { return packed1(t, name, []byte("?")) }
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "only 0 bytes", nil},
		{"a picture", "none of the kinds", []byte("\x89PNG\r\n\x1a\n and so on")},
		{"text", "none of the kinds", []byte("to do: buy milk")},
		{"one array", "a single array", []byte("\x93NUMPY\x01\x00 and so on")},
		{"half precision", `"<f2"`, fixture(t, "numpy-half.npz")},
		{"compressed chunks", "compressed", fixture(t, "chunked.keras")},
		{"PyTorch", "PyTorch", zip("archive/data.pkl")},
		{"another zip file", "without a network", zip("photo.jpg")},
		{"a run", "whole run", packed1(t, "peel.json", nil, "spec.json")},
		{"an array that is none", "not an array of NumPy", zip("layers.0.weight.npy")},
		{"other things beside arrays", "is not an array", packed1(t, "notes.txt", nil, "a.npy")},
		{"a half zip file", "damaged zip", fixture(t, "numpy.npz")[:900]},
		{"a half HDF5 file", "", fixture(t, "functional.h5")[:5000]},
		{"HDF5 without a model", "without the layers", h5Of(t)},
		{"half an ONNX file", "damaged ONNX", fixture(t, "gemm.onnx")[:300]},
	} {
		m, err := Decode(c.file)
		if err == nil {
			t.Errorf("%s: it was read as %v", c.name, m.Net.Sizes())
			continue
		}
		checkSentence(t, c.name, err)
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q does not say %q", c.name, err, c.want)
		}
	}
}

func checkSentence(t testing.TB, name string, err error) {
	t.Helper()
	if !errors.Is(err, weights.ErrFile) {
		t.Errorf("%s: %v does not wrap ErrFile", name, err)
	}
	if s := err.Error(); strings.Contains(s, "\n") || len(s) > 600 {
		t.Errorf("%s: %q is not one sentence", name, s)
	}
}

// Package formats reads networks from files of every kind that Peel knows, and
// writes them. A file's kind is found by its content; its name is not looked at.
package formats

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"

	"peel/core/nn"
	"peel/models/hdf5"
	"peel/models/keras"
	"peel/models/npz"
	"peel/models/onnx"
	"peel/models/packed"
	"peel/models/runfile"
	"peel/models/weights"
)

// Format is a kind of file.
type Format string

const (
	Safetensors Format = "safetensors"
	NPZ         Format = "npz"
	ONNX        Format = "onnx"
	Keras       Format = "keras"
	H5          Format = "h5" // only read
)

// MaxFile is more bytes than any file Peel reads: those of Keras may hold an
// optimizer beside the network.
const MaxFile = 512 << 20

// Written lists the formats that Encode writes.
var Written = []Format{Safetensors, NPZ, ONNX, Keras}

// Of returns the format that the end of a file's name asks for, safetensors for
// any other.
func Of(path string) Format {
	end := strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), ".")
	for _, f := range []Format{NPZ, ONNX, Keras, H5} {
		if end == string(f) {
			return f
		}
	}
	return Safetensors
}

// Bare returns the name of a file without its folder and without the ending of a
// format that Peel reads.
func Bare(path string) string {
	name := filepath.Base(path)
	for _, f := range []Format{Safetensors, NPZ, ONNX, Keras, H5} {
		if end := len(name) - len(f) - 1; end > 0 && strings.EqualFold(name[end:], "."+string(f)) {
			return name[:end]
		}
	}
	return name
}

// Model is what was read from a file.
type Model struct {
	Net    *nn.Network
	Meta   weights.Meta
	Format Format
	// Notices say what was left out, a sentence each, to be shown to the reader.
	Notices []string
}

// Decode reads a file. Whatever it does not fully understand it refuses in one
// sentence, an error that wraps weights.ErrFile.
func Decode(file []byte) (*Model, error) {
	if len(file) > MaxFile {
		return nil, weights.Refuse("it is %d MB large and no network Peel accepts is; choose a smaller one", len(file)>>20)
	}
	m := &Model{Meta: weights.Meta{}}
	var err error
	switch {
	case hdf5.Is(file):
		m.Format = H5
		m.Net, m.Notices, err = keras.DecodeH5(file)
	case packed.Is(file):
		err = m.unpack(file)
	case bytes.HasPrefix(file, []byte("\x93NUMPY")):
		err = weights.Refuse("it is a single array; save weights and biases together with numpy.savez")
	case isSafetensors(file) || !onnx.Is(file):
		m.Format = Safetensors
		if !isSafetensors(file) && len(file) >= 8 {
			return nil, weights.Refuse("it is none of the kinds Peel reads; choose a safetensors, .npz, ONNX or Keras file")
		}
		m.Net, m.Meta, err = weights.Decode(file)
	default:
		m.Format = ONNX
		m.Net, m.Meta, m.Notices, err = onnx.Decode(file)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// isSafetensors reports whether JSON follows eight bytes, which all ONNX files
// rule out by being a number too large for its length.
func isSafetensors(file []byte) bool {
	return len(file) > 8 && file[8] == '{' && (!onnx.Is(file) || binary.LittleEndian.Uint64(file) <= weights.MaxHeader)
}

// unpack reads a zip file.
func (m *Model) unpack(file []byte) error {
	z, err := packed.Open(file, MaxFile)
	switch {
	case err != nil:
		return err
	case keras.Is(z):
		m.Format = Keras
		m.Net, m.Notices, err = keras.Decode(z)
	case npz.Is(z):
		m.Format = NPZ
		m.Net, err = npz.Decode(z)
	case runfile.Is(z):
		err = weights.Refuse("it is a whole run and not a network; import it")
	case has(z, "data.pkl"):
		err = weights.Refuse("it is a PyTorch file, which is a program as much as data; export the network as ONNX or safetensors")
	default:
		err = weights.Refuse("it is a zip file without a network; choose a safetensors, .npz, ONNX or Keras file")
	}
	return err
}

func has(z *packed.File, end string) bool {
	for _, name := range z.Names() {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

// Encode writes a valid network. Equal networks with equal metadata give equal
// bytes; only safetensors and ONNX files keep metadata.
func Encode(f Format, net *nn.Network, meta weights.Meta) ([]byte, error) {
	switch f {
	case Safetensors:
		return weights.Encode(net, meta)
	case NPZ:
		return npz.Encode(net)
	case ONNX:
		return onnx.Encode(net, meta)
	case Keras:
		return keras.Encode(net)
	}
	return nil, fmt.Errorf("Peel does not write .%s files; choose .safetensors, .npz, .onnx or .keras", f)
}

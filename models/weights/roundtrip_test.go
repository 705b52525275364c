package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math"
	"testing"

	"peel/core/nn"
	"peel/core/rng"
)

func network(sizes ...int) *nn.Network {
	net, r := nn.New(sizes), rng.New(1)
	for i := range net.Layers {
		r.NormalVec(net.Layers[i].W, 1)
		r.NormalVec(net.Layers[i].B, 1)
	}
	return net
}

// deep has eleven hidden layers, so that layers.10 sorts before layers.2.
var deep = []int{3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 1}

func TestEncodeThenDecode(t *testing.T) {
	for _, sizes := range [][]int{{2, 3, 1}, {5, 4, 3, 2}, deep} {
		net := network(sizes...)
		net.Layers[0].W[0] = math.SmallestNonzeroFloat64
		net.Layers[0].W[1] = -math.MaxFloat64
		meta := Meta{"name": "naïve <&> \"quoted\"", "seed": "1"}
		file, err := Encode(net, meta)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Encode(net.Clone(), meta)
		if err != nil || !bytes.Equal(file, again) {
			t.Errorf("%v: equal networks give different files (%v)", sizes, err)
		}
		got, gotMeta, err := Decode(file)
		if err != nil {
			t.Fatalf("%v: %v", sizes, err)
		}
		if got.Fingerprint() != net.Fingerprint() {
			t.Errorf("%v: the network changed on its way", sizes)
		}
		if !maps.Equal(meta, gotMeta) {
			t.Errorf("%v: metadata %v became %v", sizes, meta, gotMeta)
		}
	}
}

func TestDecodeWidensF32(t *testing.T) {
	f := newFile(2, 1, 1)
	for i := range f.tensors {
		f.tensors[i].Dtype = "F32"
		f.tensors[i].data = binary.LittleEndian.AppendUint32(nil, math.Float32bits(0.1))
		if i == 0 {
			f.tensors[i].data = append(f.tensors[i].data, f.tensors[i].data...)
		}
	}
	net, _, err := Decode(f.bytes(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := net.Layers[1].B[0]; got != float64(float32(0.1)) {
		t.Errorf("0.1 as F32 was read as %v", got)
	}
}

func TestEncodeRefusesNonsense(t *testing.T) {
	net := network(2, 3, 1)
	net.Layers[1].B[0] = math.NaN()
	if _, err := Encode(net, nil); err == nil {
		t.Error("a NaN was written")
	}
	net = network(2, 3, 1)
	net.Layers[1].In = 2
	if _, err := Encode(net, nil); err == nil {
		t.Error("layers that do not fit were written")
	}
}

// file is a safetensors file in the making, so that tests can break it.
type file struct {
	tensors []tensor
	extra   string // JSON members put before the others, each ending in a comma
}

type tensor struct {
	name  string
	Dtype string    `json:"dtype"`
	Shape []any     `json:"shape"`
	Place [2]uint64 `json:"data_offsets"`
	data  []byte
	moved int64 // added to both offsets
}

// newFile lays out a network of ones with the given sizes.
func newFile(sizes ...int) *file {
	f := &file{}
	ones := func(n int) (data []byte) {
		for range n {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(1))
		}
		return data
	}
	for i := 1; i < len(sizes); i++ {
		out, in := sizes[i], sizes[i-1]
		f.tensors = append(f.tensors,
			tensor{name: weightName(i - 1), Dtype: "F64", Shape: []any{out, in}, data: ones(in * out)},
			tensor{name: biasName(i - 1), Dtype: "F64", Shape: []any{out}, data: ones(out)})
	}
	return f
}

// bytes writes the file, each tensor where the one before it ended.
func (f *file) bytes(t *testing.T) []byte {
	t.Helper()
	head, data := "{"+f.extra, []byte(nil)
	for i, x := range f.tensors {
		x.Place = [2]uint64{uint64(int64(len(data)) + x.moved), uint64(int64(len(data)+len(x.data)) + x.moved)}
		data = append(data, x.data...)
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			head += ","
		}
		head += `"` + x.name + `":` + string(text)
	}
	return join(head+"}", data)
}

func join(head string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(head)))
	return append(append(out, head...), data...)
}

package weights

import (
	"encoding/binary"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
)

// TestDecodeRefuses breaks a good 4-3-1 file in every way we could think of.
// Each must be refused by a sentence that names the fault (want).
func TestDecodeRefuses(t *testing.T) {
	good := func() *file { return newFile(4, 3, 1) }
	edit := func(change func(f *file)) func(*testing.T) []byte {
		return func(t *testing.T) []byte {
			f := good()
			change(f)
			return f.bytes(t)
		}
	}
	raw := func(change func(b []byte) []byte) func(*testing.T) []byte {
		return func(t *testing.T) []byte { return change(good().bytes(t)) }
	}
	number := func(v float64) func(*testing.T) []byte {
		return edit(func(f *file) { binary.LittleEndian.PutUint64(f.tensors[0].data[8:], math.Float64bits(v)) })
	}
	text := func(head string) func(*testing.T) []byte {
		return func(*testing.T) []byte { return join(head, nil) }
	}
	const w, b, w2, b2 = 0, 1, 2, 3
	for _, c := range []struct {
		fault string
		make  func(*testing.T) []byte
		want  string
	}{
		{"empty", func(*testing.T) []byte { return nil }, "only 0 bytes"},
		{"five bytes", func(*testing.T) []byte { return make([]byte, 5) }, "only 5 bytes"},
		{"a picture", func(*testing.T) []byte { return []byte("\x89PNG\r\n\x1a\n rest of the file") }, "header claims"},
		{"huge header", raw(func(b []byte) []byte { binary.LittleEndian.PutUint64(b, 1<<62); return b }), "header claims"},
		{"header beyond the file", raw(func(b []byte) []byte { binary.LittleEndian.PutUint64(b, 1<<16); return b }), "ends inside its header"},
		{"header cut short", raw(func(b []byte) []byte { return b[:40] }), "ends inside its header"},
		{"data cut short", raw(func(b []byte) []byte { return b[:len(b)-1] }), "ends inside tensor \"layers.1.bias\""},
		{"no data at all", raw(func(b []byte) []byte { return b[:8+binary.LittleEndian.Uint64(b)] }), "ends inside tensor \"layers.0.weight\""},
		{"trailing bytes", raw(func(b []byte) []byte { return append(b, 0, 0, 0) }), "3 stray bytes follow"},
		{"empty header", text(""), "not JSON"},
		{"header is not JSON", text("hello"), "not JSON"},
		{"header is null", text("null"), "not JSON"},
		{"header is damaged JSON", text(`{"layers.0.weight":{"dtype":`), "damaged"},
		{"header goes on after its end", text(`{} {}`), "damaged"},
		{"no tensors", text("{}"), "got 0 sizes"},
		{"only metadata", text(`{"__metadata__":{"a":"b"}}`), "got 0 sizes"},
		{"metadata is a number", text(`{"__metadata__":{"a":1}}`), "damaged"},
		{"metadata is null", text(`{"__metadata__":null}`), "got 0 sizes"},
		{"tensor is null", text(`{"layers.0.weight":null}`), "damaged"},
		{"tensor without a type", text(`{"layers.0.weight":{"shape":[1,1],"data_offsets":[0,8]}}`), "damaged"},
		{"negative offsets", text(`{"layers.0.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[-8,0]}}`), "damaged"},
		{"offsets beyond 64 bits", text(`{"layers.0.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,99999999999999999999]}}`), "damaged"},
		{"offsets backwards", text(`{"layers.0.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[8,0]}}`), "ends before it begins"},
		{"same tensor twice", edit(func(f *file) {
			f.extra = `"layers.0.weight":{"dtype":"F64","shape":[3,4],"data_offsets":[0,96]},`
		}), "\"layers.0.weight\" twice"},
		{"overlapping offsets", edit(func(f *file) { f.tensors[b].moved = -8 }), "overlaps"},
		{"gap between tensors", edit(func(f *file) { f.tensors[b].moved = 8 }), "stray bytes before tensor \"layers.0.bias\""},
		{"weight is NaN", number(math.NaN()), "weight 1 is NaN"},
		{"weight is infinite", number(math.Inf(-1)), "weight 1 is -Inf"},
		{"bias is NaN", edit(func(f *file) { binary.LittleEndian.PutUint64(f.tensors[b].data, math.Float64bits(math.NaN())) }), "bias is NaN"},
		{"missing bias", edit(func(f *file) { f.tensors = f.tensors[:b2] }), "layers.1.bias is missing"},
		{"missing weight", edit(func(f *file) { f.tensors = append(f.tensors[:w2], f.tensors[b2]) }), "layers.1.weight is missing"},
		{"missing first layer", edit(func(f *file) { f.tensors = f.tensors[w2:] }), "\"layers.1.bias\" does not belong"},
		{"other names", edit(func(f *file) { f.tensors[w].name = "fc1.weight" }), "layers.0.weight is missing"},
		{"layer numbers with zeros", edit(func(f *file) { f.tensors[w2].name, f.tensors[b2].name = "layers.01.weight", "layers.01.bias" }), "\"layers.01.bias\" does not belong"},
		{"extra tensor", edit(func(f *file) {
			f.tensors = append(f.tensors, tensor{name: "optimizer", Dtype: "F64", Shape: []any{1}, data: make([]byte, 8)})
		}), "\"optimizer\" does not belong"},
		{"no hidden layer", func(t *testing.T) []byte { return newFile(4, 1).bytes(t) }, "at least one hidden layer"},
		{"too many layers", func(t *testing.T) []byte { return newFile(make([]int, 70)...).bytes(t) }, "at most 63 layers"},
		{"weight is transposed", edit(func(f *file) { f.tensors[w].Shape = []any{4, 3} }), "4 rows but layers.0.bias has 3"},
		{"layers do not fit", edit(func(f *file) {
			f.tensors[w2].Shape = []any{1, 2}
			f.tensors[w2].data = f.tensors[w2].data[:16]
		}), "takes 2 inputs but the layer before it has 3"},
		{"bias is too long", edit(func(f *file) {
			f.tensors[b].Shape = []any{4}
			f.tensors[b].data = append(f.tensors[b].data, make([]byte, 8)...)
		}), "has 3 rows but layers.0.bias has 4"},
		{"bias is a matrix", edit(func(f *file) { f.tensors[b].Shape = []any{3, 1} }), "has 2 dimensions, want 1"},
		{"weight is a vector", edit(func(f *file) { f.tensors[w].Shape = []any{12} }), "has 1 dimensions, want 2"},
		{"shape is fractional", edit(func(f *file) { f.tensors[w].Shape = []any{3, 4.5} }), "damaged"},
		{"zero width", edit(func(f *file) { f.tensors[w].Shape = []any{0, 4} }), "dimension of 0"},
		{"absurd width", edit(func(f *file) { f.tensors[w].Shape = []any{3, 1 << 40} }), "dimension of 1099511627776"},
		{"width that overflows", edit(func(f *file) { f.tensors[w].Shape = []any{1 << 32, 1 << 32} }), "dimension of 4294967296"},
		{"more weights than bytes", edit(func(f *file) { f.tensors[w].Shape = []any{60000, 500} }), "needs 240000000 bytes"},
		{"more parameters than allowed", edit(func(f *file) { f.tensors[w].Shape = []any{65536, 65536} }), "4294967296 numbers"},
		{"bfloat16", edit(func(f *file) {
			f.tensors[b].Dtype = "BF16"
			f.tensors[b].data = f.tensors[b].data[:6]
		}), "holds BF16 numbers"},
		{"whole numbers", edit(func(f *file) { f.tensors[b].Dtype = "I64" }), "holds I64 numbers"},
		{"unknown type", edit(func(f *file) { f.tensors[b].Dtype = "F8" }), "damaged"},
		{"a novel as metadata", edit(func(f *file) {
			f.extra = `"__metadata__":{"a":"` + strings.Repeat("x", maxText+1) + `"},`
		}), "metadata entry is longer"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			net, _, err := Decode(c.make(t))
			if err == nil {
				t.Fatalf("it was read as %v", net.Sizes())
			}
			if !errors.Is(err, ErrFile) {
				t.Errorf("%v does not wrap ErrFile", err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("the sentence is %q, want it to say %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
				t.Errorf("%q is not one sentence", err)
			}
		})
	}
}

// TestDecodeAllocatesLittle: a small file that claims to be large is refused
// before memory is set aside for it.
func TestDecodeAllocatesLittle(t *testing.T) {
	f := newFile(4, 3, 1)
	f.tensors[0].Shape = []any{65536, 512} // 268 MB
	file := f.bytes(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := Decode(file); err == nil {
		t.Fatal("it was accepted")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
		t.Errorf("refusing a file of %d bytes took %d bytes of memory", len(file), used)
	}
}

// FuzzDecode: whatever the bytes, Decode returns, and what it accepts is valid
// and survives being written again.
func FuzzDecode(f *testing.F) {
	f.Add(join("{}", nil))
	if file, err := Encode(network(3, 2, 1), Meta{"a": "b"}); err == nil {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		net, meta, err := Decode(file)
		if err != nil {
			return
		}
		again, err := Encode(net, meta)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, _, err := Decode(again)
		if err != nil || back.Fingerprint() != net.Fingerprint() {
			t.Fatalf("the network changed on its way (%v)", err)
		}
	})
}

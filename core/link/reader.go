package link

import (
	"encoding/binary"
	"encoding/hex"
	"math"

	"peel/core/method"
	"peel/core/nn"
	"peel/core/run"
)

// reader takes a body apart. Its first error stays, and after it every field
// reads as zero. Nothing is allocated before its size is checked.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

// bytes takes the next n.
func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.fail(hostile("it ends in the middle"))
	}
	if r.err != nil {
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// number takes a whole number of at most most.
func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail(hostile("it ends in the middle of a number"))
		return 0
	}
	if v > most {
		r.fail(hostile("it holds the number %d where at most %d can be", v, most))
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) string(most uint64) string { return string(r.bytes(int(r.number(most)))) }

func (r *reader) hash() string { return hex.EncodeToString(r.bytes(32)) }

func (r *reader) sizes() []int {
	sizes := make([]int, r.number(MaxSizes))
	for i := range sizes {
		sizes[i] = int(r.number(MaxWidth))
	}
	if r.err == nil {
		if err := checkSizes(sizes); err != nil {
			r.fail(hostile("%v", err))
		}
	}
	return sizes
}

func (r *reader) method() (m method.Method) {
	switch kind := r.byte(); {
	case r.err != nil || kind == methodOwn:
		return m
	case kind != methodChosen:
		r.fail(future("it names method %d, which this one does not know", kind))
		return m
	}
	m.Signature, m.Sign = r.part(signatures), r.part(signs)
	flags := r.byte()
	if flags&^methodsKnown != 0 {
		r.fail(future("its method has a flag that this one does not know"))
	}
	m.Improve = flags&flagImprove != 0
	switch flags & (flagFloat32 | flagFloat16) {
	case flagFloat32:
		m.Bits = 32
	case flagFloat16:
		m.Bits = 16
	case flagFloat32 | flagFloat16:
		r.fail(hostile("its method computes in two formats"))
	}
	m.Samples = int(r.number(method.MaxSamples))
	m.Idealised = int(r.number(MaxSizes))
	return m
}

// part reads the name of a part of a method.
func (r *reader) part(names []string) string {
	i := int(r.byte())
	if r.err == nil && i >= len(names) {
		r.fail(future("it names a method that this one does not know"))
	}
	if r.err != nil {
		return ""
	}
	return names[i]
}

func (r *reader) victim() Victim {
	switch kind := r.byte(); {
	case r.err != nil:
	case kind == kindShipped:
		return Shipped{ID: r.string(maxID), Sizes: r.sizes(), SHA256: r.hash()}
	case kind == kindRecipe:
		v := Recipe{Generator: Generator(r.byte()), Sizes: r.sizes(), Seed: r.number(run.MaxSeed)}
		if r.err == nil && v.Generator != Carlini {
			r.fail(future("it names generator %d, which this one does not know", v.Generator))
		}
		return v
	case kind == kindInline:
		return r.inline()
	case kind == kindFile:
		return File{Sizes: r.sizes(), SHA256: r.hash()}
	default:
		r.fail(future("it names a victim of kind %d, which this one does not know", kind))
	}
	return nil
}

func (r *reader) inline() Victim {
	sizes := r.sizes()
	bytes := int(r.byte())
	if r.err == nil && bytes != 4 && bytes != 8 {
		r.fail(hostile("its weights have %d bytes each", bytes))
	}
	if r.err == nil && nn.ParamsOf(sizes) > MaxWeights/bytes {
		r.fail(hostile("its weights take more than %d bytes", MaxWeights))
	}
	if r.err != nil {
		return nil
	}
	data := r.bytes(nn.ParamsOf(sizes) * bytes)
	if data == nil {
		return nil
	}
	net := nn.New(sizes)
	each(net, func(v *float64) {
		if bytes == 8 {
			*v = math.Float64frombits(binary.LittleEndian.Uint64(data))
		} else {
			*v = float64(math.Float32frombits(binary.LittleEndian.Uint32(data)))
		}
		data = data[bytes:]
	})
	return Inline{net}
}

func (r *reader) limits() run.Limits {
	var o run.Limits
	flags := r.byte()
	if flags&^flagsKnown != 0 {
		r.fail(future("it limits the black box in a way that this one does not know"))
	}
	o.Plain = flags&flagPlain != 0
	if flags&flagBudget != 0 {
		o.Budget = int64(r.number(run.MaxSeed))
	}
	if flags&flagFormat != 0 {
		i := int(r.byte())
		if r.err == nil && i >= len(formats) {
			r.fail(future("its answers have format %d, which this one does not know", i))
			return o
		}
		o.Format = formats[i]
	}
	if flags&flagDecimals != 0 {
		o.Decimals = int(r.byte())
	}
	if flags&flagNoise != 0 {
		if b := r.bytes(8); b != nil {
			o.Noise = math.Float64frombits(binary.LittleEndian.Uint64(b))
		}
	}
	return o
}

func (r *reader) claim() *Claim {
	kind := r.byte()
	if kind == claimNone {
		return nil
	}
	if kind > claimComplete {
		r.fail(future("its result is of kind %d, which this one does not know", kind))
		return nil
	}
	return &Claim{
		Complete: kind == claimComplete, Digest: r.hash(),
		Queries: int64(r.number(run.MaxSeed)), Neurons: int(r.number(MaxNeurons)),
	}
}

package hdf5

import (
	"bytes"
	"encoding/binary"
	"math"
)

// datatype is a type of numbers or text.
type datatype struct {
	class byte // classFloat, classString or classVariable
	size  int  // bytes of one element
	order binary.ByteOrder
}

const (
	classFloat    = 1
	classString   = 3
	classVariable = 9
)

func parseDatatype(c *cursor) (*datatype, error) {
	head := c.u8()
	bits := c.take(3)
	size := c.u32()
	if c.bad {
		return nil, damaged()
	}
	t := &datatype{class: byte(head & 15), size: size, order: binary.LittleEndian}
	switch t.class {
	case classFloat:
		if bits[0]&1 != 0 {
			t.order = binary.BigEndian
		}
		layout := string(c.take(12))
		if c.bad || bits[0]&0x40 != 0 || !(size == 8 && layout == float64Layout) && !(size == 4 && layout == float32Layout) {
			return nil, unsupported("floating-point numbers that are neither float64 nor float32")
		}
	case classString:
	case classVariable:
		if bits[0]&15 != 1 {
			return nil, unsupported("lists of varying length")
		}
	default:
		return nil, unsupported("numbers that are not floating-point")
	}
	return t, nil
}

// Where the bits of IEEE 754 numbers lie: offset and precision; exponent's place
// and size, mantissa's place and size; bias.
const (
	float64Layout = "\x00\x00\x40\x00" + "\x34\x0b\x00\x34" + "\xff\x03\x00\x00"
	float32Layout = "\x00\x00\x20\x00" + "\x17\x08\x00\x17" + "\x7f\x00\x00\x00"
)

// IsArray reports whether o is an array and not a group.
func (o *Object) IsArray() bool { return o.isArray }

// Numbers returns the shape and the numbers of an array, in C order.
func (o *Object) Numbers() ([]int, []float64, error) {
	if o.refusal != nil {
		return nil, nil, o.refusal
	}
	if !o.isArray || o.kind == nil || o.shape == nil {
		return nil, nil, damaged()
	}
	if o.kind.class != classFloat {
		return nil, nil, unsupported("text where numbers belong")
	}
	count := 1
	for _, d := range o.shape {
		count *= d
	}
	if len(o.data)/o.kind.size < count {
		return nil, nil, damaged()
	}
	out := make([]float64, count)
	for i := range out {
		if o.kind.size == 8 {
			out[i] = math.Float64frombits(o.kind.order.Uint64(o.data[8*i:]))
		} else {
			out[i] = float64(math.Float32frombits(o.kind.order.Uint32(o.data[4*i:])))
		}
	}
	return o.shape, out, nil
}

// attribute is a small value beside an object.
type attribute struct {
	shape   []int
	kind    *datatype
	data    []byte
	refusal error
}

func (o *Object) attribute(c *cursor) error {
	version, flags := c.u8(), c.u8()
	nameSize, kindSize, spaceSize := uint64(c.u16()), uint64(c.u16()), uint64(c.u16())
	pad := func(n uint64) uint64 { return n }
	switch version {
	case 1:
		flags, pad = 0, func(n uint64) uint64 { return (n + 7) &^ 7 }
	case 2:
	case 3:
		c.take(1) // the character set
	default:
		return damaged()
	}
	name, _, _ := bytes.Cut(c.take(pad(nameSize)), []byte{0})
	kind, space := &cursor{b: c.take(pad(kindSize))}, &cursor{b: c.take(pad(spaceSize))}
	if c.bad {
		return damaged()
	}
	a := attribute{data: c.b}
	if flags != 0 {
		a.refusal = unsupported("shared types")
	}
	var err error
	if a.kind, err = parseDatatype(kind); err != nil {
		a.refusal = err
	}
	if a.shape, err = dataspace(space); err != nil {
		a.refusal = err
	}
	o.attributes[string(name)] = a
	return nil
}

// Strings returns the text or texts of an attribute, nil when there is none.
func (f *File) Strings(o *Object, name string) ([]string, error) {
	a, ok := o.attributes[name]
	if !ok {
		return nil, nil
	}
	if a.refusal != nil {
		return nil, a.refusal
	}
	count := 1
	for _, d := range a.shape {
		count *= d
	}
	if a.kind.class == classFloat || a.kind.size < 1 || len(a.data)/a.kind.size < count {
		return nil, damaged()
	}
	out := make([]string, 0, count)
	for i := range count {
		text := a.data[i*a.kind.size : (i+1)*a.kind.size]
		if a.kind.class == classVariable {
			var err error
			if text, err = f.variable(text); err != nil {
				return nil, err
			}
		}
		text, _, _ = bytes.Cut(text, []byte{0})
		out = append(out, string(text))
	}
	return out, nil
}

// variable returns a text of variable length, which lies in a global heap.
func (f *File) variable(reference []byte) ([]byte, error) {
	c := &cursor{b: reference}
	n, address, index := uint64(c.u32()), c.u64(), c.u32()
	if c.bad {
		return nil, damaged()
	}
	if n == 0 {
		return nil, nil
	}
	head, err := f.at(address, 16)
	if err != nil {
		return nil, err
	}
	if !head.is("GCOL") {
		return nil, damaged()
	}
	head.take(4)
	size := head.u64()
	if size < 16 {
		return nil, damaged()
	}
	c, err = f.at(address+16, size-16)
	if err != nil {
		return nil, err
	}
	for len(c.b) >= 16 {
		at := c.u16()
		c.take(6)
		length := c.u64()
		if at == 0 {
			break
		}
		if at == index {
			text := c.take(n)
			if c.bad || n > length {
				return nil, damaged()
			}
			return text, nil
		}
		if length > uint64(len(c.b)) {
			return nil, damaged()
		}
		c.take((length + 7) &^ 7)
	}
	return nil, damaged()
}

package hdf5

import (
	"encoding/binary"
	"math"
	"slices"
)

// Group is a group to be written: other groups and arrays by name.
type Group struct {
	Groups map[string]*Group
	Arrays map[string]Array
}

// Array is a float64 array of one or two dimensions in C order.
type Array struct {
	Shape  []int
	Values []float64
}

// Write returns a file with the content of root. Equal groups give equal bytes:
// below every group come its arrays and groups in the order of their names.
func Write(root *Group) []byte {
	w := &writer{b: make([]byte, superblockSize)}
	at := w.group(root)
	b := append(w.b[:0], signature...)
	b = append(b, 2, 8, 8, 0) // version, size of addresses and of lengths, flags
	b = words(b, 0, undefined, uint64(len(w.b)), at)
	binary.LittleEndian.AppendUint32(b, checksum(b))
	return w.b
}

const superblockSize = 48

type writer struct{ b []byte }

func words(b []byte, values ...uint64) []byte {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// group writes what is in a group, then the group, and returns its address.
func (w *writer) group(g *Group) uint64 {
	var names []string
	for name := range g.Groups {
		names = append(names, name)
	}
	for name := range g.Arrays {
		names = append(names, name)
	}
	slices.Sort(names)
	body := message(nil, messageLinkInfo, words([]byte{0, 0}, undefined, undefined))
	body = message(body, messageGroupInfo, []byte{0, 0})
	for _, name := range names {
		var at uint64
		if a, ok := g.Arrays[name]; ok {
			at = w.array(a)
		} else {
			at = w.group(g.Groups[name])
		}
		link := []byte{1, 0, byte(len(name))} // a link by address; names are short
		body = message(body, messageLink, words(append(link, name...), at))
	}
	return w.header(body)
}

func (w *writer) array(a Array) uint64 {
	w.align()
	data := uint64(len(w.b))
	for _, x := range a.Values {
		w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(x))
	}
	space := []byte{2, byte(len(a.Shape)), 0, 1}
	for _, d := range a.Shape {
		space = words(space, uint64(d))
	}
	kind := append([]byte{0x10 | classFloat, 0x20, 63, 0, 8, 0, 0, 0}, float64Layout...)
	body := message(nil, messageDataspace, space)
	body = message(body, messageDatatype, kind)
	body = message(body, messageFill, []byte{3, 0x0a}) // space is set aside late, nothing is filled in
	body = message(body, messageLayout, words([]byte{3, 1}, data, uint64(8*len(a.Values))))
	return w.header(body)
}

func message(b []byte, kind byte, body []byte) []byte {
	b = append(b, kind)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(body)))
	return append(append(b, 0), body...)
}

// header writes an object header and returns its address.
func (w *writer) header(body []byte) uint64 {
	w.align()
	at := len(w.b)
	w.b = append(w.b, "OHDR\x02\x02"...) // version 2, the size in four bytes
	w.b = binary.LittleEndian.AppendUint32(w.b, uint32(len(body)))
	w.b = append(w.b, body...)
	w.b = binary.LittleEndian.AppendUint32(w.b, checksum(w.b[at:]))
	return uint64(at)
}

// align continues at a multiple of eight.
func (w *writer) align() {
	for len(w.b)%8 != 0 {
		w.b = append(w.b, 0)
	}
}

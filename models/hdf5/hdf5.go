// Package hdf5 reads and writes the small part of HDF5 that Keras uses for
// weights: groups, whole arrays of floating-point numbers, and strings as
// attributes. There is no library for it that runs in a browser: those in Go
// want a file system, those for JavaScript are no help to the command line.
//
// Read: superblocks 0 to 3; object headers 1 and 2; links in symbol tables and in
// headers; arrays stored in one piece; strings of fixed or variable length.
// Chunks, compression, external files, links by name and whatever else there is
// are refused by name. Files come from strangers: every address and length is
// checked, and a file can make the reader do no more work than its size allows.
//
// Written: superblock 2, object headers 2, links in headers, arrays in one
// piece. The library reads that since version 1.8 of 2008.
//
// Source: HDF5 File Format Specification, version 3.0.
package hdf5

import (
	"bytes"
	"encoding/binary"

	"peel/models/weights"
)

const signature = "\x89HDF\r\n\x1a\n"

// undefined is the address of what is not there.
const undefined = ^uint64(0)

// Is reports whether a file begins as HDF5 files do.
func Is(file []byte) bool { return bytes.HasPrefix(file, []byte(signature)) }

// damaged is what every broken address or length becomes.
func damaged() error { return weights.Refuse("it is a damaged HDF5 file; copy or save it again") }

func unsupported(what string) error {
	return weights.Refuse("it is an HDF5 file with %s, which Peel does not read; save the network again with Keras", what)
}

// cursor reads numbers one after another. Beyond the end it reads zeros and
// remembers that.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n uint64) []byte {
	if c.bad || n > uint64(len(c.b)) {
		c.bad = true
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

func (c *cursor) u8() int     { return int(c.little(1)) }
func (c *cursor) u16() int    { return int(c.little(2)) }
func (c *cursor) u32() int    { return int(c.little(4)) }
func (c *cursor) u64() uint64 { return c.little(8) }

func (c *cursor) little(n uint64) uint64 {
	b := c.take(n)
	if b == nil {
		return 0
	}
	var word [8]byte
	copy(word[:], b)
	return binary.LittleEndian.Uint64(word[:])
}

// is takes as many bytes as want has and reports whether they are those.
func (c *cursor) is(want string) bool { return string(c.take(uint64(len(want)))) == want }

// unsealed is set by tests that damage what lies behind a checksum.
var unsealed bool

func sealed(sum uint32, b []byte) bool { return unsealed || sum == checksum(b) }

// checksum is Bob Jenkins' lookup3, which the newer structures end in.
func checksum(b []byte) uint32 {
	rotate := func(x uint32, k uint) uint32 { return x<<k | x>>(32-k) }
	x := 0xdeadbeef + uint32(len(b))
	y, z := x, x
	for len(b) > 12 {
		x += binary.LittleEndian.Uint32(b)
		y += binary.LittleEndian.Uint32(b[4:])
		z += binary.LittleEndian.Uint32(b[8:])
		x = (x - z) ^ rotate(z, 4)
		z += y
		y = (y - x) ^ rotate(x, 6)
		x += z
		z = (z - y) ^ rotate(y, 8)
		y += x
		x = (x - z) ^ rotate(z, 16)
		z += y
		y = (y - x) ^ rotate(x, 19)
		x += z
		z = (z - y) ^ rotate(y, 4)
		y += x
		b = b[12:]
	}
	if len(b) == 0 {
		return z
	}
	var last [12]byte
	copy(last[:], b)
	x += binary.LittleEndian.Uint32(last[:])
	y += binary.LittleEndian.Uint32(last[4:])
	z += binary.LittleEndian.Uint32(last[8:])
	z = (z ^ y) - rotate(y, 14)
	x = (x ^ z) - rotate(z, 11)
	y = (y ^ x) - rotate(x, 25)
	z = (z ^ y) - rotate(y, 16)
	x = (x ^ z) - rotate(z, 4)
	y = (y ^ x) - rotate(x, 14)
	z = (z ^ y) - rotate(y, 24)
	return z
}

package hdf5

import (
	"encoding/binary"
)

// File is an HDF5 file in memory.
type File struct {
	b       []byte
	root    uint64
	objects map[uint64]*Object
	work    int // bytes of structure that may still be looked at
}

// Object is a group or an array.
type Object struct {
	links      map[string]uint64
	attributes map[string]attribute
	table      *symbolTable // of an old group, whose links are read when asked for
	shape      []int        // of an array
	kind       *datatype
	data       []byte
	isArray    bool
	refusal    error // why its content cannot be read
}

// Open reads the superblock.
func Open(file []byte) (*File, error) {
	if !Is(file) {
		return nil, damaged()
	}
	f := &File{b: file, objects: map[uint64]*Object{}, work: 4*len(file) + 1<<16}
	c := &cursor{b: file[len(signature):]}
	offsets, lengths := 0, 0
	var base uint64
	switch version := c.u8(); version {
	case 0, 1:
		c.take(4)
		offsets, lengths = c.u8(), c.u8()
		c.take(9)
		if version == 1 {
			c.take(4)
		}
		base = c.u64()
		c.take(3 * 8)
		c.take(8) // the root's entry: its name, then
		f.root = c.u64()
	case 2, 3:
		offsets, lengths = c.u8(), c.u8()
		c.take(1)
		base = c.u64()
		c.take(2 * 8)
		f.root = c.u64()
		const size = 44
		if sum := c.little(4); c.bad || !sealed(uint32(sum), file[:size]) {
			return nil, damaged()
		}
	default:
		return nil, unsupported("a superblock of a newer version")
	}
	if c.bad {
		return nil, damaged()
	}
	if offsets != 8 || lengths != 8 || base != 0 {
		return nil, unsupported("short or shifted addresses")
	}
	return f, nil
}

// at returns n bytes at an address, and counts them as work.
func (f *File) at(address, n uint64) (*cursor, error) {
	size := uint64(len(f.b))
	if address > size || n > size-address {
		return nil, damaged()
	}
	if f.work -= int(n) + 8; f.work < 0 {
		return nil, damaged() // its structures point at each other in circles
	}
	return &cursor{b: f.b[address : address+n]}, nil
}

// Root returns the root group.
func (f *File) Root() (*Object, error) { return f.object(f.root) }

// object returns what lies at an address.
func (f *File) object(address uint64) (*Object, error) {
	if o := f.objects[address]; o != nil {
		return o, nil
	}
	o := &Object{links: map[string]uint64{}, attributes: map[string]attribute{}}
	if err := f.header(address, o); err != nil {
		return nil, err
	}
	f.objects[address] = o
	return o, nil
}

// header reads the messages of an object header into o.
func (f *File) header(address uint64, o *Object) error {
	c, err := f.at(address, 16)
	if err != nil {
		return err
	}
	if string(c.b[:4]) == "OHDR" {
		return f.header2(address, o)
	}
	version := c.u8()
	c.take(1)
	count := c.u16()
	c.take(4)
	size := c.u32()
	if version != 1 {
		return damaged()
	}
	blocks := [][2]uint64{{address + 16, uint64(size)}}
	for i := 0; i < len(blocks); i++ {
		c, err := f.at(blocks[i][0], blocks[i][1])
		if err != nil {
			return err
		}
		for len(c.b) >= 8 && count > 0 {
			count--
			kind, n, flags := c.u16(), c.u16(), c.u8()
			c.take(3)
			body := c.take(uint64(n))
			if c.bad {
				return damaged()
			}
			if blocks, err = f.message(o, kind, flags, body, blocks); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *File) header2(address uint64, o *Object) error {
	c, err := f.at(address, uint64(min(26+8, len(f.b)-int(address))))
	if err != nil {
		return err
	}
	whole := len(c.b)
	c.take(4)
	version, flags := c.u8(), c.u8()
	if flags&0x20 != 0 {
		c.take(16) // times
	}
	if flags&0x10 != 0 {
		c.take(4)
	}
	size := c.little(1 << (flags & 3))
	if c.bad || version != 2 || size > uint64(len(f.b)) {
		return damaged()
	}
	head := uint64(whole - len(c.b))
	blocks := [][2]uint64{{address, head + size + 4}}
	for i := 0; i < len(blocks); i++ {
		c, err := f.at(blocks[i][0], blocks[i][1])
		if err != nil {
			return err
		}
		n := len(c.b) - 4
		if n < 4 || !sealed(binary.LittleEndian.Uint32(c.b[n:]), c.b[:n]) {
			return damaged()
		}
		c.b = c.b[:n]
		if i == 0 {
			c.take(head)
		} else if !c.is("OCHK") {
			return damaged()
		}
		least := 4
		if flags&4 != 0 {
			least = 6
		}
		for len(c.b) >= least {
			kind, n, set := c.u8(), c.u16(), c.u8()
			if flags&4 != 0 {
				c.take(2)
			}
			body := c.take(uint64(n))
			if c.bad {
				return damaged()
			}
			if blocks, err = f.message(o, kind, set, body, blocks); err != nil {
				return err
			}
		}
	}
	return nil
}

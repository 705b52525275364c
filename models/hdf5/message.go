package hdf5

import (
	"peel/core/nn"
)

// Messages of an object header.
const (
	messageDataspace    = 0x01
	messageLinkInfo     = 0x02
	messageDatatype     = 0x03
	messageFill         = 0x05
	messageLink         = 0x06
	messageExternal     = 0x07
	messageLayout       = 0x08
	messageGroupInfo    = 0x0a
	messageFilter       = 0x0b
	messageAttribute    = 0x0c
	messageContinuation = 0x10
	messageSymbolTable  = 0x11
)

// shared marks a message that lies elsewhere.
const shared = 0x02

// maxBlocks is the most pieces a header may be in.
const maxBlocks = 256

// message takes one message. What it cannot read is remembered, and told when
// somebody asks for it: an optimizer's leftovers do no harm.
func (f *File) message(o *Object, kind, flags int, body []byte, blocks [][2]uint64) ([][2]uint64, error) {
	c := &cursor{b: body}
	if flags&shared != 0 {
		o.refuse(unsupported("shared messages"))
		return blocks, nil
	}
	switch kind {
	case messageContinuation:
		at, n := c.u64(), c.u64()
		if c.bad || len(blocks) == maxBlocks {
			return nil, damaged()
		}
		blocks = append(blocks, [2]uint64{at, n})
	case messageSymbolTable:
		o.table = &symbolTable{tree: c.u64(), heap: c.u64()}
	case messageLink:
		return blocks, o.link(c)
	case messageLinkInfo:
		c.take(1)
		if c.u8()&1 != 0 {
			c.take(8)
		}
		if c.u64() != undefined {
			o.refuse(unsupported("many links in one group, stored in a heap"))
		}
	case messageAttribute:
		return blocks, o.attribute(c)
	case messageDataspace:
		var err error
		o.shape, err = dataspace(c)
		o.refuse(err)
	case messageDatatype:
		var err error
		o.kind, err = parseDatatype(c)
		o.refuse(err)
	case messageLayout:
		o.isArray = true
		return blocks, f.layout(o, c)
	case messageFilter:
		o.refuse(unsupported("compressed numbers"))
	case messageExternal:
		o.refuse(unsupported("numbers in another file"))
	}
	if c.bad {
		return nil, damaged()
	}
	return blocks, nil
}

func (o *Object) refuse(err error) {
	if o.refusal == nil {
		o.refusal = err
	}
}

// dataspace reads a shape, at most two dimensions.
func dataspace(c *cursor) ([]int, error) {
	version, rank := c.u8(), c.u8()
	c.take(1)
	switch version {
	case 1:
		c.take(5)
	case 2:
		if c.u8() == 2 {
			return nil, unsupported("an empty array")
		}
	default:
		return nil, unsupported("an array of a newer kind")
	}
	if rank > 2 {
		return nil, unsupported("an array of more than two dimensions")
	}
	shape := []int{}
	for range rank {
		d := c.u64()
		if d < 1 || d > nn.MaxWidth {
			return nil, unsupported("an array that is empty or larger than 65536 on a side")
		}
		shape = append(shape, int(d))
	}
	if c.bad {
		return nil, damaged()
	}
	return shape, nil
}

// layout finds the bytes of an array.
func (f *File) layout(o *Object, c *cursor) error {
	version := c.u8()
	if version != 3 && version != 4 {
		o.refuse(unsupported("an array laid out in an older or newer way"))
		return nil
	}
	switch class := c.u8(); class {
	case 0: // in the message itself
		o.data = c.take(uint64(c.u16()))
	case 1:
		address, n := c.u64(), c.u64()
		if address == undefined {
			o.refuse(unsupported("an array that was never written"))
			return nil
		}
		size := uint64(len(f.b))
		if c.bad || address > size || n > size-address {
			return damaged()
		}
		o.data = f.b[address : address+n]
	default:
		o.refuse(unsupported("an array stored in chunks"))
	}
	if c.bad {
		return damaged()
	}
	return nil
}

package hdf5

import (
	"bytes"
	"maps"
	"slices"
)

// symbolTable is where an old group keeps its links: a B-tree of nodes, and a
// heap of names.
type symbolTable struct{ tree, heap uint64 }

// Names lists what a group holds, in order.
func (f *File) Names(o *Object) ([]string, error) {
	links, err := f.linksOf(o)
	return slices.Sorted(maps.Keys(links)), err
}

// Child returns what lies below o at a path, nil when there is nothing.
func (f *File) Child(o *Object, path ...string) (*Object, error) {
	for _, name := range path {
		links, err := f.linksOf(o)
		if err != nil {
			return nil, err
		}
		address, ok := links[name]
		if !ok {
			return nil, nil
		}
		if o, err = f.object(address); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (f *File) linksOf(o *Object) (map[string]uint64, error) {
	if o.table != nil {
		t := o.table
		o.table = nil
		if err := f.symbols(o, t); err != nil {
			return nil, err
		}
	}
	if !o.isArray && o.refusal != nil {
		return nil, o.refusal
	}
	return o.links, nil
}

// symbols reads the links of an old group.
func (f *File) symbols(o *Object, t *symbolTable) error {
	c, err := f.at(t.heap, 32)
	if err != nil {
		return err
	}
	if !c.is("HEAP") {
		return damaged()
	}
	c.take(4)
	size := c.u64()
	c.take(8)
	names, err := f.at(c.u64(), size)
	if err != nil {
		return err
	}
	return f.node(o, t.tree, names.b, 0)
}

// maxDepth is the deepest tree of links.
const maxDepth = 8

func (f *File) node(o *Object, address uint64, names []byte, depth int) error {
	c, err := f.at(address, 24)
	if err != nil {
		return err
	}
	if !c.is("TREE") || c.u8() != 0 || depth > maxDepth {
		return damaged()
	}
	level, count := c.u8(), c.u16()
	if c, err = f.at(address+24, uint64(count)*16); err != nil {
		return err
	}
	for range count {
		c.take(8) // the key
		child := c.u64()
		if level > 0 {
			err = f.node(o, child, names, depth+1)
		} else {
			err = f.leaf(o, child, names)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *File) leaf(o *Object, address uint64, names []byte) error {
	c, err := f.at(address, 8)
	if err != nil {
		return err
	}
	if !c.is("SNOD") {
		return damaged()
	}
	c.take(2)
	count := c.u16()
	if c, err = f.at(address+8, uint64(count)*40); err != nil {
		return err
	}
	for range count {
		name, target, cache := c.u64(), c.u64(), c.u32()
		c.take(20)
		if cache == 2 {
			return unsupported("a link by name")
		}
		if name >= uint64(len(names)) {
			return damaged()
		}
		text := names[name:]
		end := bytes.IndexByte(text, 0)
		if end < 0 {
			return damaged()
		}
		o.links[string(text[:end])] = target
	}
	return nil
}

// link reads a link of a new group.
func (o *Object) link(c *cursor) error {
	version, flags := c.u8(), c.u8()
	kind := 0
	if flags&8 != 0 {
		kind = c.u8()
	}
	if flags&4 != 0 {
		c.take(8)
	}
	if flags&16 != 0 {
		c.take(1)
	}
	name := string(c.take(c.little(1 << (flags & 3))))
	if version != 1 || c.bad {
		return damaged()
	}
	if kind != 0 {
		return unsupported("a link by name")
	}
	o.links[name] = c.u64()
	if c.bad {
		return damaged()
	}
	return nil
}

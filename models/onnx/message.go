package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"peel/core/nn"
	"peel/models/weights"
)

// The parts of onnx.proto3 that a chain of layers needs, with the numbers of
// their fields. Fields that are not listed are skipped. Strings and bytes share
// the file's memory.
const (
	modelIRVersion = 1
	modelProducer  = 2
	modelGraph     = 7
	modelOpset     = 8
	modelMetadata  = 14

	entryKey   = 1
	entryValue = 2

	opsetDomain  = 1
	opsetVersion = 2

	graphNode        = 1
	graphName        = 2
	graphInitializer = 5
	graphInput       = 11
	graphOutput      = 12

	nodeInput     = 1
	nodeOutput    = 2
	nodeName      = 3
	nodeOp        = 4
	nodeAttribute = 5
	nodeDomain    = 7

	attributeName   = 1
	attributeFloat  = 2
	attributeInt    = 3
	attributeTensor = 5
	attributeType   = 20

	tensorDims     = 1
	tensorType     = 2
	tensorFloats   = 4
	tensorName     = 8
	tensorRaw      = 9
	tensorDoubles  = 10
	tensorLocation = 14

	valueName = 1
	valueType = 2

	typeTensor      = 1
	tensorTypeElem  = 1
	tensorTypeShape = 2
	shapeDim        = 1
	dimValue        = 1
	dimParam        = 2
)

// Types of numbers in a tensor, and of attributes.
const (
	typeFloat  = 1
	typeDouble = 11

	attrInt = 2
)

type node struct {
	name, op, domain string
	in, out          []string
	attributes       map[string]attribute
}

type attribute struct {
	float  float32
	int    int64
	tensor *tensor
}

// tensor is an initializer. It is decoded where it is used.
type tensor struct {
	name     string
	dims     []int64
	kind     int32
	raw      []byte
	floats   []byte // packed little-endian numbers, of one type or the other
	external bool
}

type graph struct {
	nodes       []node
	tensors     map[string]*tensor
	inputs, out []string
}

// errWire is what protobuf damage becomes.
func errWire() error {
	return weights.Refuse("it is a damaged ONNX file; copy or export it again")
}

// each calls f with every field of a message. v is the number of a varint or a
// fixed field, b the content of the others.
func each(message []byte, f func(field protowire.Number, v uint64, b []byte) error) error {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errWire()
		}
		message = message[n:]
		var v uint64
		var b []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(message)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(message)
		case protowire.Fixed32Type:
			var w uint32
			w, n = protowire.ConsumeFixed32(message)
			v = uint64(w)
		case protowire.BytesType:
			if b, n = protowire.ConsumeBytes(message); b == nil {
				b = []byte{}
			}
		default:
			return errWire() // groups have no place here
		}
		if n < 0 {
			return errWire()
		}
		message = message[n:]
		if err := f(field, v, b); err != nil {
			return err
		}
	}
	return nil
}

// parseModel reads the graph in a file, and its metadata.
func parseModel(file []byte) (*graph, weights.Meta, error) {
	var g *graph
	meta := weights.Meta{}
	version := uint64(0)
	err := each(file, func(field protowire.Number, v uint64, b []byte) error {
		var err error
		switch field {
		case modelIRVersion:
			version = v
		case modelGraph:
			if b == nil || g != nil {
				return errWire()
			}
			g, err = parseGraph(b)
		case modelMetadata:
			err = parseEntry(b, meta)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if g == nil || version == 0 {
		return nil, nil, errWire()
	}
	return g, meta, nil
}

// maxText is the most bytes of one metadata text; longer ones are left out.
const maxText = 1 << 16

func parseEntry(message []byte, meta weights.Meta) error {
	key, value := "", ""
	err := each(message, func(field protowire.Number, _ uint64, b []byte) error {
		if len(b) > maxText {
			return nil
		}
		switch field {
		case entryKey:
			key = string(b)
		case entryValue:
			value = string(b)
		}
		return nil
	})
	if err == nil && key != "" {
		meta[key] = value
	}
	return err
}

func parseGraph(message []byte) (*graph, error) {
	g := &graph{tensors: map[string]*tensor{}}
	err := each(message, func(field protowire.Number, _ uint64, b []byte) error {
		if b == nil {
			return nil
		}
		switch field {
		case graphNode:
			n, err := parseNode(b)
			if err != nil {
				return err
			}
			g.nodes = append(g.nodes, n)
		case graphInitializer:
			t, err := parseTensor(b)
			if err != nil {
				return err
			}
			return g.add(t.name, t)
		case graphInput, graphOutput:
			name := ""
			err := each(b, func(field protowire.Number, _ uint64, b []byte) error {
				if field == valueName {
					name = string(b)
				}
				return nil
			})
			if err != nil {
				return err
			}
			if field == graphInput {
				g.inputs = append(g.inputs, name)
			} else {
				g.out = append(g.out, name)
			}
		}
		return nil
	})
	return g, err
}

// add names a tensor.
func (g *graph) add(name string, t *tensor) error {
	if g.tensors[name] != nil {
		return weights.Refuse("it holds the tensor %.60q twice; export the network again", name)
	}
	g.tensors[name] = t
	return nil
}

func parseNode(message []byte) (node, error) {
	n := node{attributes: map[string]attribute{}}
	err := each(message, func(field protowire.Number, _ uint64, b []byte) error {
		switch field {
		case nodeInput:
			n.in = append(n.in, string(b))
		case nodeOutput:
			n.out = append(n.out, string(b))
		case nodeName:
			n.name = string(b)
		case nodeOp:
			n.op = string(b)
		case nodeDomain:
			n.domain = string(b)
		case nodeAttribute:
			name, a, err := parseAttribute(b)
			n.attributes[name] = a
			return err
		}
		return nil
	})
	return n, err
}

func parseAttribute(message []byte) (name string, a attribute, err error) {
	err = each(message, func(field protowire.Number, v uint64, b []byte) error {
		var err error
		switch field {
		case attributeName:
			name = string(b)
		case attributeFloat:
			a.float = math.Float32frombits(uint32(v))
		case attributeInt:
			a.int = int64(v)
		case attributeTensor:
			if b != nil {
				a.tensor, err = parseTensor(b)
			}
		}
		return err
	})
	return name, a, err
}

func parseTensor(message []byte) (*tensor, error) {
	t := &tensor{}
	err := each(message, func(field protowire.Number, v uint64, b []byte) error {
		switch field {
		case tensorDims:
			if b == nil {
				t.dims = append(t.dims, int64(v))
				break
			}
			for len(b) > 0 {
				d, n := protowire.ConsumeVarint(b)
				if n < 0 {
					return errWire()
				}
				t.dims, b = append(t.dims, int64(d)), b[n:]
			}
		case tensorType:
			t.kind = int32(v)
		case tensorFloats:
			if b == nil { // one number by itself
				b = binary.LittleEndian.AppendUint32(nil, uint32(v))
			}
			t.floats = append(t.floats, b...)
		case tensorDoubles:
			if b == nil {
				b = binary.LittleEndian.AppendUint64(nil, v)
			}
			t.floats = append(t.floats, b...)
		case tensorName:
			t.name = string(b)
		case tensorRaw:
			t.raw = b
		case tensorLocation:
			t.external = v == 1
		}
		return nil
	})
	return t, err
}

var typeNames = map[int32]string{2: "uint8", 3: "int8", 6: "int32", 7: "int64", 9: "bool", 10: "float16", 16: "bfloat16"}

// numbers returns the content of a tensor, whose shape it checks against it.
func (t *tensor) numbers() ([]float64, error) {
	size := 0
	switch t.kind {
	case typeFloat:
		size = 4
	case typeDouble:
		size = 8
	default:
		name, ok := typeNames[t.kind]
		if !ok {
			name = "other"
		}
		return nil, weights.Refuse("tensor %.60q holds %s numbers; export the network with float32 or float64 weights", t.name, name)
	}
	if t.external {
		return nil, weights.Refuse("the numbers of tensor %.60q lie in another file; export the network as one file", t.name)
	}
	if len(t.dims) > 2 {
		return nil, weights.Refuse("tensor %.60q has %d dimensions, want at most 2; choose a network of fully connected layers", t.name, len(t.dims))
	}
	count := int64(1)
	for _, d := range t.dims {
		if d < 1 || d > nn.MaxWidth {
			return nil, weights.Refuse("tensor %.60q has a dimension of %d, want 1 to %d; choose a smaller network", t.name, d, nn.MaxWidth)
		}
		count *= d
	}
	data := t.raw
	if len(data) == 0 {
		data = t.floats
	}
	if count*int64(size) != int64(len(data)) {
		return nil, weights.Refuse("tensor %.60q needs %d bytes for its shape but has %d; copy or export it again", t.name, count*int64(size), len(data))
	}
	out := make([]float64, count)
	for i := range out {
		if size == 4 {
			out[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		} else {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
	}
	return out, nil
}

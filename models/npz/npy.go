package npz

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"peel/core/nn"
	"peel/models/weights"
)

// An array in NumPy's format .npy: a magic string, a version, and a header that
// is a Python dictionary, written by NumPy in one way only,
//
//	{'descr': '<f8', 'fortran_order': False, 'shape': (16, 784), }
//
// padded with spaces, and then the numbers. Source: numpy.lib.format.

const magic = "\x93NUMPY"

// array is one array in C order.
type array struct {
	shape  []int
	values []float64
}

// parse reads an array. name is what errors call it.
func parse(name string, data []byte) (*array, error) {
	text, body, ok := split(data)
	if !ok {
		return nil, weights.Refuse("array %.60q is cut off or not an array of NumPy's; save the network again", name)
	}
	kind, order, sizes, ok := fields(text)
	if !ok {
		return nil, weights.Refuse("array %.60q has a header that is not NumPy's for plain numbers; save float64 arrays", name)
	}
	size, read := 0, func([]byte) float64 { return 0 }
	switch kind {
	case "<f8":
		size, read = 8, func(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	case ">f8":
		size, read = 8, func(b []byte) float64 { return math.Float64frombits(binary.BigEndian.Uint64(b)) }
	case "<f4":
		size, read = 4, func(b []byte) float64 { return float64(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case ">f4":
		size, read = 4, func(b []byte) float64 { return float64(math.Float32frombits(binary.BigEndian.Uint32(b))) }
	default:
		return nil, weights.Refuse("array %.60q holds numbers of type %.60q; save it as float64 or float32", name, kind)
	}
	a := &array{}
	count := 1
	for _, part := range strings.Split(sizes, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		d, err := strconv.Atoi(part)
		if err != nil || d < 1 || d > nn.MaxWidth || len(a.shape) == 2 {
			return nil, weights.Refuse("array %.60q has the shape (%.40s); store weights as [out, in] and biases as [out]", name, sizes)
		}
		a.shape = append(a.shape, d)
		count *= d
	}
	if count*size != len(body) {
		return nil, weights.Refuse("array %.60q needs %d bytes for its shape but has %d; copy or save it again", name, count*size, len(body))
	}
	a.values = make([]float64, count)
	for i := range a.values {
		at := i
		if order == "True" && len(a.shape) == 2 { // columns lie one after another
			at = i%a.shape[1]*a.shape[0] + i/a.shape[1]
		}
		a.values[i] = read(body[at*size:])
	}
	return a, nil
}

// split separates the header from the numbers.
func split(data []byte) (text string, body []byte, ok bool) {
	if len(data) < 10 || string(data[:6]) != magic {
		return "", nil, false
	}
	n, at := int(binary.LittleEndian.Uint16(data[8:])), 10
	if data[6] > 1 { // versions 2 and 3 allow a longer header
		if len(data) < 12 {
			return "", nil, false
		}
		n, at = int(binary.LittleEndian.Uint32(data[8:])), 12
	}
	if n > len(data)-at {
		return "", nil, false
	}
	return string(data[at : at+n]), data[at+n:], true
}

// fields takes the three values out of a header: the type of the numbers, whether
// columns come first, and the sizes.
func fields(header string) (kind, order, sizes string, ok bool) {
	text := strings.TrimSpace(header)
	text, open := strings.CutPrefix(text, "{'descr': '")
	kind, text, a := strings.Cut(text, "', 'fortran_order': ")
	order, text, b := strings.Cut(text, ", 'shape': (")
	sizes, text, c := strings.Cut(text, ")")
	return kind, order, sizes, open && a && b && c && (order == "True" || order == "False") && strings.Trim(text, ", ") == "}"
}

// appendArray appends an array of version 1, its numbers aligned to 64 bytes as
// NumPy does.
func appendArray(b []byte, values []float64, shape ...int) []byte {
	sizes := fmt.Sprintf("%d,", shape[0])
	if len(shape) == 2 {
		sizes = fmt.Sprintf("%d, %d", shape[0], shape[1])
	}
	text := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", sizes)
	text += strings.Repeat(" ", 63-(10+len(text))%64) + "\n"
	b = append(b, magic+"\x01\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	b = append(b, text...)
	for _, x := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

package extract

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
)

// The largest results are vectors by name. encoding/json would look at each of
// their bytes several times, which took a replica longer than what it does with
// them; these short ways write and read the same text.

// vectors is a result that may be nothing but vectors.
type vectors interface {
	// vectors names them in the order of their JSON fields, which are left out
	// when empty. It returns nil when there is more to the result.
	vectors() []namedVec
}

type namedVec struct {
	name string
	v    *Vec
}

// encode returns a result as JSON.
func encode(found any) (json.RawMessage, error) {
	if v, ok := found.(vectors); ok {
		if all := v.vectors(); all != nil {
			return appendVectors(nil, all), nil
		}
	}
	return json.Marshal(found)
}

func appendVectors(b []byte, all []namedVec) []byte {
	b = append(b, '{')
	for _, f := range all {
		if len(*f.v) == 0 {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.name...), `":`...)
		b = f.v.append(b)
	}
	return append(b, '}')
}

// parseVectors reads what appendVectors wrote and reports whether it was that.
func parseVectors(data []byte, all []namedVec) bool {
	if len(data) < 2 || data[0] != '{' || data[len(data)-1] != '}' {
		return false
	}
	data = data[1 : len(data)-1]
	for _, f := range all {
		rest, found := bytes.CutPrefix(data, []byte(`"`+f.name+`":"`))
		if !found {
			continue
		}
		end := bytes.IndexByte(rest, '"')
		if end < 0 || f.v.parse(rest[:end]) != nil {
			return false
		}
		data = rest[end+1:]
		if len(data) > 1 && data[0] == ',' {
			data = data[1:]
		}
	}
	return len(data) == 0
}

// append appends the vector's JSON.
func (v Vec) append(b []byte) []byte {
	raw := make([]byte, 0, 8*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(x))
	}
	b = append(b, '"')
	return append(base64.StdEncoding.AppendEncode(b, raw), '"')
}

// parse reads the base64 of a vector.
func (v *Vec) parse(text []byte) error {
	b := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(b, text)
	if err != nil || n%8 != 0 {
		return errDamaged
	}
	*v = make(Vec, n/8)
	for i := range *v {
		(*v)[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return nil
}

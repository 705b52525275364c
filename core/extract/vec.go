package extract

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
)

var errDamaged = errors.New("a vector in the journal is damaged")

// Vec is a vector that JSON carries bit for bit: little-endian float64 in base64.
type Vec []float64

func (v Vec) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 8*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	enc := base64.StdEncoding
	text := make([]byte, enc.EncodedLen(len(b))+2)
	text[0], text[len(text)-1] = '"', '"'
	enc.Encode(text[1:], b)
	return text, nil
}

func (v *Vec) UnmarshalJSON(data []byte) error {
	if len(data) < 2 || data[0] != '"' {
		return errDamaged
	}
	text := data[1 : len(data)-1] // base64 needs no escapes
	b := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(b, text)
	if err != nil || n%8 != 0 {
		return errDamaged
	}
	b = b[:n]
	*v = make(Vec, len(b)/8)
	for i := range *v {
		(*v)[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return nil
}

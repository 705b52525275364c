package extract

import "errors"

var errDamaged = errors.New("a vector in the journal is damaged")

// Vec is a vector that JSON carries bit for bit: little-endian float64 in base64.
type Vec []float64

func (v Vec) MarshalJSON() ([]byte, error) { return v.append(nil), nil }

func (v *Vec) UnmarshalJSON(data []byte) error {
	if len(data) < 2 || data[0] != '"' {
		return errDamaged
	}
	return v.parse(data[1 : len(data)-1]) // base64 needs no escapes
}

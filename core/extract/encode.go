package extract

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// A result goes through JSON at every border that it crosses: from the task to
// the journal, and from there to every replica. Most of it is Data, long and
// long since checked, so the border is crossed without looking into it again.

// AppendResult appends r as json.Marshal encodes it, without a line break. Data
// must be compact JSON or empty, as it is in every result of Do.
func AppendResult(b []byte, r Result) []byte {
	b = append(b, `{"round":`...)
	b = strconv.AppendInt(b, int64(r.Round), 10)
	b = append(b, `,"index":`...)
	b = strconv.AppendInt(b, int64(r.Index), 10)
	b = append(b, `,"phase":`...)
	b = appendString(b, string(r.Phase))
	b = append(b, `,"queries":`...)
	b = strconv.AppendInt(b, r.Queries, 10)
	if len(r.Data) > 0 {
		b = append(b, `,"data":`...)
		b = append(b, r.Data...)
	}
	if r.Stop != "" {
		b = append(b, `,"stop":`...)
		b = appendString(b, r.Stop)
	}
	return append(b, '}')
}

// AppendResults appends a JSON array of results.
func AppendResults(b []byte, results []Result) []byte {
	b = append(b, '[')
	for i, r := range results {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendResult(b, r)
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	text, _ := json.Marshal(s) // a string always has an encoding
	return append(b, text...)
}

// ParseResult reads one result. Where it looks like the work of AppendResult its
// Data is taken as it stands: what is wrong inside shows when it is decoded.
func ParseResult(text []byte) (Result, error) {
	if r, ok := parseResult(text); ok {
		return r, nil
	}
	var r Result
	err := json.Unmarshal(text, &r)
	return r, err
}

func parseResult(text []byte) (r Result, ok bool) {
	head, data, found := bytes.Cut(text, []byte(`,"data":`))
	if !found || len(data) == 0 || data[len(data)-1] != '}' || bytes.IndexByte(data, '\\') >= 0 || bytes.Contains(data, []byte(`,"stop":`)) {
		return r, false
	}
	if err := json.Unmarshal(append(head[:len(head):len(head)], '}'), &r); err != nil {
		return r, false
	}
	r.Data = bytes.Clone(data[:len(data)-1])
	return r, true
}

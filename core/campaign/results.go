package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Header is the first line of a results file: what was asked for, and where it
// was done. Another one further down takes its place, when a campaign was changed.
type Header struct {
	Campaign *Campaign `json:"campaign"`
	Engine   string    `json:"engine"`
	Machine  string    `json:"machine"` // in words
	AtOnce   int       `json:"atOnce"`  // runs at a time
}

// AppendHeader and AppendRecord write one line of a results file.
func AppendHeader(b []byte, h *Header) ([]byte, error) { return appendLine(b, h) }
func AppendRecord(b []byte, r *Record) ([]byte, error) { return appendLine(b, r) }

func appendLine(b []byte, v any) ([]byte, error) {
	line, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(append(b, line...), '\n'), nil
}

// Results is a results file.
type Results struct {
	Header
	Records []*Record
	// Whole is how many bytes are whole lines; Cut says that there are more.
	Whole int
	Cut   bool
}

// MaxResults is the most bytes that are read.
const MaxResults = 256 << 20

// ErrResults is wrapped by every error about results.
var ErrResults = errors.New("these are not results Peel can read")

// ParseResults reads a results file. A last line that was cut off is left out,
// any other damage is an error that names the line.
func ParseResults(data []byte) (*Results, error) {
	if len(data) > MaxResults {
		return nil, fmt.Errorf("%w: they have more than %d bytes", ErrResults, MaxResults)
	}
	r := &Results{Whole: bytes.LastIndexByte(data, '\n') + 1}
	r.Cut = r.Whole < len(data)
	n := 0
	for line := range bytes.Lines(data[:r.Whole]) {
		n++
		if bytes.HasPrefix(line, []byte(`{"campaign":`)) {
			if err := r.header(line); err != nil {
				return nil, fmt.Errorf("%w: line %d says which campaign it is, but %w", ErrResults, n, err)
			}
			continue
		}
		if r.Campaign == nil {
			return nil, fmt.Errorf("%w: the first line does not say which campaign they belong to", ErrResults)
		}
		record := &Record{}
		if err := decode(line, record); err != nil {
			return nil, fmt.Errorf("%w: line %d is damaged (%v); delete it to have that run done again", ErrResults, n, err)
		}
		if err := record.check(); err != nil {
			return nil, fmt.Errorf("%w: line %d is damaged (%v); delete it to have that run done again", ErrResults, n, err)
		}
		if record.Spec.Engine != r.Engine {
			return nil, fmt.Errorf("%w: line %d is of engine %.20q and the lines before of engine %q; keep them in two files", ErrResults, n, record.Spec.Engine, r.Engine)
		}
		r.Records = append(r.Records, record)
	}
	if r.Campaign == nil {
		return nil, fmt.Errorf("%w: there is no whole line", ErrResults)
	}
	return r, nil
}

func (r *Results) header(line []byte) error {
	var h Header
	if err := decode(line, &h); err != nil {
		return err
	}
	if h.Campaign == nil || h.Engine == "" || len(h.Engine) > 20 || len(h.Machine) > maxText || h.AtOnce < 0 {
		return errors.New("something is missing there")
	}
	if err := h.Campaign.check(); err != nil {
		return err
	}
	if len(r.Records) > 0 && h.Engine != r.Engine {
		return fmt.Errorf("it is of engine %q and the lines before of engine %q; keep them in two files", h.Engine, r.Engine)
	}
	r.Header = h
	return nil
}

func decode(line []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// By returns the records by the key of their job, the last of each.
func (r *Results) By() map[string]*Record {
	by := make(map[string]*Record, len(r.Records))
	for _, rec := range r.Records {
		by[rec.Job().Key()] = rec
	}
	return by
}

package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"unicode/utf8"
)

// readBody reads a whole body of at most limit bytes.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	tooLarge := newProblem(http.StatusRequestEntityTooLarge, "too-large", "The body is too large",
		"The body is larger than the %d bytes that are allowed here; send less.", limit)
	if r.ContentLength > limit {
		return nil, tooLarge
	}
	body := http.MaxBytesReader(w, r.Body, limit)
	var data []byte
	var err error
	if r.ContentLength > 0 { // read into one piece of memory, which is scarce at the edge
		data = make([]byte, r.ContentLength)
		_, err = io.ReadFull(body, data)
	} else {
		data, err = io.ReadAll(body)
	}
	var over *http.MaxBytesError
	switch {
	case err == nil:
		return data, nil
	case errors.As(err, &over):
		return nil, tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errSlow
	}
	return nil, errBroken
}

// readJSON reads a body that holds one JSON value with no field that v lacks.
func readJSON(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	data, err := readBody(w, r, limit)
	if err != nil {
		return err
	}
	wrong := func(detail string, args ...any) error {
		return newProblem(http.StatusBadRequest, "json", "The body is not the JSON expected", detail, args...)
	}
	if !utf8.Valid(data) {
		return wrong("The body is not UTF-8 text; send JSON.")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return wrong("The body is not the JSON expected here (%v); see the description of the interface.", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return wrong("There is more after the end of the JSON; send one value.")
	}
	return nil
}

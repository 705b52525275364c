//go:build js && wasm

// Package files is the role that knows formats: it turns networks of any format
// into safetensors files, which the rest of the page understands, and back, and
// packs and unpacks whole runs.
package files

import (
	"fmt"
	"syscall/js"

	"peel/models/formats"
	"peel/models/runfile"
	"peel/models/weights"
	"peel/wasm/internal/bridge"
)

// Main serves the role and never returns.
func Main() {
	bridge.Serve(map[string]bridge.Method{
		"read":   read,
		"write":  write,
		"pack":   pack,
		"unpack": unpack,
	})
}

// take copies a file into this program's memory, unless it is too large.
func take(file js.Value) ([]byte, error) {
	if n := file.Get("byteLength").Float(); n > formats.MaxFile {
		return nil, weights.Refuse("it has %.0f MB, more than any file Peel reads; choose a smaller one", n/1e6)
	}
	return bridge.Bytes(file), nil
}

// read {bytes} answers with the network as a safetensors file, the format it was
// in, and what was left out. A whole run is told apart and left alone.
func read(p js.Value) (any, error) {
	file, err := take(p.Get("bytes"))
	if err != nil {
		return nil, err
	}
	if runfile.Holds(file) {
		return map[string]any{"format": "run"}, nil
	}
	m, err := formats.Decode(file)
	if err != nil {
		return nil, err
	}
	out, err := weights.Encode(m.Net, m.Meta)
	if err != nil {
		return nil, err
	}
	notices := []any{}
	for _, n := range m.Notices {
		notices = append(notices, n)
	}
	return map[string]any{"bytes": bridge.Uint8Array(out), "format": string(m.Format), "notices": notices}, nil
}

// write {bytes, format} answers with the network of a safetensors file in another
// format.
func write(p js.Value) (any, error) {
	net, meta, err := weights.Decode(bridge.Bytes(p.Get("bytes")))
	if err != nil {
		return nil, err
	}
	out, err := formats.Encode(formats.Format(p.Get("format").String()), net, meta)
	if err != nil {
		return nil, err
	}
	return bridge.Uint8Array(out), nil
}

// names pairs the parts of a run with their names in JavaScript, those that may
// be missing last.
func names(p *runfile.Parts) ([]string, []*[]byte) {
	return []string{"spec", "journal", "figures", "recovered", "victim"}, []*[]byte{&p.Spec, &p.Journal, &p.Figures, &p.Recovered, &p.Victim}
}

// pack {spec, journal, figures, recovered?, victim?} answers with a run's file.
func pack(p js.Value) (any, error) {
	var parts runfile.Parts
	keys, data := names(&parts)
	for i, key := range keys {
		if v := p.Get(key); v.Truthy() {
			*data[i] = bridge.Bytes(v)
		}
	}
	file, err := runfile.Pack(parts)
	if err != nil {
		return nil, fmt.Errorf("the run could not be written: %w", err)
	}
	return bridge.Uint8Array(file), nil
}

// unpack {bytes} answers with the parts of a run's file.
func unpack(p js.Value) (any, error) {
	file, err := take(p.Get("bytes"))
	if err != nil {
		return nil, err
	}
	parts, err := runfile.Unpack(file)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	keys, data := names(&parts)
	for i, key := range keys {
		if *data[i] != nil {
			out[key] = bridge.Uint8Array(*data[i])
		}
	}
	return out, nil
}

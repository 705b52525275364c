package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"sort"

	"github.com/nlpodyssey/safetensors"
)

// header parses the JSON header of a file and returns it with the bytes of
// numbers that follow. Every tensor it names lies wholly inside those bytes,
// they touch but never overlap, and nothing is left over.
func header(file []byte) (safetensors.Metadata, []byte, error) {
	none := safetensors.Metadata{}
	if len(file) < 8 {
		return none, nil, refuse("it is only %d bytes long; choose a .safetensors file", len(file))
	}
	n := binary.LittleEndian.Uint64(file)
	if n > MaxHeader {
		return none, nil, refuse("its header claims %d bytes, more than the %d allowed; choose a .safetensors file", n, MaxHeader)
	}
	if n > uint64(len(file)-8) {
		return none, nil, refuse("it ends inside its header; copy or download it again")
	}
	text, data := file[8:8+n], file[8+n:]
	if len(text) == 0 || text[0] != '{' {
		return none, nil, refuse("its header is not JSON; choose a .safetensors file")
	}
	if name, twice := duplicateKey(text); twice {
		return none, nil, refuse("its header names %q twice; export the network again", name)
	}
	var m safetensors.Metadata
	if err := json.Unmarshal(text, &m); err != nil {
		return none, nil, refuse("its header is damaged (%v); export the network again", err)
	}
	return m, data, checkPlaces(m, uint64(len(data)))
}

// checkPlaces walks the tensors in the order they lie in the file.
func checkPlaces(m safetensors.Metadata, size uint64) error {
	tensors := m.Tensors()
	names := make([]string, 0, len(tensors))
	for name := range tensors {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool {
		a, b := tensors[names[i]].DataOffsets, tensors[names[j]].DataOffsets
		if a != b {
			return a[0] < b[0] || a[0] == b[0] && a[1] < b[1]
		}
		return names[i] < names[j]
	})
	end := uint64(0)
	for _, name := range names {
		from, to := tensors[name].DataOffsets[0], tensors[name].DataOffsets[1]
		switch {
		case to < from:
			return refuse("tensor %q ends before it begins; export the network again", name)
		case from < end:
			return refuse("tensor %q overlaps the one before it; export the network again", name)
		case from > end:
			return refuse("there are %d stray bytes before tensor %q; export the network again", from-end, name)
		case to > size:
			return refuse("it ends inside tensor %q; copy or download it again", name)
		}
		end = to
	}
	if end < size {
		return refuse("%d stray bytes follow its last tensor; export the network again", size-end)
	}
	return nil
}

// duplicateKey finds a key that an object of the JSON text holds twice:
// encoding/json would silently keep the last.
func duplicateKey(text []byte) (string, bool) {
	type object struct {
		seen map[string]bool
		key  bool // the next string is a key
	}
	var stack []*object // nil for an array
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	for {
		tok, err := dec.Token()
		if err != nil {
			return "", false // damaged text is reported by the parser proper
		}
		var top *object
		if len(stack) > 0 {
			top = stack[len(stack)-1]
		}
		if name, ok := tok.(string); ok && top != nil && top.key {
			if top.seen[name] {
				return name, true
			}
			top.seen[name] = true
			top.key = false
			continue
		}
		if top != nil {
			top.key = true // a value ends here, or one that does so later begins
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, &object{seen: map[string]bool{}, key: true})
		case json.Delim('['):
			stack = append(stack, nil)
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:len(stack)-1]
		}
	}
}

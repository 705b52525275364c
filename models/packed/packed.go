// Package packed reads zip files of strangers and writes zip files that are the
// same bytes for the same content. Formats that are zip files (.npz, .keras, a
// run) use it.
package packed

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"

	"peel/models/weights"
)

// Limits on what is unpacked.
const (
	maxEntries = 4096
	maxGrowth  = 200 // times the packed size, and some more for tiny files
	maxSmall   = 1 << 20
)

// File is the content of a zip file.
type File struct {
	entries map[string]*zip.File
	names   []string
	left    int64 // bytes that may still be unpacked
}

// Is reports whether a file begins as zip files do.
func Is(file []byte) bool { return bytes.HasPrefix(file, []byte("PK\x03\x04")) }

// Open reads the list of entries. At most max bytes may be unpacked in all.
func Open(file []byte, max int64) (*File, error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, weights.Refuse("it is a damaged zip file (%v); copy or download it again", err)
	}
	if len(z.File) > maxEntries {
		return nil, weights.Refuse("it is a zip file of %d parts; choose one that holds a network", len(z.File))
	}
	f := &File{entries: map[string]*zip.File{}, left: min(max, maxGrowth*int64(len(file))+maxSmall)}
	for _, e := range z.File {
		if f.entries[e.Name] != nil {
			return nil, weights.Refuse("it holds %.60q twice; export it again", e.Name)
		}
		f.entries[e.Name] = e
		f.names = append(f.names, e.Name)
	}
	return f, nil
}

// Names lists the entries in the order of the file.
func (f *File) Names() []string { return f.names }

// Has reports whether there is such an entry.
func (f *File) Has(name string) bool { return f.entries[name] != nil }

// Read unpacks one entry of at most max bytes.
func (f *File) Read(name string, max int64) ([]byte, error) {
	e := f.entries[name]
	if e == nil {
		return nil, weights.Refuse("it holds no %.60q; export it again", name)
	}
	if e.UncompressedSize64 > uint64(min(max, f.left)) {
		return nil, weights.Refuse("its part %.60q would unpack to %d MB, more than is allowed; choose a smaller file", name, e.UncompressedSize64>>20)
	}
	r, err := e.Open()
	if err != nil {
		return nil, weights.Refuse("its part %.60q cannot be unpacked (%v); copy or download it again", name, err)
	}
	defer r.Close()
	var b bytes.Buffer // grows with what really comes, not with what is claimed
	if _, err := io.Copy(&b, io.LimitReader(r, int64(e.UncompressedSize64)+1)); err != nil {
		return nil, weights.Refuse("its part %.60q is damaged (%v); copy or download it again", name, err)
	}
	f.left -= int64(b.Len())
	return b.Bytes(), nil
}

// Entry is one part of a zip file to be written.
type Entry struct {
	Name string
	Data []byte
}

// day is 1 January 1980 as zip files write it: the date of every part.
const day = 1<<5 | 1

// Write packs entries in their order. Compress makes the file smaller; without
// it the parts lie in the file as they are. Equal entries give equal bytes.
func Write(entries []Entry, compress bool) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{
			Name: e.Name, Method: zip.Store, ModifiedDate: day, CreatorVersion: 20, ReaderVersion: 20,
			CRC32: crc32.ChecksumIEEE(e.Data), UncompressedSize64: uint64(len(e.Data)),
		}
		data := e.Data
		if compress {
			h.Method = zip.Deflate
			data = deflate(e.Data)
		}
		h.CompressedSize64 = uint64(len(data))
		w, err := z.CreateRaw(h) // sizes before the data, which every reader understands
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			return nil, fmt.Errorf("%s could not be packed: %w", e.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("the file could not be packed: %w", err)
	}
	return b.Bytes(), nil
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = w.Write(data) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

package workers

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// compressor answers with gzip where a browser takes it, as hosts do by
// themselves. Only files under assets/ are kept compressed: they never change.
type compressor struct {
	site fs.FS
	mu   sync.Mutex
	done map[string][]byte // by name
}

// compressible are the kinds of files that gzip makes much smaller.
var compressible = map[string]bool{".js": true, ".css": true, ".json": true, ".svg": true, ".wasm": true}

// serve answers with the compressed file, unless that cannot be.
func (c *compressor) serve(w http.ResponseWriter, r *http.Request, name string) bool {
	if !strings.HasPrefix(name, "assets/") || !compressible[path.Ext(name)] {
		return false
	}
	w.Header().Set("Vary", "Accept-Encoding")
	if !takesGzip(r) || r.Header.Get("Range") != "" {
		return false
	}
	data, err := c.pack(name)
	if err != nil {
		return false
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		w.Write(data)
	}
	return true
}

func takesGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" && strings.TrimSpace(quality) != "q=0" {
			return true
		}
	}
	return false
}

func (c *compressor) pack(name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if data, ok := c.done[name]; ok {
		return data, nil
	}
	file, err := fs.ReadFile(c.site, name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(file) // into memory: it cannot fail
	z.Close()
	if c.done == nil {
		c.done = map[string][]byte{}
	}
	c.done[name] = out.Bytes()
	return out.Bytes(), nil
}

package workers

import (
	"io"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func TestPackedCopies(t *testing.T) {
	site := fstest.MapFS{
		"index.html":            {Data: []byte("plain page")},
		"index.html.gz":         {Data: []byte("gzipped page")},
		"assets/peel-0.wasm":    {Data: []byte("plain")},
		"assets/peel-0.wasm.br": {Data: []byte("brotli")},
		"assets/peel-0.wasm.gz": {Data: []byte("gzip")},
		"assets/images-0.gz":    {Data: []byte("gzipped itself")},
	}
	const engine = "/assets/peel-0.wasm"
	h, err := Handler(site)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, accept, encoding, body, kind string }{
		{engine, "gzip, deflate, br, zstd", "br", "brotli", "application/wasm"},
		{engine, "gzip, deflate", "gzip", "gzip", "application/wasm"},
		{engine, "GZIP;q=0.5 , br;q=0", "gzip", "gzip", "application/wasm"},
		{engine, "br; Q=0.001", "br", "brotli", "application/wasm"},
		{engine, "", "", "plain", "application/wasm"},
		{engine, "*", "", "plain", "application/wasm"},
		{engine, "gzip;q=0, br;q=nonsense", "", "plain", "application/wasm"},
		{engine, "brotli, xgzip", "", "plain", "application/wasm"},
		{"/", "br, gzip", "gzip", "gzipped page", "text/html; charset=utf-8"},
		{"/assets/images-0.gz", "br, gzip", "", "gzipped itself", "application/gzip"},
		// Asked for by its own name, a packed copy is a file like any other.
		{engine + ".gz", "br, gzip", "", "gzip", "application/gzip"},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.Header.Set("Accept-Encoding", c.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		body, _ := io.ReadAll(w.Body)
		h := w.Result().Header
		if string(body) != c.body || h.Get("Content-Encoding") != c.encoding || h.Get("Content-Type") != c.kind {
			t.Errorf("%s for %q: %q, encoding %q, type %q; want %q, %q, %q",
				c.path, c.accept, body, h.Get("Content-Encoding"), h.Get("Content-Type"), c.body, c.encoding, c.kind)
		}
		if h.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s for %q: Vary is %q, so a cache could hand it to a client that cannot read it", c.path, c.accept, h.Get("Vary"))
		}
	}
}

package workers

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

var site = fstest.MapFS{
	"index.html":             {Data: []byte("<!doctype html><title>Peel</title>")},
	"assets/peel-0123.wasm":  {Data: []byte("\x00asm")},
	"models/a.safetensors":   {Data: []byte("weights")},
	"models/index.json":      {Data: []byte("[]")},
	"assets/page-0123.js":    {Data: []byte("1")},
	"assets/images-0123.gz":  {Data: []byte("1")},
	"assets/font-0123.woff2": {Data: []byte("1")},
}

func get(t *testing.T, method, target string) *http.Response {
	t.Helper()
	w := httptest.NewRecorder()
	Handler(site).ServeHTTP(w, httptest.NewRequest(method, target, nil))
	return w.Result()
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct{ path, kind, cache string }{
		{"/", "text/html; charset=utf-8", "no-cache"},
		{"/assets/peel-0123.wasm", "application/wasm", "public, max-age=31536000, immutable"},
		{"/assets/page-0123.js", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/images-0123.gz", "application/gzip", "public, max-age=31536000, immutable"},
		{"/models/a.safetensors", "application/octet-stream", "no-cache"},
		{"/models/index.json", "application/json", "no-cache"},
	} {
		r := get(t, "GET", c.path)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", c.path, r.StatusCode)
		}
		for name, want := range map[string]string{
			"Content-Type":            c.kind,
			"Cache-Control":           c.cache,
			"Content-Security-Policy": Policy,
			"X-Content-Type-Options":  "nosniff",
			"Content-Encoding":        "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.path, name, got, want)
			}
		}
	}
}

// TestFraming: only the small form of the page may be framed.
func TestFraming(t *testing.T) {
	for target, framed := range map[string]bool{
		"/": false, "/?embed": true, "/?embed=dark": true, "/index.html?x&embed": true, "/?embedded": false, "/?x=embed": false,
		"/models/index.json?embed": false, "/assets/page-0123.js?embed": false,
	} {
		policy := get(t, "GET", target).Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "frame-ancestors 'none'") == framed || !strings.HasPrefix(policy, EmbedPolicy) {
			t.Errorf("%s: the policy is %q", target, policy)
		}
	}
}

func TestRefusals(t *testing.T) {
	for target, want := range map[string]int{
		"/nothing":           http.StatusNotFound,
		"/models/":           http.StatusNotFound, // no listings
		"/../handler.go":     http.StatusNotFound,
		"/%2e%2e/handler.go": http.StatusNotFound,
	} {
		if got := get(t, "GET", target).StatusCode; got != want {
			t.Errorf("GET %s: status %d, want %d", target, got, want)
		}
	}
	if got := get(t, "POST", "/").StatusCode; got != http.StatusMethodNotAllowed {
		t.Errorf("POST /: status %d", got)
	}
}

// The page carries the policy too, for hosts that cannot set headers. A meta
// element cannot say frame-ancestors.
func TestPageCarriesPolicy(t *testing.T) {
	page, err := os.ReadFile("../site/index.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), `content="`+EmbedPolicy+`"`) {
		t.Errorf("site/index.html does not carry the policy %q", EmbedPolicy)
	}
}

package workers

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// site is a built site with the rules of the real one.
func site(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{
		"index.html":             {Data: []byte("<!doctype html><title>Peel</title>")},
		"assets/peel-0123.wasm":  {Data: []byte("\x00asm" + strings.Repeat("0", 1000))},
		"models/a.safetensors":   {Data: []byte("weights")},
		"models/index.json":      {Data: []byte("[]")},
		"assets/page-0123.js":    {Data: []byte("1")},
		"assets/images-0123.gz":  {Data: []byte("1")},
		"assets/font-0123.woff2": {Data: []byte("1")},
	}
	for _, name := range []string{"_headers", "_redirects"} {
		data, err := os.ReadFile("../site/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

func get(t *testing.T, method, target string, header ...string) *http.Response {
	t.Helper()
	h, err := Handler(site(t))
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// policy is what the page may load: its own files and nothing else. WebAssembly
// may be compiled; no other code is made at run time. No other page may frame it.
const policy = pagePolicy + "; frame-ancestors 'none'"

const pagePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'"

func TestHeaders(t *testing.T) {
	const forever = "public, max-age=31536000, immutable"
	for _, c := range []struct{ path, kind, cache string }{
		{"/", "text/html; charset=utf-8", "no-cache"},
		{"/assets/peel-0123.wasm", "application/wasm", forever},
		{"/assets/page-0123.js", "text/javascript; charset=utf-8", forever},
		{"/assets/images-0123.gz", "application/gzip", forever},
		{"/models/a.safetensors", "application/octet-stream", "no-cache"},
		{"/models/index.json", "application/json", "no-cache"},
	} {
		r := get(t, "GET", c.path)
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", c.path, r.StatusCode)
		}
		for name, want := range map[string]string{
			"Content-Type":               c.kind,
			"Cache-Control":              c.cache,
			"Content-Security-Policy":    policy,
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Content-Encoding":           "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.path, name, got, want)
			}
		}
		if p := r.Header.Get("Permissions-Policy"); !strings.Contains(p, "camera=()") {
			t.Errorf("%s: Permissions-Policy is %q", c.path, p)
		}
	}
}

// TestFraming: only the small form of the page may be framed.
func TestFraming(t *testing.T) {
	for target, framed := range map[string]bool{
		"/": false, "/?embed": true, "/?embed=dark": true, "/index.html?x&embed": true, "/?embedded": false, "/?x=embed": false,
		"/models/index.json?embed": false, "/assets/page-0123.js?embed": false,
	} {
		got := get(t, "GET", target).Header.Get("Content-Security-Policy")
		if want := map[bool]string{true: pagePolicy, false: policy}[framed]; got != want {
			t.Errorf("%s: the policy is %q", target, got)
		}
	}
}

func TestRedirects(t *testing.T) {
	for target, want := range map[string]string{
		"/x/0123456789ab": "/#x=0123456789ab",
		"/r/ABC234":       "/#room=ABC234",
		"/x/%3Cscript%3E": "/#x=%3Cscript%3E",
		"/x/$1":           "/#x=$1",
	} {
		r := get(t, "GET", target)
		if r.StatusCode != http.StatusFound || r.Header.Get("Location") != want {
			t.Errorf("%s: status %d to %q, want %q", target, r.StatusCode, r.Header.Get("Location"), want)
		}
	}
	if r := get(t, "GET", "/x/a/b"); r.StatusCode != http.StatusNotFound {
		t.Errorf("/x/a/b: status %d", r.StatusCode)
	}
}

func TestRefusals(t *testing.T) {
	for target, want := range map[string]int{
		"/nothing":           http.StatusNotFound,
		"/models/":           http.StatusNotFound, // no listings
		"/_headers":          http.StatusNotFound,
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

func TestRulesThatCannotBeRead(t *testing.T) {
	for name, text := range map[string]string{
		"_headers":   "  X-Header: before any path",
		"_redirects": "/x/:id /#x=:id",
	} {
		files := site(t)
		files[name] = &fstest.MapFile{Data: []byte("# a comment\n" + text)}
		if _, err := Handler(files); err == nil || !strings.Contains(err.Error(), name+", line 2") {
			t.Errorf("%s with %q gives %v", name, text, err)
		}
	}
	if _, err := Handler(fstest.MapFS{}); err != nil {
		t.Errorf("a site without rules gives %v", err)
	}
}

// The page carries the policy too, for hosts that cannot set headers. A meta
// element cannot say frame-ancestors.
func TestPageCarriesPolicy(t *testing.T) {
	page, err := os.ReadFile("../site/index.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), `content="`+pagePolicy+`"`) {
		t.Errorf("site/index.html does not carry the policy %q", pagePolicy)
	}
}

// Package workers answers HTTP for Peel. Its one handler serves the built site;
// the local server and the edge share it.
package workers

import (
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Policy is what the page may load: its own files and nothing else.
// WebAssembly may be compiled; no other code is made at run time. No other page
// may frame it.
const Policy = EmbedPolicy + "; frame-ancestors 'none'"

// EmbedPolicy is for the small form of the page, /?embed, which any page may
// frame, a slide in a local file too. Nothing can be lost there by a misled
// click: it shows no kept runs and deletes nothing. The page takes that form
// wherever it is framed, also where a host sends no headers.
const EmbedPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'"

// types are the content types of every kind of file the build writes. They are
// fixed here because a system's own table may lack WebAssembly.
var types = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".json":        "application/json",
	".webmanifest": "application/manifest+json",
	".png":         "image/png",
	".txt":         "text/plain; charset=utf-8",
	".svg":         "image/svg+xml",
	".wasm":        "application/wasm",
	".woff2":       "font/woff2",
	".gz":          "application/gzip",
	".safetensors": "application/octet-stream",
}

// Handler serves the files of a built site. Names under assets/ hold a hash of
// their content and may be cached for ever; everything else is asked for anew.
func Handler(site fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This server only answers GET and HEAD.", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		info, err := fs.Stat(site, name)
		if err != nil || info.IsDir() {
			http.Error(w, "There is no such file: go back to the start page.", http.StatusNotFound)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", Policy)
		if name == "index.html" && r.URL.Query().Has("embed") {
			h.Set("Content-Security-Policy", EmbedPolicy)
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if t := types[path.Ext(name)]; t != "" {
			h.Set("Content-Type", t)
		}
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		file, encoding := packed(site, name, r.Header.Get("Accept-Encoding"))
		h.Set("Vary", "Accept-Encoding")
		if encoding != "" {
			h.Set("Content-Encoding", encoding)
		}
		http.ServeFileFS(w, r, site, file)
	})
}

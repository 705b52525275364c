// Package workers serves the built site as a static host would. The edge does
// the same with the same files and needs no code for it; what both answer
// beyond that is in package api.
package workers

import (
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
)

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

// Handler serves the files of a built site, with the headers that its _headers
// file sets and the redirects of its _redirects file. Names under assets/ hold a
// hash of their content.
func Handler(site fs.FS) (http.Handler, error) {
	headers, err := readHeaders(site)
	if err != nil {
		return nil, err
	}
	redirects, err := readRedirects(site)
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(headers, r.URL.Path, w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "This server only answers GET and HEAD.", http.StatusMethodNotAllowed)
			return
		}
		for _, to := range redirects {
			if m := to.from.FindStringSubmatchIndex(r.URL.EscapedPath()); m != nil {
				w.Header().Set("Location", string(to.from.ExpandString(nil, to.to, r.URL.EscapedPath(), m)))
				w.WriteHeader(to.status)
				return
			}
		}
		name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		info, err := fs.Stat(site, name)
		if err != nil || info.IsDir() || strings.HasPrefix(name, "_") {
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "There is no such file: go back to the start page.", http.StatusNotFound)
			return
		}
		if name == "index.html" && r.URL.Query().Has("embed") {
			letFrame(w.Header())
		}
		if t := types[path.Ext(name)]; t != "" {
			w.Header().Set("Content-Type", t)
		}
		file, encoding := packed(site, name, r.Header.Get("Accept-Encoding"))
		w.Header().Set("Vary", "Accept-Encoding")
		if encoding != "" {
			w.Header().Set("Content-Encoding", encoding)
		}
		http.ServeFileFS(w, r, site, file)
	}), nil
}

// letFrame lets any page frame the small form of the page, /?embed, a slide in a
// local file too. Nothing can be lost there by a misled click: it shows no kept
// runs and deletes nothing. The page takes that form wherever it is framed, also
// where a host sends no headers.
func letFrame(h http.Header) {
	const policy = "Content-Security-Policy"
	h.Set(policy, frameAncestors.ReplaceAllString(h.Get(policy), ""))
}

var frameAncestors = regexp.MustCompile(`; *frame-ancestors[^;]*`)

package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A folder written in another order, at another time and with other permissions
// gives the same bytes, and they unpack to the same files.
func TestSameFilesSameBytes(t *testing.T) {
	files := map[string]string{
		"index.html":        "<!doctype html>",
		"assets/a-1.js":     strings.Repeat("all the same ", 1000),
		"assets/b-2.wasm":   "\x00asm",
		"models/index.json": "[]",
	}
	made := func(order []string, mode os.FileMode, when time.Time) []byte {
		site := t.TempDir()
		for _, name := range order {
			path := filepath.Join(site, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(files[name]), mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, when, when); err != nil {
				t.Fatal(err)
			}
		}
		out := filepath.Join(t.TempDir(), "site.zip")
		if err := run(site, out, "1800000000"); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	one := made([]string{"index.html", "assets/a-1.js", "assets/b-2.wasm", "models/index.json"}, 0o600, time.Unix(1e9, 0))
	two := made([]string{"models/index.json", "assets/b-2.wasm", "assets/a-1.js", "index.html"}, 0o644, time.Now())
	if !bytes.Equal(one, two) {
		t.Error("the same files gave different bytes")
	}
	z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != len(files) {
		t.Errorf("%d files went in, %d came out", len(files), len(z.File))
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if want, ok := files[f.Name]; err != nil || !ok || string(data) != want {
			t.Errorf("%s: %q, %v", f.Name, data, err)
		}
		if f.Modified.Unix() != 1800000000 || f.Mode() != 0o644 {
			t.Errorf("%s: of %v, mode %v", f.Name, f.Modified, f.Mode())
		}
	}
}

func TestRefusals(t *testing.T) {
	if err := run(t.TempDir(), filepath.Join(t.TempDir(), "x.zip"), ""); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("an empty folder gives %v", err)
	}
	for _, epoch := range []string{"yesterday", "0", "-1", "99999999999", "1e9"} {
		if _, err := modified(epoch); err == nil {
			t.Errorf("SOURCE_DATE_EPOCH=%s was accepted", epoch)
		}
	}
}

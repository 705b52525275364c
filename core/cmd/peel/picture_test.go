package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestPicture: the picture in the documentation is what the command draws.
func TestPicture(t *testing.T) {
	dir := t.TempDir()
	r := must(t, dir, "picture")
	published, err := os.ReadFile(filepath.Join("..", "..", "..", "site", "docs", "trace.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if r.out != string(published) {
		t.Error("site/docs/trace.svg is another picture: make it again with peel picture -o site/docs/trace.svg")
	}
	must(t, dir, "picture", "--seed", "5", "-o", "trace.svg")
	if file, err := os.ReadFile(filepath.Join(dir, "trace.svg")); err != nil || string(file) != r.out {
		t.Errorf("-o wrote something else (%v)", err)
	}
	if must(t, dir, "picture", "--seed", "6").out == r.out {
		t.Error("another seed gave the same picture")
	}
}

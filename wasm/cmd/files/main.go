//go:build js && wasm

// The program that reads and writes files of other formats. It is apart from the
// engine so that a page that needs it never does not load it.
package main

import "peel/wasm/internal/files"

func main() { files.Main() }

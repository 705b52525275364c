//go:build js && wasm

// The program that shows what came of a campaign. It is apart because it draws
// with gonum's plotter, whose fonts make it large, and few visitors ask for it.
package main

import "peel/wasm/internal/results"

func main() { results.Main() }

//go:build js && wasm

// The program that runs attacks of the literature: the engine of the first
// program with package published in it. It is apart because most visitors never
// need it, and is loaded when a run asks for such a method. It has no scorer,
// which never attacks.
package main

import (
	"fmt"
	"os"

	"peel/core/published"
	"peel/wasm/internal/conductor"
	"peel/wasm/internal/hand"
)

func main() {
	published.Install()
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	switch role {
	case "conductor":
		conductor.Main()
	case "hand":
		hand.Main()
	default:
		fmt.Fprintf(os.Stderr, "published: unknown role %q\n", role)
		os.Exit(2)
	}
}

//go:build js && wasm

// Peel in the browser: one program, three roles, each in Web Workers of its
// own. The worker script passes the role as the first argument.
package main

import (
	"fmt"
	"os"

	"peel/wasm/internal/conductor"
	"peel/wasm/internal/hand"
	"peel/wasm/internal/scorer"
)

func main() {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	switch role {
	case "conductor":
		conductor.Main()
	case "hand":
		hand.Main()
	case "scorer":
		scorer.Main()
	default:
		fmt.Fprintf(os.Stderr, "peel: unknown role %q\n", role)
		os.Exit(2)
	}
}

package main

import (
	"flag"
	"fmt"
	"io"
)

func convertCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("convert", flag.ContinueOnError)
	path := flags.String("o", "", "`file` to write; .safetensors, .npz, .onnx or .keras at its end says what kind")
	found, err := parse(e, flags, args, "NETWORK")
	if err != nil {
		return 0, err
	}
	if *path == "" {
		return 0, fmt.Errorf("-o is missing; say which file to write")
	}
	network, err := load(found[0])
	if err != nil {
		return 0, err
	}
	notify(e.err, network)
	out, err := newOutput(*path)
	if err != nil {
		return 0, err
	}
	defer out.discard()
	if err := out.write(network.net, network.meta); err != nil {
		return 0, err
	}
	fmt.Fprintf(e.out, "wrote %s: %s, %d parameters, SHA-256 %s\n", *path, formatSizes(network.net.Sizes()), network.net.Params(), network.net.Fingerprint())
	return exitOK, nil
}

// notify says what was left out of a network as it was read.
func notify(w io.Writer, networks ...*loaded) {
	for _, n := range networks {
		for _, s := range n.notices {
			fmt.Fprintf(w, "note: %s: %s\n", n.name, s)
		}
	}
}

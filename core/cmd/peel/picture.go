package main

import (
	"flag"
	"fmt"

	"peel/core/picture"
	"peel/core/run"
)

func pictureCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("picture", flag.ContinueOnError)
	// The default is the picture in site/docs.
	seed := flags.Uint64("seed", 5, "`number` that names the network: the same seed gives the same picture")
	path := flags.String("o", "", "`file` to write, instead of the standard output")
	if _, err := parse(e, flags, args); err != nil {
		return 0, err
	}
	if *seed > run.MaxSeed {
		return 0, fmt.Errorf("the seed %d is larger than %d; choose a smaller one", *seed, int64(run.MaxSeed))
	}
	figure, err := picture.New(*seed)
	if err != nil {
		return 0, err
	}
	svg := figure.SVG()
	if *path == "" {
		if _, err := e.out.Write(svg); err != nil {
			return 0, fmt.Errorf("the picture cannot be written (%v)", reason(err))
		}
		return exitOK, nil
	}
	out, err := newOutput(*path)
	if err != nil {
		return 0, err
	}
	defer out.discard()
	if err := out.writeBytes(svg); err != nil {
		return 0, err
	}
	fmt.Fprintf(e.out, "wrote %s: a trace over %d crossings of layer 1\n", *path, len(figure.Trace.Tests))
	return exitOK, nil
}

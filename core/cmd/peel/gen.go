package main

import (
	"flag"
	"fmt"
	"strconv"
	"strings"

	"peel/core/nn"
	"peel/core/run"
	"peel/models/random"
	"peel/models/weights"
)

func genCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "`number` that names the network: the same seed gives the same file")
	path := flags.String("o", "", "`file` to write")
	found, err := parse(e, flags, args, "SIZES")
	if err != nil {
		return 0, err
	}
	sizes, err := nn.ParseSizes(found[0])
	if err != nil {
		return 0, err
	}
	if *seed > run.MaxSeed {
		return 0, fmt.Errorf("the seed %d is larger than %d; choose a smaller one", *seed, int64(run.MaxSeed))
	}
	if *path == "" {
		return 0, fmt.Errorf("-o is missing; say which file to write")
	}
	out, err := newOutput(*path)
	if err != nil {
		return 0, err
	}
	defer out.discard()
	net, err := random.Carlini(sizes, *seed)
	if err != nil {
		return 0, fmt.Errorf("%w; choose other sizes", err)
	}
	long := formatSizes(sizes)
	err = out.write(net, weights.Meta{
		"name":         fmt.Sprintf("random-%s-s%d", long, *seed),
		"description":  "A random network, briefly trained on coin flips.",
		"architecture": long,
		"activation":   "relu",
		"output":       "linear",
		"data set":     "20 inputs from N(0,1), each labelled by a coin",
		"recipe":       "Carlini et al.: Glorot uniform, zero biases, sigmoid left off after training, mean squared error, Adam 0.0003, batch 4",
		"epochs":       "100",
		"seed":         strconv.FormatUint(*seed, 10),
	})
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(e.out, "wrote %s: %s, %d parameters, SHA-256 %s\n", *path, long, net.Params(), net.Fingerprint())
	return exitOK, nil
}

// formatSizes writes layer widths as 784-24-12-1.
func formatSizes(sizes []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(sizes), " ", "-"), "[]")
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// parse reads flags that may stand before, between or after the positional
// arguments, of which there must be exactly those named; a name that ends in …
// stands for any number, and one in brackets may be left out.
func parse(e env, flags *flag.FlagSet, args []string, names ...string) ([]string, error) {
	flags.SetOutput(io.Discard)
	var found []string
	for {
		err := flags.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(e.out, "peel %s %s [flags]\n", flags.Name(), strings.Join(names, " "))
			flags.SetOutput(e.out)
			flags.PrintDefaults()
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("%v; run \"peel %s -h\" for its flags", err, flags.Name())
		}
		if args = flags.Args(); len(args) == 0 {
			break
		}
		found, args = append(found, args[0]), args[1:]
	}
	if len(names) > 0 && strings.HasSuffix(names[len(names)-1], "…") {
		return found, nil
	}
	if len(found) < len(names) && !strings.HasPrefix(names[len(found)], "[") {
		return nil, fmt.Errorf("%s is missing; run \"peel %s -h\" for what it takes", names[len(found)], flags.Name())
	}
	if len(found) > len(names) {
		return nil, fmt.Errorf("there is one argument too many, %q; run \"peel %s -h\" for what it takes", found[len(names)], flags.Name())
	}
	return found, nil
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"peel/core/link"
	"peel/core/nn"
	"peel/core/run"
	"peel/models"
	"peel/models/origin"
	"peel/models/weights"
)

func verifyCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	var workers int
	workersFlag(flags, &workers)
	file := flags.String("victim", "", "`file` of the network, where the link only names it")
	show := flags.Bool("show", false, "say what the link holds, and run nothing")
	found, err := parse(e, flags, args, "LINK")
	if err != nil {
		return 0, err
	}
	if err := checkWorkers(workers); err != nil {
		return 0, err
	}
	experiment, err := link.Decode(link.Fragment(found[0]))
	if err != nil {
		return 0, err
	}
	if *show {
		printLines(e.out, append(experiment.Attack(), experiment.Result()...))
		return exitOK, nil
	}
	if experiment.Claim == nil {
		return 0, fmt.Errorf("this link was made before a run and claims no result; there is nothing to verify, but --show says what it holds")
	}
	printLines(e.out, append(experiment.Attack(), experiment.Result()...))
	net, err := linked(experiment.Victim, *file)
	if errors.Is(err, errNotHere) {
		fmt.Fprintf(e.out, "\ndiffers: %v\n", err)
		return exitIncomplete, nil
	}
	if err != nil {
		return 0, err
	}
	spec, err := experiment.Spec(net)
	if err != nil {
		return 0, err
	}
	victim := &loaded{name: spec.Victim.Name, net: net}
	outcome, last, err := attack(e, workers, false, victim, spec, &run.Memory{})
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(e.err, "peel verify: stopped after %d queries; nothing was found out\n", last.Queries)
		return exitIncomplete, nil
	}
	if err != nil {
		fmt.Fprintf(e.out, "\ndiffers: %v\n", err)
		return exitIncomplete, nil
	}
	return verdictOf(e.out, experiment, link.ClaimOf(outcome)), nil
}

// verdictOf prints how a run compares with what its link claims.
func verdictOf(w io.Writer, experiment *link.Experiment, got link.Claim) int {
	reproduced, differences := experiment.Compare(run.Engine, got)
	code := exitOK
	if reproduced {
		fmt.Fprint(w, "\nreproduced, bit for bit\n")
	} else {
		fmt.Fprint(w, "\ndiffers\n")
		code = exitIncomplete
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range differences {
		fmt.Fprintf(t, "%s\tlink: %s\there: %s\n", strings.ToLower(d.Name), d.Link, d.Here)
	}
	t.Flush()
	return code
}

func printLines(w io.Writer, lines []link.Line) {
	for _, l := range lines {
		fmt.Fprintf(w, "%-10s%s\n", strings.ToLower(l.Name), l.Text)
	}
}

// errNotHere is wrapped when this Peel does not have the victim of a link.
var errNotHere = errors.New("this Peel does not ship that victim")

// linked returns the network of a link's victim; file is that of one that the
// link only names.
func linked(v link.Victim, file string) (*nn.Network, error) {
	switch v := v.(type) {
	case link.Shipped:
		data, err := models.File(v.ID)
		if err != nil {
			return nil, errNotHere
		}
		net, _, err := weights.Decode(data)
		if err == nil && net.Fingerprint() != v.SHA256 {
			return nil, fmt.Errorf("%w but another one of that name, SHA-256 %s", errNotHere, net.Fingerprint())
		}
		return net, err
	case link.File:
		if file == "" {
			return nil, fmt.Errorf("the link does not hold its network, which is too large; give its file with --victim FILE")
		}
		victim, err := load(file)
		if err != nil {
			return nil, err
		}
		return victim.net, nil
	}
	return origin.Make(v)
}

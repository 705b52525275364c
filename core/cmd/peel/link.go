package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"peel/core/link"
	"peel/models"
	"peel/models/origin"
)

func linkCommand(e env, args []string) (int, error) {
	var f runFlags
	flags := flag.NewFlagSet("link", flag.ContinueOnError)
	f.add(flags)
	runs := flags.Bool("run", false, "run it first, and put the result in the link; --journal does so too, and asks nothing again that it holds")
	base := flags.String("base", "", "`address` of a page of Peel, to print a whole address")
	found, err := parse(e, flags, args, "VICTIM")
	if err != nil {
		return 0, err
	}
	if strings.ContainsAny(*base, "# \n") {
		return 0, fmt.Errorf("--base %q is not the address of a page; leave out what follows #", *base)
	}
	victim, spec, err := f.begin(found[0])
	if err != nil {
		return 0, err
	}
	named, err := nameVictim(victim)
	if err != nil {
		return 0, err
	}
	experiment := link.Of(spec, named)
	if err := experiment.Check(); err != nil { // before a long run
		return 0, fmt.Errorf("%w; choose a smaller victim", err)
	}
	if *runs || f.journal != "" {
		journal, done, err := f.keep(spec)
		if err != nil {
			return 0, err
		}
		defer done()
		outcome, last, err := attack(e, f.workers, false, victim, spec, journal)
		if errors.Is(err, context.Canceled) {
			fmt.Fprintln(e.err, interrupted("link", f.journal, last.Queries))
			return exitIncomplete, nil
		}
		if err != nil {
			return 0, err
		}
		claim := link.ClaimOf(outcome)
		experiment.Claim = &claim
	}
	text, err := link.Encode(experiment)
	if err != nil {
		return 0, err
	}
	if *base != "" {
		text = *base + "#" + text
	}
	fmt.Fprintln(e.out, text)
	return exitOK, nil
}

// nameVictim returns how a link names a victim: one that Peel ships by its name,
// wherever its file was found.
func nameVictim(victim *loaded) (link.Victim, error) {
	all, err := models.Catalogue()
	if err != nil {
		return nil, err
	}
	fingerprint := victim.net.Fingerprint()
	for _, m := range all {
		if m.SHA256 == fingerprint {
			return link.Shipped{ID: m.Name, SHA256: m.SHA256, Sizes: m.Sizes}, nil
		}
	}
	return origin.Of(victim.net, victim.meta), nil
}

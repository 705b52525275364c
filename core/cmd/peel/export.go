package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"peel/core/extract"
	"peel/core/run"
	"peel/models/recovered"
	"peel/models/runfile"
	"peel/models/weights"
)

func exportCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("export", flag.ContinueOnError)
	path := flags.String("o", "", "`file` to write, best ending in "+runfile.Suffix)
	with := flags.String("victim", "", "the victim, a `file` or a name, to be put in as well")
	found, err := parse(e, flags, args, "JOURNAL")
	if err != nil {
		return 0, err
	}
	if *path == "" {
		return 0, fmt.Errorf("-o is missing; say which file to write")
	}
	spec, results, err := readJournal(found[0])
	if err != nil {
		return 0, err
	}
	c, err := run.Look(spec, results, func(extract.Event) {})
	if err != nil {
		return 0, fmt.Errorf("%s: %w; delete the file and run again", found[0], err)
	}
	r, err := c.Record()
	if err != nil {
		return 0, err
	}
	parts := runfile.Parts{Spec: r.Spec, Figures: r.Figures, Journal: r.Journal}
	if *with != "" {
		if parts.Victim, err = victimOf(c, *with); err != nil {
			return 0, err
		}
	}
	if c.Outcome != nil {
		if parts.Recovered, err = recovered.Encode(c.Spec, c.Outcome); err != nil {
			return 0, err
		}
	}
	data, err := runfile.Pack(parts)
	if err != nil {
		return 0, err
	}
	out, err := newOutput(*path)
	if err != nil {
		return 0, err
	}
	defer out.discard()
	if err := out.writeBytes(data); err != nil {
		return 0, err
	}
	fmt.Fprintf(e.out, "wrote %s: %s\n", *path, describe(c))
	return exitOK, nil
}

// readJournal reads the journal of any run of this engine.
func readJournal(path string) (run.Spec, []extract.Result, error) {
	info, err := os.Stat(path)
	if err != nil {
		return run.Spec{}, nil, fmt.Errorf("the journal %s cannot be read (%v); choose another file", path, reason(err))
	}
	if !info.Mode().IsRegular() {
		return run.Spec{}, nil, fmt.Errorf("the journal %s is not an ordinary file; choose another", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return run.Spec{}, nil, fmt.Errorf("the journal %s cannot be read (%v); choose another file", path, reason(err))
	}
	head, rest, _ := bytes.Cut(data, []byte("\n"))
	spec, err := run.ParseSpec(head)
	if err != nil {
		return spec, nil, fmt.Errorf("%s is not a journal of this Peel (%w); choose another file", path, err)
	}
	rest = rest[:bytes.LastIndexByte(rest, '\n')+1] // a last line may be cut off
	results, err := run.ParseResults(rest)
	if err != nil {
		return spec, nil, fmt.Errorf("%s: %w; delete the file and run again", path, err)
	}
	return spec, results, nil
}

// victimOf returns the file of the network that a run attacked.
func victimOf(c *run.Checked, name string) ([]byte, error) {
	v, err := load(name)
	if err != nil {
		return nil, err
	}
	if v.net.Fingerprint() != c.Spec.Victim.SHA256 {
		return nil, fmt.Errorf("%s is not the network that the run attacked (%s); give that one", name, c.Spec.Victim.Name)
	}
	return weights.Encode(v.net, v.meta)
}

// describe says in a few words what a run is and where it stands.
func describe(c *run.Checked) string {
	text := fmt.Sprintf("%s, %s, seed %d, %d queries", c.Spec.Victim.Name, formatSizes(c.Spec.Sizes), c.Spec.Seed, c.Figures.Queries)
	switch {
	case c.Outcome == nil:
		return text + ", unfinished"
	case c.Outcome.Complete:
		return text + ", complete, digest " + c.Figures.Digest
	}
	return text + ", recovered in part, digest " + c.Figures.Digest
}

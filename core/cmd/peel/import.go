package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"

	"peel/core/extract"
	"peel/core/run"
	"peel/models/recovered"
	"peel/models/runfile"
	"peel/models/weights"
)

func importCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("import", flag.ContinueOnError)
	journal := flags.String("journal", "", "new `file` for the journal, with which extract goes on")
	out := flags.String("o", "", "`file` for the recovered network")
	victimOut := flags.String("victim", "", "`file` for the victim, if it is in the run")
	found, err := parse(e, flags, args, "RUN")
	if err != nil {
		return 0, err
	}
	data, err := readFile(found[0])
	if err != nil {
		return 0, err
	}
	parts, err := runfile.Unpack(data)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", found[0], err)
	}
	c, victim, err := check(parts)
	if err != nil {
		return 0, fmt.Errorf("%s: %w; ask for the file again", found[0], err)
	}
	fmt.Fprintln(e.out, describe(c))
	fmt.Fprintln(e.out, "its journal was replayed and gives the figures it claims")
	if *journal != "" {
		if err := writeJournal(*journal, c.Spec, c.Results); err != nil {
			return 0, err
		}
		fmt.Fprintf(e.out, "wrote %s, from which extract goes on with the same victim and flags\n", *journal)
	}
	if *out != "" {
		if c.Outcome == nil {
			return 0, fmt.Errorf("%s is unfinished and has no recovered network; import its journal and go on with extract", found[0])
		}
		if err := save(e, *out, &loaded{net: c.Outcome.Network, meta: recovered.Meta(c.Spec, c.Outcome)}); err != nil {
			return 0, err
		}
	}
	if *victimOut != "" {
		if victim == nil {
			return 0, fmt.Errorf("%s does not hold its victim; leave out --victim", found[0])
		}
		if err := save(e, *victimOut, victim); err != nil {
			return 0, err
		}
	}
	return exitOK, nil
}

// save writes a network.
func save(e env, path string, n *loaded) error {
	out, err := newOutput(path)
	if err != nil {
		return err
	}
	defer out.discard()
	if err := out.write(n.net, n.meta); err != nil {
		return err
	}
	fmt.Fprintf(e.out, "wrote %s\n", path)
	return nil
}

// check replays an imported run and compares every part with what comes out.
func check(p runfile.Parts) (*run.Checked, *loaded, error) {
	c, err := run.Record{Spec: p.Spec, Figures: p.Figures, Journal: p.Journal}.Check(func(extract.Event) {})
	if err != nil {
		return nil, nil, err
	}
	if p.Recovered != nil {
		net, _, err := weights.Decode(p.Recovered)
		if err != nil || c.Outcome == nil || net.Fingerprint() != c.Outcome.Network.Fingerprint() {
			return nil, nil, errors.New("its recovered network is not the one that its journal gives")
		}
	}
	if p.Victim == nil {
		return c, nil, nil
	}
	net, meta, err := weights.Decode(p.Victim)
	if err != nil || net.Fingerprint() != c.Spec.Victim.SHA256 {
		return nil, nil, errors.New("the victim in it is not the one that the run attacked")
	}
	return c, &loaded{name: c.Spec.Victim.Name, net: net, meta: meta}, nil
}

// writeJournal begins a journal with what a run has found. It never overwrites.
func writeJournal(path string, spec run.Spec, results []extract.Result) error {
	head, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is not overwritten; choose another file", path)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written (%v); choose another place", path, reason(err))
	}
	var b bytes.Buffer
	b.Write(append(head, '\n'))
	b.Write(run.AppendResults(nil, results))
	_, err = f.Write(b.Bytes())
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil {
		os.Remove(path)
		return fmt.Errorf("%s cannot be written (%v); choose another place", path, reason(err))
	}
	return nil
}

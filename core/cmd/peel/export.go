package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"peel/core/extract"
	"peel/core/run"
	"peel/models/formats"
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
	r, err := replay(spec, results)
	if err != nil {
		return 0, fmt.Errorf("%s: %w; delete the file and run again", found[0], err)
	}
	parts := runfile.Parts{Journal: run.AppendResults(nil, results)}
	if *with != "" {
		if parts.Victim, err = r.victim(*with); err != nil {
			return 0, err
		}
	}
	if parts.Spec, err = indented(spec); err != nil {
		return 0, err
	}
	if parts.Figures, err = indented(r.figures); err != nil {
		return 0, err
	}
	if r.outcome != nil {
		if parts.Recovered, err = weights.Encode(r.outcome.Network, r.meta()); err != nil {
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
	fmt.Fprintf(e.out, "wrote %s: %s\n", *path, r.describe())
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

// replayed is a run as far as its journal goes.
type replayed struct {
	spec    run.Spec
	figures run.Figures
	outcome *extract.Outcome // nil when the run can go on
}

func replay(spec run.Spec, results []extract.Result) (*replayed, error) {
	r := &replayed{spec: spec}
	var err error
	r.outcome, err = run.Replay(spec, results, r.figures.Follow)
	return r, err
}

// meta is what the recovered network's file says about itself.
func (r *replayed) meta() weights.Meta {
	return outcomeMeta(&loaded{name: r.spec.Victim.Name}, r.spec, r.outcome, r.figures.Digest)
}

// victim returns the file of the network that the run attacked.
func (r *replayed) victim(name string) ([]byte, error) {
	v, err := load(name)
	if err != nil {
		return nil, err
	}
	if v.net.Fingerprint() != r.spec.Victim.SHA256 {
		return nil, fmt.Errorf("%s is not the network that the run attacked (%s); give that one", name, r.spec.Victim.Name)
	}
	return formats.Encode(formats.Safetensors, v.net, v.meta)
}

// describe says in a few words what a run is and where it stands.
func (r *replayed) describe() string {
	text := fmt.Sprintf("%s, %s, seed %d, %d queries", r.spec.Victim.Name, formatSizes(r.spec.Sizes), r.spec.Seed, r.figures.Queries)
	switch {
	case r.outcome == nil:
		return text + ", unfinished"
	case r.outcome.Complete:
		return text + ", complete, digest " + r.figures.Digest
	}
	return text + ", recovered in part, digest " + r.figures.Digest
}

// indented is JSON for people too.
func indented(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return append(b, '\n'), err
}

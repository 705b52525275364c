package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"peel/core/campaign"
	"peel/core/campaign/report"
	"peel/core/cmd/campaigns"
	"peel/core/nn"
)

// campaignFlags are those flags of "peel bench" that are about campaigns.
type campaignFlags struct {
	results, same, machine, report, plots, cache string
	atOnce                                       int
	markdown                                     bool
}

// defaultCache is where trained victims are kept, in the folder of whatever is built.
var defaultCache = filepath.Join("build", "victims")

func (f *campaignFlags) add(flags *flag.FlagSet) {
	flags.StringVar(&f.results, "results", "", "`file` to append a campaign's results to; CAMPAIGN.results.jsonl if none is named")
	flags.IntVar(&f.atOnce, "at-once", runtime.NumCPU(), "`number` of a campaign's runs at a time, each on one thread")
	flags.StringVar(&f.machine, "machine", "", "the machine in `words`, for the results")
	flags.StringVar(&f.same, "same", "", "`file` of results of the same campaign; fail where a run does not repeat them")
	flags.StringVar(&f.report, "report", "", "`file` of results to show; nothing is run")
	flags.BoolVar(&f.markdown, "markdown", false, "print tables as Markdown")
	flags.StringVar(&f.plots, "plots", "", "`folder` to write a campaign's figures to, as SVG")
	flags.StringVar(&f.cache, "cache", defaultCache, "`folder` that keeps victims which a campaign trains")
}

// meant reports whether a campaign is asked for.
func (f *campaignFlags) meant(found []string) bool {
	return f.report != "" || len(found) > 0 && strings.HasSuffix(found[0], ".json")
}

func (f *campaignFlags) run(e env, flags *flag.FlagSet, found []string) (int, error) {
	var wrong error
	flags.Visit(func(given *flag.Flag) {
		switch given.Name {
		case "results", "at-once", "machine", "same", "report", "markdown", "plots", "cache":
		default:
			wrong = fmt.Errorf("--%s is not for campaigns; the campaign's file says what is run", given.Name)
		}
	})
	switch {
	case wrong != nil:
		return 0, wrong
	case f.report != "" && len(found) > 0:
		return 0, fmt.Errorf("--report shows results and runs nothing; leave out %q", found[0])
	case f.report != "":
		results, err := readResults(f.report)
		if err != nil {
			return 0, err
		}
		return exitOK, f.show(e, results)
	case len(found) > 1:
		return 0, fmt.Errorf("there is one argument too many, %q; run one campaign at a time", found[1])
	}
	return f.campaign(e, found[0])
}

// campaign runs one and shows what came of it.
func (f *campaignFlags) campaign(e env, path string) (int, error) {
	if f.atOnce < 1 || f.atOnce > maxWorkers {
		return 0, fmt.Errorf("--at-once is %d; choose 1 to %d", f.atOnce, maxWorkers)
	}
	data, err := readFile(path)
	if err != nil {
		return 0, err
	}
	c, err := campaign.Parse(data)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	var same *campaign.Results
	if f.same != "" {
		if same, err = readResults(f.same); err != nil {
			return 0, err
		}
	}
	if f.results == "" {
		f.results = strings.TrimSuffix(path, ".json") + ".results.jsonl"
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	results, err := campaigns.Run(ctx, c, campaigns.Options{Results: f.results, AtOnce: f.atOnce, Machine: f.machine, Log: e.err,
		Victims: campaigns.Victims{Cache: f.cache, Load: loadNetwork, Log: e.err}})
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(e.err, "peel bench: stopped; %s keeps what was done, and the same command goes on from there\n", f.results)
		return exitIncomplete, nil
	}
	if err != nil {
		return 0, err
	}
	if err := f.show(e, results); err != nil {
		return 0, err
	}
	if same == nil {
		return exitOK, nil
	}
	differ := campaign.Differ(results, same)
	for _, d := range differ {
		fmt.Fprintf(e.err, "peel bench: %s\n", d)
	}
	if len(differ) > 0 {
		return exitIncomplete, nil
	}
	fmt.Fprintf(e.out, "\nEvery run gave the digest that %s has.\n", f.same)
	return exitOK, nil
}

func loadNetwork(path string) (*nn.Network, error) {
	l, err := load(path)
	if err != nil {
		return nil, err
	}
	return l.net, nil
}

func readResults(path string) (*campaign.Results, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read (%v); name a file of results", path, reason(err))
	}
	r, err := campaign.ParseResults(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// show prints the tables of a campaign and writes its figures.
func (f *campaignFlags) show(e env, results *campaign.Results) error {
	r, err := report.Of(results)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s\nEngine %s. %s. %d runs at a time.\n", r.Title, r.Engine, r.Machine, r.AtOnce)
	for _, n := range r.Notes {
		fmt.Fprintln(e.out, n)
	}
	for i := range r.Tables {
		text := r.Tables[i].Text()
		if f.markdown {
			text = r.Tables[i].Markdown()
		}
		fmt.Fprintf(e.out, "\n%s", text)
	}
	if f.plots == "" {
		if len(r.Figures) > 0 {
			fmt.Fprintf(e.out, "\n%d figures: add --plots FOLDER to have them as SVG.\n", len(r.Figures))
		}
		return nil
	}
	if err := os.MkdirAll(f.plots, 0o755); err != nil {
		return fmt.Errorf("the folder %s cannot be made (%v); choose another with --plots", f.plots, reason(err))
	}
	for _, figure := range r.Figures {
		path := filepath.Join(f.plots, figure.ID+".svg")
		if err := os.WriteFile(path, []byte(r.Pictures[figure.ID]), 0o644); err != nil {
			return fmt.Errorf("%s cannot be written (%v); choose another folder with --plots", path, reason(err))
		}
		fmt.Fprintf(e.out, "wrote %s: %s\n", path, figure.Title)
	}
	return nil
}

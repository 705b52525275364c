package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"peel/core/fidelity"
	"peel/models/mnist"
	"peel/models/mnist/data"
)

func scoreCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("score", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "`number` from which the random inputs follow")
	asJSON := flags.Bool("json", false, "write the report as JSON")
	found, err := parse(e, flags, args, "VICTIM", "OUT")
	if err != nil {
		return 0, err
	}
	victim, err := load(found[0])
	if err != nil {
		return 0, err
	}
	recovered, err := load(found[1])
	if err != nil {
		return 0, err
	}
	opt := fidelity.Options{Seed: *seed}
	note := addImages(&opt, victim)
	report, err := fidelity.Compare(victim.net, recovered.net, opt)
	if err != nil {
		return 0, err
	}
	if *asJSON {
		out := json.NewEncoder(e.out)
		out.SetIndent("", "  ")
		if err := out.Encode(report); err != nil {
			return 0, err
		}
	} else {
		printReport(e.out, report, note)
	}
	if report.Identical() || report.Equivalent() {
		return exitOK, nil
	}
	return exitIncomplete, nil
}

// addImages adds the MNIST test images for a victim that can read them, or
// returns why it could not.
func addImages(opt *fidelity.Options, victim *loaded) (note string) {
	if victim.net.In() != mnist.Pixels {
		return ""
	}
	test, err := data.Test()
	if err != nil {
		return fmt.Sprintf("MNIST test images were not compared: %v.", err)
	}
	opt.Images, opt.Labels = test.X, test.Labels
	return ""
}

func printReport(w io.Writer, r *fidelity.Report, note string) {
	fmt.Fprintf(w, "Aligned weight error: rows after undoing the order and the positive scales of\nhidden neurons. A row is right within %g of its norm, its bias included.\n\n", fidelity.RowTolerance)
	printLayers(w, r)
	fmt.Fprintf(w, "\nSampled |f − f̂|: answers on the same inputs. They are the same within %g of\nthe largest |f|.\n\n", fidelity.FunctionTolerance)
	printSamples(w, r)
	if note != "" {
		fmt.Fprintf(w, "\n%s\n", note)
	}
	fmt.Fprintf(w, "\nVerdict: %s\n", verdict(r))
}

func printLayers(w io.Writer, r *fidelity.Report) {
	if r.Note != "" {
		fmt.Fprintf(w, "Rows were not compared: %s.\n", r.Note)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "layer\trows\tright\timprecise\twrong sign\tmissing\tworst row error\tin bits\t")
	for _, l := range r.Layers {
		name := fmt.Sprint(l.Index)
		if l.Output {
			name = "output"
		}
		worst, inBits := fmt.Sprintf("%.1e", l.WorstRow), bits(l.WorstRow)
		if l.Missing == l.Neurons && !l.Output {
			worst, inBits = "–", "–"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t\n", name, l.Neurons, l.Right, l.Imprecise, l.WrongSigns, l.Missing, worst, inBits)
	}
	t.Flush()
	for _, l := range r.Layers {
		if l.Inactive > 0 {
			fmt.Fprintf(w, "Layer %d: no input tried switches on %d of the victim's neurons.\n", l.Index, l.Inactive)
		}
		if l.Duplicates > 0 {
			fmt.Fprintf(w, "Layer %d: %d of the victim's neurons repeat the hyperplane of another.\n", l.Index, l.Duplicates)
		}
		if l.Uncompared > 0 {
			fmt.Fprintf(w, "Layer %d: rows were compared without %d inputs whose neurons are missing below.\n", l.Index, l.Uncompared)
		}
	}
}

// bits writes a relative error as a power of two.
func bits(e float64) string {
	if e == 0 {
		return "exact"
	}
	return fmt.Sprintf("2^%.1f", math.Log2(e))
}

func printSamples(w io.Writer, r *fidelity.Report) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "inputs\tpoints\tmax |f|\tmax |f − f̂|\trelative\tsame label\t")
	for _, s := range r.Samples {
		fmt.Fprintf(t, "%s\t%d\t%.4g\t%.1e\t%.1e\t%.2f %%\t\n", sampleName(s), s.Points, s.MaxF, s.MaxError, s.MaxError/s.MaxF, 100*s.Agreement)
	}
	t.Flush()
	for _, s := range r.Samples {
		if s.Labelled {
			fmt.Fprintf(w, "Accuracy on %s: victim %.2f %%, recovered %.2f %%.\n", sampleName(s), 100*s.Victim, 100*s.Recovered)
		}
	}
}

func sampleName(s fidelity.Sample) string {
	if s.Name == "images" {
		return "MNIST test images"
	}
	return s.Name
}

func verdict(r *fidelity.Report) string {
	rows := fmt.Sprintf("wrong signs: %d, missing rows: %d", r.WrongSigns(), r.Missing())
	switch {
	case r.Identical() && r.Equivalent():
		return "identical. Every row is right and every answer is the same."
	case r.Identical():
		return "every row is right, but some answers differ; the rounding of this network is large."
	case r.Equivalent() && len(r.Layers) == 0:
		return "equivalent on every input tried. The shapes differ."
	case r.Equivalent():
		return "equivalent on every input tried, though not every row is right (" + rows + ")."
	case len(r.Layers) == 0:
		return "different."
	}
	return "different (" + rows + ")."
}

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"peel/core/extract"
	"peel/core/fidelity"
	"peel/models/mnist"
	"peel/models/mnist/data"
)

func scoreCommand(e env, args []string) (int, error) {
	flags := flag.NewFlagSet("score", flag.ContinueOnError)
	seed := flags.Uint64("seed", 1, "`number` from which the random inputs follow")
	asJSON := flags.Bool("json", false, "write the report as JSON")
	events := flags.String("events", "", "`file` with what extract --json wrote: print a table of the layers instead, with the queries and seconds of each")
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
	notify(e.err, victim, recovered)
	opt := fidelity.Options{Seed: *seed}
	note := addImages(&opt, victim)
	if text, ok := recovered.meta["coverage"]; ok {
		if opt.Undecided, err = extract.UndecidedIn(text, recovered.net.Sizes()); err != nil {
			return 0, fmt.Errorf("%s does not say which of its signs are undecided (%w); extract it again", found[1], err)
		}
	}
	report, err := fidelity.Compare(victim.net, recovered.net, opt)
	if err != nil {
		return 0, err
	}
	if *events != "" {
		if err := printDepth(e.out, report, *events); err != nil {
			return 0, err
		}
	} else if *asJSON {
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

// printReport prints the three grades, each with the question that it answers.
func printReport(w io.Writer, r *fidelity.Report, note string) {
	fmt.Fprintf(w, `Grade 1. Aligned weight error: are the weights the same numbers? Rows are compared
after undoing the order and the positive scales of hidden neurons, which no answer
can tell. A row is right within %g of its norm, its bias included.

`, fidelity.RowTolerance)
	printLayers(w, r)
	fmt.Fprintf(w, `
Grade 2. Sampled |f − f̂|: are the answers the same on inputs that were tried? That
is evidence, not a proof. They are the same within %g of the largest |f|.

`, fidelity.FunctionTolerance)
	printSamples(w, r)
	if note != "" {
		fmt.Fprintf(w, "\n%s\n", note)
	}
	fmt.Fprint(w, `
Grade 3. Certified bound: how far apart can the answers be, on any input of a set,
tried or not? That is a proof, and counts every error at its worst.

`)
	printBounds(w, r)
	fmt.Fprintf(w, "\nVerdict: %s\n", verdict(r))
}

func printLayers(w io.Writer, r *fidelity.Report) {
	if r.Note != "" {
		fmt.Fprintf(w, "Rows were not compared: %s.\n", r.Note)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "layer\trows\tright\timprecise\twrong sign\tundecided\tmissing\tworst row error\tin bits\tworst weight\t")
	for _, l := range r.Layers {
		name := strings.ToLower(strings.TrimPrefix(layerName(l), "Layer "))
		worst, inBits, entry := fmt.Sprintf("%.1e", l.WorstRow), bits(l.WorstRow), fmt.Sprintf("%.1e", l.WorstEntry)
		if l.Missing == l.Neurons && l.WorstRow == 0 {
			worst, inBits, entry = "–", "–", "–"
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t\n", name, l.Neurons, l.Right, l.Imprecise, l.WrongSigns, l.Undecided, l.Missing, worst, inBits, entry)
	}
	t.Flush()
	fmt.Fprintln(w, "Row errors are relative to the row's norm, in bits −log2 of that (float64 has 53);\nthe worst weight is the largest absolute error of a weight or bias.")
	for _, l := range r.Layers {
		if !l.Output && l.Right < l.Neurons {
			fmt.Fprintf(w, "Layer %d: %d of its %d neurons do the same as a recovered one on every input that was tried, up to scale, and %d are never on.\n", l.Index, l.Alike, l.Neurons, l.Inactive)
		}
	}
	for i, l := range r.Layers {
		if l.Undecided > 0 {
			fmt.Fprintf(w, "Layer %d: the run ended before it knew which side of %d of these hyperplanes is active.\n", l.Index, l.Undecided)
		}
		if l.Inactive > 0 {
			fmt.Fprintf(w, "Layer %d: no input tried switches on %d of the victim's neurons.\n", l.Index, l.Inactive)
		}
		if l.Duplicates > 0 {
			fmt.Fprintf(w, "Layer %d: %d of the victim's neurons repeat the hyperplane of another.\n", l.Index, l.Duplicates)
		}
		switch below := r.Sizes[i]; {
		case l.Uncompared == below:
			fmt.Fprintf(w, "%s: rows cannot be compared, because every neuron below is missing.\n", layerName(l))
		case l.Uncompared > 0:
			fmt.Fprintf(w, "%s: rows were compared without %d of %d inputs, whose neurons are missing below.\n", layerName(l), l.Uncompared, below)
		}
	}
}

func layerName(l fidelity.Layer) string {
	if l.Output {
		return "Output"
	}
	return fmt.Sprintf("Layer %d", l.Index)
}

// bits writes a relative error as the number of leading bits that are right.
func bits(e float64) string {
	if e == 0 {
		return "all 53"
	}
	return fmt.Sprintf("%.1f", fidelity.Bits(e))
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

func printBounds(w io.Writer, r *fidelity.Report) {
	for _, b := range r.Bounds {
		if b.Why != "" {
			fmt.Fprintf(w, "No bound for %s: %s.\n", b.Set, b.Why)
			continue
		}
		fmt.Fprintf(w, "|f − f̂| ≤ %.1e for %s.\n", b.Epsilon, b.Set)
		if b.Delta > 0 {
			fmt.Fprintf(w, "An input drawn from N(0,1) is one of these with probability 1 − δ, δ = 2^%.0f: the copy is\n(ε, δ)-functionally equivalent on normal inputs, with ε = %.1e.\n", math.Log2(b.Delta), b.Epsilon)
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
	if n := r.Undecided(); n > 0 {
		rows += fmt.Sprintf(", signs undecided: %d", n)
	}
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

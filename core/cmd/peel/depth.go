package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strings"

	"peel/core/extract"
	"peel/core/fidelity"
)

// spent is what one layer of a run took.
type spent struct {
	queries int64
	seconds float64
}

// spentByLayer reads the events that "extract --json" wrote and says what each
// layer took; what comes after the last hidden layer is the output's.
func spentByLayer(r io.Reader, layers int) ([]spent, error) {
	out := make([]spent, layers)
	var last extract.Event
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for n := 1; lines.Scan(); n++ {
		var e extract.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, fmt.Errorf("line %d is no event: %w", n, err)
		}
		if e.Type == "start" {
			last = e
		}
		if e.Type != "progress" {
			continue
		}
		i := e.Layer - 1
		if i < 0 {
			i = 0
			if e.Phase == extract.PhaseOutput || e.Phase == extract.PhaseVerify {
				i = layers - 1
			}
		}
		if i >= layers {
			return nil, fmt.Errorf("line %d speaks of layer %d, and the network has %d", n, e.Layer, layers)
		}
		out[i].queries += e.Queries - last.Queries
		out[i].seconds += e.Seconds - last.Seconds
		last = e
	}
	return out, lines.Err()
}

// printDepth writes a Markdown table: how well each layer came out and what it
// took.
func printDepth(w io.Writer, r *fidelity.Report, events string) error {
	file, err := os.Open(events)
	if err != nil {
		return err
	}
	defer file.Close()
	took, err := spentByLayer(file, len(r.Sizes)-1)
	if err != nil {
		return fmt.Errorf("%s: %w; write it with peel extract --json", events, err)
	}
	fmt.Fprintln(w, "| layer | rows right | imprecise | wrong sign | undecided | missing | same activation | never on | worst row error | queries | seconds |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|---|")
	for i, l := range r.Layers {
		worst, same := "–", "–"
		if !l.Output {
			same = fmt.Sprint(l.Alike)
		}
		if l.Missing < l.Neurons {
			worst = fmt.Sprintf("%.1e", l.WorstRow)
		}
		fmt.Fprintf(w, "| %s | %d of %d | %d | %d | %d | %d | %s | %d | %s | %d | %.0f |\n", strings.ToLower(strings.TrimPrefix(layerName(l), "Layer ")),
			l.Right, l.Neurons, l.Imprecise, l.WrongSigns, l.Undecided, l.Missing, same, l.Inactive, worst, took[i].queries, math.Ceil(took[i].seconds))
	}
	return nil
}

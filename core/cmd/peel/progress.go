package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"peel/core/extract"
)

// progress shows the events of a run.
type progress interface {
	event(extract.Event)
	end() // clears what would be in the way of the result
}

// jsonLines writes every event as one line of JSON.
type jsonLines struct{ out io.Writer }

func (p jsonLines) event(e extract.Event) {
	line, err := json.Marshal(e)
	if err != nil { // a number that JSON cannot hold
		line = fmt.Appendf(nil, `{"v":%d,"type":"warning","queries":%d,"message":"an event could not be written"}`, extract.EventVersion, e.Queries)
	}
	p.out.Write(append(line, '\n'))
}

func (jsonLines) end() {}

// tally counts the neurons of every layer as events come in.
type tally struct {
	sizes  []int
	layers []counts // by layer − 1
	phase  string
}

type counts struct{ rank, found, completed, signed, missing int }

func (t *tally) add(e extract.Event) {
	if e.Type == "start" {
		t.sizes = e.Sizes
		t.layers = make([]counts, max(0, len(e.Sizes)-2))
	}
	if e.Type == "phase" {
		t.phase = string(e.Phase)
		if e.Layer > 0 {
			t.phase = fmt.Sprintf("layer %d: %s", e.Layer, e.Phase)
		}
	}
	if e.Layer < 1 || e.Layer > len(t.layers) {
		return
	}
	c := &t.layers[e.Layer-1]
	switch e.Type {
	case "rank":
		c.rank = e.Count
	case "found":
		c.found++
	case "completed":
		c.completed++
	case "signed":
		c.signed++
	case "missing":
		c.missing += e.Count
	}
}

// layer describes one layer: "layer 1: 16 found, 12 completed, 0 signed of 16".
func (t *tally) layer(i int) string {
	c := t.layers[i]
	s := fmt.Sprintf("layer %d: %d found, %d completed, %d signed of %d", i+1, c.found, c.completed, c.signed, t.sizes[i+1])
	if c.missing > 0 {
		s += fmt.Sprintf(", %d missing", c.missing)
	}
	return s
}

// current is the last layer about which anything is known.
func (t *tally) current() string {
	for i := len(t.layers) - 1; i >= 0; i-- {
		if c := t.layers[i]; c.found+c.completed+c.signed+c.missing > 0 {
			return t.layer(i)
		}
	}
	if len(t.layers) > 0 && t.layers[0].rank > 0 {
		return fmt.Sprintf("layer 1: %d of %d directions of its rows", t.layers[0].rank, t.sizes[1])
	}
	return ""
}

// redrawn is one line that is drawn again at every event, for terminals.
type redrawn struct {
	out io.Writer
	tally
	last extract.Event
	what string        // the layer or the phase
	more func() string // what else to show, nil for nothing
}

// lineWidth keeps the redrawn line from wrapping on a terminal of 80 columns.
const lineWidth = 79

func (p *redrawn) event(e extract.Event) {
	p.add(e)
	if isNotice(e) {
		fmt.Fprintf(p.out, "\r\x1b[K%s\n", notice(e))
	}
	what := p.phase
	if s := p.current(); s != "" && strings.HasPrefix(p.phase, "layer") {
		what = s
	}
	p.last, p.what = e, what
	p.draw()
}

func (p *redrawn) draw() {
	text := fmt.Sprintf("%6.1f s  %d queries  %s", p.last.Seconds, p.last.Queries, p.what)
	if p.more != nil {
		text = fmt.Sprintf("%6.1f s  %d queries  %s  %s", p.last.Seconds, p.last.Queries, p.more(), p.what)
	}
	fmt.Fprintf(p.out, "\r\x1b[K%s", text[:min(len(text), lineWidth)])
}

func (p *redrawn) end() { fmt.Fprint(p.out, "\r\x1b[K") }

// plainLines is one line a phase, for files and pipes.
type plainLines struct {
	out io.Writer
	tally
	last extract.Event
	more func() string // what else to show, nil for nothing
}

func (p *plainLines) event(e extract.Event) {
	before := p.phase
	p.add(e)
	p.last = e
	switch {
	case isNotice(e):
		fmt.Fprintln(p.out, notice(e))
	case e.Type == "phase" && p.phase != before:
		p.line()
	}
}

func (p *plainLines) line() {
	fmt.Fprintf(p.out, "%6.1f s  %9d queries  %s", p.last.Seconds, p.last.Queries, p.phase)
	if s := p.current(); s != "" {
		fmt.Fprintf(p.out, "  (%s)", s)
	}
	if p.more != nil {
		fmt.Fprintf(p.out, "  %s", p.more())
	}
	fmt.Fprintln(p.out)
}

func (*plainLines) end() {}

func isNotice(e extract.Event) bool { return e.Type == "warning" || e.Type == "missing" }

func notice(e extract.Event) string {
	if e.Type == "missing" {
		return fmt.Sprintf("missing: %d in layer %d: %s", e.Count, e.Layer, e.Message)
	}
	return "warning: " + e.Message
}

// isTerminal reports whether w draws on a screen.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

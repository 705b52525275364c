// Package campaign describes many runs by one small file, and says what came of
// them: victims × training seeds × extraction seeds × methods × answers, each
// run one line of a results file that holds all it takes to run it again. Tables
// and figures follow from these lines alone.
//
// There are no clocks and no files here: a host runs the jobs.
package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"peel/core/method"
	"peel/core/oracle"
)

// Version is the version of the formats of campaigns and their results.
const Version = 1

// Bounds of what is read.
const (
	MaxFile    = 1 << 20 // bytes of a campaign
	maxParts   = 100
	maxEntries = 1000 // victims, methods or answers of a part
	maxSeeds   = 1000
	maxJobs    = 100_000
	maxText    = 2000
	MaxSeconds = 7 * 86400 // of one run
)

// Campaign is a list of parts, each for a table or a few figures. A run that
// several parts ask for is done once.
type Campaign struct {
	V      int    `json:"v"`
	Name   string `json:"name"` // lower-case letters, digits and hyphens
	Title  string `json:"title"`
	Limits Limits `json:"limits"`
	Parts  []Part `json:"parts"`
}

// Limits are the same for every method. A run that reaches one has failed.
type Limits struct {
	Queries int64   `json:"queries"`
	Seconds float64 `json:"seconds"` // of the run's own thread, where the system tells
}

// Part is every combination of its victims, seeds, methods and answers.
type Part struct {
	Name    string    `json:"name"` // lower-case letters, digits and hyphens
	Title   string    `json:"title"`
	About   string    `json:"about,omitempty"`
	Victims []Victims `json:"victims"`
	Seeds   Seeds     `json:"seeds"` // of the extraction
	Methods []Entry   `json:"methods"`
	Answers []Answers `json:"answers,omitempty"` // none: as exact as float64
	Limits  *Limits   `json:"limits,omitempty"`  // instead of the campaign's
	// Layer is the one that tables and figures are about, where a run attacks
	// all: 0 for all of them.
	Layer int `json:"layer,omitempty"`
	// Flips is how many of the least certain signs are turned round, one after
	// another, to see what that costs in accuracy. MNIST only.
	Flips int    `json:"flips,omitempty"`
	Show  []View `json:"show"`
}

// Entry is a method, or the same one on several layers alone.
type Entry struct {
	Label string `json:"label,omitempty"` // what tables call it
	method.Method
	// Layers are attacked alone, those of them that a network has.
	Layers Seeds `json:"layers,omitempty"`
}

// Answers say how the black box answers.
type Answers struct {
	Plain bool `json:"plain,omitempty"` // see run.Limits
	oracle.Precision
}

// ErrCampaign is wrapped by every error about a campaign.
var ErrCampaign = errors.New("the campaign is not valid")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrCampaign}, args...)...)
}

// Parse reads a campaign. Unknown fields are refused.
func Parse(data []byte) (*Campaign, error) {
	if len(data) > MaxFile {
		return nil, invalid("it has more than %d bytes", MaxFile)
	}
	c := &Campaign{}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(c); err != nil {
		return nil, invalid("%v", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, invalid("there is more after its end")
	}
	return c, c.check()
}

func (c *Campaign) check() error {
	switch {
	case c.V != Version:
		return invalid("it has version %d and this Peel reads version %d", c.V, Version)
	case !isName(c.Name):
		return invalid("its name %.60q is not one of lower-case letters, digits and hyphens", c.Name)
	case len(c.Title) > maxText:
		return invalid("its title is too long")
	case len(c.Parts) == 0 || len(c.Parts) > maxParts:
		return invalid("it has %d parts; 1 to %d are possible", len(c.Parts), maxParts)
	}
	if err := c.Limits.check(); err != nil {
		return err
	}
	names, jobs := map[string]bool{}, 0
	for i := range c.Parts {
		p := &c.Parts[i]
		if names[p.Name] {
			return invalid("two of its parts are called %q", p.Name)
		}
		names[p.Name] = true
		if err := p.check(); err != nil {
			return fmt.Errorf("%w (in part %.60q)", err, p.Name)
		}
		if jobs += p.count(); jobs > maxJobs {
			return invalid("it asks for more than %d runs", maxJobs)
		}
	}
	return nil
}

func (l Limits) check() error {
	if l.Queries < 1 {
		return invalid("a run needs a limit of queries, as in \"limits\": {\"queries\": 1000000, \"seconds\": 60}")
	}
	if !(l.Seconds > 0 && l.Seconds <= MaxSeconds) {
		return invalid("a run needs a limit of seconds, up to %d", MaxSeconds)
	}
	return nil
}

func (p *Part) check() error {
	switch {
	case !isName(p.Name):
		return invalid("the name %.60q is not one of lower-case letters, digits and hyphens", p.Name)
	case len(p.Title) > maxText || len(p.About) > maxText:
		return invalid("a text is too long")
	case len(p.Victims) == 0 || len(p.Methods) == 0 || len(p.Seeds) == 0:
		return invalid("a part needs victims, seeds and methods")
	case max(len(p.Victims), len(p.Methods), len(p.Answers)) > maxEntries:
		return invalid("it has more than %d victims, methods or answers", maxEntries)
	case p.Layer < 0 || p.Flips < 0 || p.Flips > 1000:
		return invalid("\"layer\" is 0 or more, \"flips\" 0 to 1000")
	case len(p.Show) == 0:
		return invalid("\"show\" names no table and no figure; it knows %s", viewNames())
	}
	for _, v := range p.Show {
		if !slices.ContainsFunc(views, func(w viewInfo) bool { return w.name == v }) {
			return invalid("there is no table or figure %.60q to show; it knows %s", v, viewNames())
		}
	}
	if p.Limits != nil {
		if err := p.Limits.check(); err != nil {
			return err
		}
	}
	for i := range p.Victims {
		if err := p.Victims[i].check(); err != nil {
			return err
		}
	}
	for _, a := range p.Answers {
		if err := a.Precision.Check(); err != nil {
			return invalid("%v", err)
		}
	}
	for i := range p.Methods {
		e := &p.Methods[i]
		e.Signature, e.Sign = method.Named(e.Signature), method.Named(e.Sign)
		if len(e.Label) > 200 {
			return invalid("a label is too long")
		}
		if len(e.Layers) > 0 && e.Idealised > 0 {
			return invalid("a method has \"idealised\" for one layer or \"layers\" for several, not both")
		}
		for _, m := range e.each() {
			if err := m.Check(make([]int, 64)); err != nil { // its layer is checked with the victim's sizes
				return invalid("%v", err)
			}
		}
	}
	return nil
}

// each returns the methods of an entry, one for each layer.
func (e *Entry) each() []method.Method {
	if len(e.Layers) == 0 {
		return []method.Method{e.Method}
	}
	var all []method.Method
	for _, l := range e.Layers {
		m := e.Method
		m.Idealised = int(l)
		all = append(all, m)
	}
	return all
}

// count is an upper bound of the part's jobs.
func (p *Part) count() int {
	victims, methods := 0, 0
	for i := range p.Victims {
		victims += p.Victims[i].count()
	}
	for i := range p.Methods {
		methods += max(1, len(p.Methods[i].Layers))
	}
	n := 1
	for _, f := range []int{victims, methods, len(p.Seeds), max(1, len(p.Answers))} {
		if n *= f; n > maxJobs {
			return n
		}
	}
	return n
}

// limits are those of the part's runs.
func (p *Part) limits(c *Campaign) Limits {
	if p.Limits != nil {
		return *p.Limits
	}
	return c.Limits
}

func isName(s string) bool {
	return s != "" && len(s) <= 60 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

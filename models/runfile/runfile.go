// Package runfile is a whole run as one file: a zip file that any tool opens,
// with these parts.
//
//	peel.json              the version of this format
//	spec.json              what was attacked and how: run.Spec
//	journal.jsonl          the results of the tasks, one a line, in order: extract.Result
//	figures.json           what it came to: run.Figures
//	recovered.safetensors  the recovered network, of a finished run
//	victim.safetensors     the network attacked, if the person chose to add it
//
// This package packs and unpacks the parts; package run says whether they fit
// each other. Equal parts give equal bytes.
package runfile

import (
	"errors"
	"fmt"
	"strings"

	"peel/models/packed"
	"peel/models/weights"
)

// Suffix ends the name of such a file.
const Suffix = ".peel"

const version = `{"peel run": 1}` + "\n"

// Names of the parts.
const (
	partVersion   = "peel.json"
	partSpec      = "spec.json"
	partJournal   = "journal.jsonl"
	partFigures   = "figures.json"
	partRecovered = "recovered.safetensors"
	partVictim    = "victim.safetensors"
)

// The most bytes of each part, and of all of them and of the file.
const (
	MaxFile    = 512 << 20
	maxVersion = 1 << 10
	maxSpec    = 64 << 10
	maxFigures = 16 << 20
	maxJournal = 1 << 30
	maxAll     = 2 * maxJournal
)

// Parts is the content of a file. Recovered and Victim may be nil.
type Parts struct {
	Spec, Journal, Figures, Recovered, Victim []byte
}

// list pairs the parts with their names and limits.
func (p *Parts) list() []part {
	return []part{
		{partSpec, &p.Spec, maxSpec, true},
		{partJournal, &p.Journal, maxJournal, true},
		{partFigures, &p.Figures, maxFigures, true},
		{partRecovered, &p.Recovered, weights.MaxFile, false},
		{partVictim, &p.Victim, weights.MaxFile, false},
	}
}

type part struct {
	name   string
	data   *[]byte
	most   int64
	needed bool
}

// Pack writes a file.
func Pack(p Parts) ([]byte, error) {
	entries := []packed.Entry{{Name: partVersion, Data: []byte(version)}}
	for _, x := range p.list() {
		if x.needed || *x.data != nil {
			entries = append(entries, packed.Entry{Name: x.name, Data: *x.data})
		}
	}
	return packed.Write(entries, true)
}

// Is reports whether a zip file is a run.
func Is(z *packed.File) bool { return z.Has(partVersion) && z.Has(partSpec) }

// ErrRun is wrapped by every error about a file that Unpack refuses.
var ErrRun = errors.New("this is not a run Peel can open")

// Unpack reads a file. An error is one sentence.
func Unpack(file []byte) (Parts, error) {
	p, err := unpack(file)
	if err != nil {
		err = fmt.Errorf("%w: %s", ErrRun, strings.TrimPrefix(err.Error(), weights.ErrFile.Error()+": "))
	}
	return p, err
}

func unpack(file []byte) (Parts, error) {
	var p Parts
	if len(file) > MaxFile {
		return p, weights.Refuse("it is %d MB large, more than any run Peel reads; choose another", len(file)>>20)
	}
	if !packed.Is(file) {
		return p, weights.Refuse("it is not a run; choose a %s file that Peel has written", Suffix)
	}
	z, err := packed.Open(file, maxAll)
	if err != nil {
		return p, err
	}
	if !Is(z) {
		return p, weights.Refuse("it is a zip file without a run; choose a %s file that Peel has written", Suffix)
	}
	text, err := z.Read(partVersion, maxVersion)
	if err != nil {
		return p, err
	}
	if string(text) != version {
		return p, weights.Refuse("it is a run of another version of Peel (%.40q); open it with that one", text)
	}
	known := map[string]bool{partVersion: true}
	for _, x := range p.list() {
		known[x.name] = true
		if !x.needed && !z.Has(x.name) {
			continue
		}
		if *x.data, err = z.Read(x.name, x.most); err != nil {
			return p, err
		}
	}
	for _, name := range z.Names() {
		if !known[name] {
			return p, weights.Refuse("it holds %.40q, which does not belong in a run; export the run again", name)
		}
	}
	return p, nil
}

// Holds reports whether a file is a run, well or not.
func Holds(file []byte) bool {
	if !packed.Is(file) {
		return false
	}
	z, err := packed.Open(file, maxAll)
	return err == nil && Is(z)
}

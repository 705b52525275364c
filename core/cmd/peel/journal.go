package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"peel/core/extract"
	"peel/core/run"
)

// fileJournal keeps a run in a file: its spec on the first line, then one
// result a line. A line is in the system's hands once Append returns, so it
// survives the end of the process; it is forced to disk once a round. Tasks are
// pure, so even two processes that append to one file do no harm.
type fileJournal struct {
	path    string
	file    *os.File
	results []extract.Result
	round   int
}

// openJournal opens the journal of a run, or begins one. A last line that was
// cut off is dropped.
func openJournal(path string, spec run.Spec) (*fileJournal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("the journal %s cannot be opened (%v); choose another file", path, reason(err))
	}
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, fmt.Errorf("the journal %s is not an ordinary file; choose another", path)
	}
	j := &fileJournal{path: path, file: f, round: -1}
	if err := j.resume(spec); err != nil {
		f.Close()
		return nil, err
	}
	return j, nil
}

func (j *fileJournal) resume(spec run.Spec) error {
	data, err := io.ReadAll(j.file)
	if err != nil {
		return fmt.Errorf("the journal %s cannot be read (%v); choose another file", j.path, reason(err))
	}
	head, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	head = append(head, '\n')
	whole := data[:bytes.LastIndexByte(data, '\n')+1]
	if len(whole) == 0 && !bytes.HasPrefix(head, data) {
		return fmt.Errorf("%s is not a journal; choose another file, or a new one", j.path)
	}
	if len(whole) < len(data) {
		if err := j.file.Truncate(int64(len(whole))); err != nil {
			return fmt.Errorf("the cut-off last line of the journal %s cannot be dropped (%v); choose another file", j.path, reason(err))
		}
	}
	if len(whole) == 0 {
		_, err := j.file.Write(head)
		return err
	}
	lines := bytes.Split(whole[:len(whole)-1], []byte("\n"))
	if err := j.checkSpec(lines[0], spec); err != nil {
		return err
	}
	for i, line := range lines[1:] {
		var r extract.Result
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("line %d of the journal %s is damaged; delete the file to start again", i+2, j.path)
		}
		j.results = append(j.results, r)
	}
	return nil
}

// checkSpec refuses the journal of another run. A victim may have been renamed.
func (j *fileJournal) checkSpec(line []byte, want run.Spec) error {
	have, err := run.ParseSpec(line)
	if err != nil {
		return fmt.Errorf("%s is not a journal of this Peel (%w); choose another file, or a new one", j.path, err)
	}
	have.Victim.Name = want.Victim.Name
	same := have.V == want.V && have.Engine == want.Engine && have.Victim == want.Victim &&
		slices.Equal(have.Sizes, want.Sizes) && have.Oracle == want.Oracle && have.Seed == want.Seed
	if !same {
		return fmt.Errorf("%s is the journal of another run (%s); give the same victim and flags, or choose another file", j.path, line)
	}
	return nil
}

// Append writes a result. The first of a round forces the round before to disk.
func (j *fileJournal) Append(r extract.Result) error {
	if r.Round != j.round {
		if err := j.file.Sync(); err != nil {
			return err
		}
		j.round = r.Round
	}
	_, err := j.file.Write(append(extract.AppendResult(nil, r), '\n'))
	return err
}

// Load returns the results that were in the file when it was opened.
func (j *fileJournal) Load() ([]extract.Result, error) { return j.results, nil }

// Close forces the last round to disk.
func (j *fileJournal) Close() error {
	err := j.file.Sync()
	if err2 := j.file.Close(); err == nil {
		err = err2
	}
	return err
}

package campaigns

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"peel/core/campaign"
	"peel/core/run"
)

// resultsFile is a results file that this process alone appends to.
type resultsFile struct {
	*os.File
	have *campaign.Results // what was in it
}

// open opens a results file to go on with it, or begins one. What is in it stays
// as it is, but for a last line that was cut off.
func open(path string, head campaign.Header) (*resultsFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("the results file %s cannot be opened (%v); choose another with --results", path, errors.Unwrap(err))
	}
	r := &resultsFile{File: f}
	if err := r.resume(path, head); err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func (r *resultsFile) resume(path string, head campaign.Header) error {
	if err := lock(r.File); err != nil {
		return fmt.Errorf("another process writes to %s; wait for it, or choose another file with --results", path)
	}
	data, err := io.ReadAll(io.LimitReader(r, campaign.MaxResults+1))
	if err != nil {
		return fmt.Errorf("%s cannot be read (%v); choose another file with --results", path, err)
	}
	begun := []byte(`{"campaign":`)
	switch {
	case len(data) == 0:
	case bytes.IndexByte(data, '\n') < 0 && (bytes.HasPrefix(data, begun) || bytes.HasPrefix(begun, data)):
		if err := r.Truncate(0); err != nil { // it was stopped while it wrote its first line
			return err
		}
	default:
		if r.have, err = campaign.ParseResults(data); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		return r.goOn(path, head)
	}
	r.have = &campaign.Results{}
	return r.head(head)
}

// goOn makes sure that what follows belongs to what is there.
func (r *resultsFile) goOn(path string, head campaign.Header) error {
	have := &r.have.Header
	switch {
	case have.Campaign.Name != head.Campaign.Name:
		return fmt.Errorf("%s holds results of the campaign %q and this is %q; choose another file with --results", path, have.Campaign.Name, head.Campaign.Name)
	case have.Engine != run.Engine:
		return fmt.Errorf("%s holds results of engine %s and this is engine %s; choose another file with --results", path, have.Engine, run.Engine)
	case have.Machine != head.Machine:
		return fmt.Errorf("%s holds results of another machine (%s), and this is %q; choose another file with --results, or say with --machine that it is the same",
			path, have.Machine, head.Machine)
	}
	if r.have.Cut {
		if err := r.Truncate(int64(r.have.Whole)); err != nil {
			return fmt.Errorf("the cut-off last line of %s cannot be dropped (%v); choose another file with --results", path, err)
		}
	}
	a, errA := json.Marshal(have)
	b, errB := json.Marshal(head)
	if errA == nil && errB == nil && bytes.Equal(a, b) {
		return nil
	}
	return r.head(head)
}

func (r *resultsFile) head(h campaign.Header) error {
	line, err := campaign.AppendHeader(nil, &h)
	if err != nil {
		return err
	}
	r.have.Header = h
	return r.append(line)
}

// record appends one run. It is on disk when this returns.
func (r *resultsFile) record(rec *campaign.Record) error {
	line, err := campaign.AppendRecord(nil, rec)
	if err != nil {
		return err
	}
	r.have.Records = append(r.have.Records, rec)
	return r.append(line)
}

func (r *resultsFile) append(line []byte) error {
	_, err := r.Write(line)
	if err == nil {
		err = r.Sync()
	}
	if err != nil {
		return fmt.Errorf("the results cannot be written (%v)", err)
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"peel/core/cmd/remote"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models"
	"peel/models/formats"
	"peel/models/weights"
)

// loaded is a network with where it came from.
type loaded struct {
	name    string // "mnist-784-16x2-1-s1"
	net     *nn.Network
	meta    weights.Meta
	notices []string // what was left out as it was read
	// remote answers for a network that nobody here has: net is nil.
	remote *remote.Client
}

func (l *loaded) sizes() []int {
	if l.remote != nil {
		return l.remote.Sizes
	}
	return l.net.Sizes()
}

func (l *loaded) fingerprint() string {
	if l.remote != nil {
		return l.remote.SHA256
	}
	return l.net.Fingerprint()
}

// oracle returns an oracle of the network. It tells layers in an idealised run
// alone.
func (l *loaded) oracle(spec run.Spec) oracle.Oracle {
	switch {
	case l.remote != nil:
		return l.remote.Oracle()
	case spec.Method.Idealised > 0:
		return oracle.Inside(l.net)
	}
	return oracle.NewVictim(l.net)
}

// maxFile is the size above which a file is not even read.
const maxFile = formats.MaxFile

// load reads the network in a file, or the shipped victim of that name.
func load(arg string) (*loaded, error) {
	data, err := read(arg)
	if err != nil {
		return nil, err
	}
	m, err := formats.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return &loaded{name: formats.Bare(arg), net: m.Net, meta: m.Meta, notices: m.Notices}, nil
}

func read(arg string) ([]byte, error) {
	for _, path := range []string{arg, arg + models.Suffix} {
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("%s cannot be read (%v); choose another file", path, reason(err))
		case info.IsDir():
			return nil, fmt.Errorf("%s is a folder; name a %s file in it", path, models.Suffix)
		case info.Size() > maxFile:
			return nil, fmt.Errorf("%s is %d MB large and no network Peel accepts is; choose a smaller one", path, info.Size()>>20)
		}
		return readFile(path)
	}
	if data, err := models.File(filepath.Base(arg)); err == nil && filepath.Base(arg) == arg {
		return data, nil
	}
	return nil, fmt.Errorf("there is no file %s and Peel ships no victim of that name; run \"peel victims\" for those it ships", arg)
}

// readFile reads a file that may be a device or a pipe, and so have no end.
func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read (%v); choose another file", path, reason(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read (%v); choose another file", path, reason(err))
	}
	return data, nil
}

// reason is what the system says is wrong, without repeating the path.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

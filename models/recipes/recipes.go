// Package recipes is the list of victims that Peel ships and how each was made.
package recipes

import (
	"fmt"
	"strings"

	"peel/models/mnist/data"
	"peel/models/spirals"
	"peel/models/train"
)

// DataSet names what a victim learns.
type DataSet string

const (
	MNIST   DataSet = "MNIST"
	Spirals DataSet = "two spirals"
)

// Recipe is everything needed to make a victim again, bit for bit on the same
// kind of machine.
type Recipe struct {
	Name        string
	Description string
	Data        DataSet
	train.Options
}

// Shipped lists the victims in the order they are shown. The regressions follow
// the recipe of Foerster et al. (arXiv 2406.10011): pixels/255, mean squared
// error on the digit, Adam 1e-3, batches of 64.
var Shipped = []Recipe{
	regression("s1", 1, 784, 8, 8, 1),
	regression("s1", 1, 784, 16, 16, 1),
	regression("s2", 2, 784, 16, 16, 1),
	regression("s1", 1, 784, 32, 32, 1),
	regression("s1", 1, 784, 64, 64, 1),
	regression("s1", 1, 784, 16, 16, 16, 16, 16, 16, 16, 16, 1),
	{
		Name: "mnist-784-16x2-10-s1", Data: MNIST,
		Description: "Classifies a handwritten digit: one output for each of the ten.",
		Options:     options(train.CrossEntropy, epochsMNIST, 1, 784, 16, 16, 10),
	},
	{
		Name: "spirals-2-16-8-1-s1", Data: Spirals,
		Description: "Tells two spirals in the plane apart; every linear region can be drawn.",
		Options:     options(train.MSE, epochsSpirals, 1, 2, 16, 8, 1),
	},
}

const (
	epochsMNIST   = 100
	epochsSpirals = 1000
)

func regression(tag string, seed uint64, sizes ...int) Recipe {
	return Recipe{
		Name: "mnist-" + ShortSizes(sizes) + "-" + tag, Data: MNIST,
		Description: "Reads a handwritten digit as a number, 0 to 9.",
		Options:     options(train.MSE, epochsMNIST, seed, sizes...),
	}
}

// Regression is the recipe of a network that reads a digit as a number, with any
// sizes and training seed.
func Regression(seed uint64, sizes ...int) Recipe {
	return regression(fmt.Sprintf("s%d", seed), seed, sizes...)
}

func options(loss train.Loss, epochs int, seed uint64, sizes ...int) train.Options {
	return train.Options{Sizes: sizes, Loss: loss, Epochs: epochs, Batch: 64, Rate: 1e-3, Seed: seed}
}

// ShortSizes writes sizes with equal hidden widths as 784-16x2-1, others as
// 2-16-8-1.
func ShortSizes(sizes []int) string {
	hidden := sizes[1 : len(sizes)-1]
	for _, h := range hidden {
		if h != hidden[0] || len(hidden) == 1 {
			return LongSizes(sizes)
		}
	}
	return fmt.Sprintf("%d-%dx%d-%d", sizes[0], hidden[0], len(hidden), sizes[len(sizes)-1])
}

// LongSizes writes sizes as 784-16-16-1.
func LongSizes(sizes []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(sizes), " ", "-"), "[]")
}

// Find returns the shipped recipe of that name.
func Find(name string) (Recipe, bool) {
	for _, r := range Shipped {
		if r.Name == name {
			return r, true
		}
	}
	return Recipe{}, false
}

// TrainSet and TestSet return the data a victim is trained and judged on.
func (d DataSet) TrainSet() (*train.Set, error) {
	if d == Spirals {
		x, labels := spirals.Points(4000, 1)
		return &train.Set{X: x, Labels: labels}, nil
	}
	s, err := data.Train()
	if err != nil {
		return nil, err
	}
	return &train.Set{X: s.X, Labels: s.Labels}, nil
}

func (d DataSet) TestSet() (*train.Set, error) {
	if d == Spirals {
		x, labels := spirals.Points(2000, 2)
		return &train.Set{X: x, Labels: labels}, nil
	}
	s, err := data.Test()
	if err != nil {
		return nil, err
	}
	return &train.Set{X: s.X, Labels: s.Labels}, nil
}

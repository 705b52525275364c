// Command train makes the victims that Peel ships, again or anew.
//
//	go run ./models/cmd/train                            # all of them
//	go run ./models/cmd/train mnist-784-16x2-1-s1        # one
//	go run ./models/cmd/train -epochs 5 -seed 9 -o again.safetensors mnist-784-16x2-1-s1
//	go run ./models/cmd/train -o deep.safetensors 784-32x8-1    # a regression on MNIST of any sizes
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"peel/core/nn"
	"peel/models/recipes"
	"peel/models/train"
	"peel/models/weights"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("train", flag.ExitOnError)
	dir := flags.String("dir", "models", "`folder` to write to, as NAME.safetensors")
	out := flags.String("o", "", "`file` to write to instead (one victim only)")
	seed := flags.Uint64("seed", 0, "another seed than the recipe's")
	epochs := flags.Int("epochs", 0, "another number of epochs than the recipe's")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: train [flags] [NAME or SIZES…]   (none: every shipped victim; SIZES such as 784-32x8-1: a regression on MNIST)")
		flags.PrintDefaults()
		for _, r := range recipes.Shipped {
			fmt.Fprintf(flags.Output(), "  %-24s %s\n", r.Name, r.Description)
		}
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := choose(flags.Args(), *seed)
	if err != nil {
		return err
	}
	if *out != "" && len(chosen) != 1 {
		return fmt.Errorf("-o takes exactly one victim; name it")
	}
	for _, r := range chosen {
		if *seed != 0 {
			r.Seed = *seed
		}
		if *epochs != 0 {
			r.Epochs = *epochs
		}
		path := *out
		if path == "" {
			path = filepath.Join(*dir, r.Name+".safetensors")
		}
		if err := remake(r, path); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
}

func choose(names []string, seed uint64) ([]recipes.Recipe, error) {
	if len(names) == 0 {
		return recipes.Shipped, nil
	}
	var chosen []recipes.Recipe
	for _, name := range names {
		r, err := recipeOf(name, max(seed, 1))
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, r)
	}
	return chosen, nil
}

// recipeOf returns the shipped recipe of that name, or that of a regression on
// MNIST, trained with that seed, if the name is layer sizes.
func recipeOf(name string, seed uint64) (recipes.Recipe, error) {
	if r, ok := recipes.Find(name); ok {
		return r, nil
	}
	sizes, err := nn.ParseSizes(name)
	if err != nil || nn.CheckSizes(sizes) != nil || sizes[0] != 784 || sizes[len(sizes)-1] != 1 {
		return recipes.Recipe{}, fmt.Errorf("there is no victim called %q, and it is not the sizes of one that reads a digit as a number, "+
			"such as 784-32x8-1; run with -h for the list", name)
	}
	return recipes.Regression(seed, sizes...), nil
}

// remake trains one victim, judges it on the test set and writes it.
func remake(r recipes.Recipe, path string) error {
	set, err := r.Data.TrainSet()
	if err != nil {
		return err
	}
	begin := time.Now()
	net, err := train.Run(r.Options, set, func(epoch int, loss float64) {
		if epoch == 1 || epoch%10 == 0 || epoch == r.Epochs {
			fmt.Printf("%s  epoch %d of %d  loss %.5f  %.1f s\n", r.Name, epoch, r.Epochs, loss, time.Since(begin).Seconds())
		}
	})
	if err != nil {
		return err
	}
	test, err := r.Data.TestSet()
	if err != nil {
		return err
	}
	file, err := weights.Encode(net, meta(r, net, test))
	if err != nil {
		return err
	}
	return os.WriteFile(path, file, 0o644)
}

func meta(r recipes.Recipe, net *nn.Network, test *train.Set) weights.Meta {
	accuracy, mse := train.Judge(net, test)
	m := weights.Meta{
		"name":          r.Name,
		"description":   r.Description,
		"architecture":  recipes.LongSizes(r.Sizes),
		"activation":    "relu",
		"output":        "linear",
		"data set":      string(r.Data),
		"loss":          string(r.Loss),
		"recipe":        fmt.Sprintf("Adam %g, batch %d, Glorot uniform, zero biases, float64", r.Rate, r.Batch),
		"epochs":        strconv.Itoa(r.Epochs),
		"seed":          strconv.FormatUint(r.Seed, 10),
		"test accuracy": strconv.FormatFloat(accuracy, 'f', 4, 64),
	}
	if r.Loss == train.MSE {
		m["test mean squared error"] = strconv.FormatFloat(mse, 'g', 6, 64)
	}
	fmt.Printf("%s  test accuracy %.4f, mean squared error %.4f\n", r.Name, accuracy, mse)
	return m
}

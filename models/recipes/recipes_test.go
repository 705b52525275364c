package recipes

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"peel/models"
	"peel/models/train"
	"peel/models/weights"
)

// TestShippedVictimsAreWhatTheySay judges every shipped file on its test set
// and compares its metadata with its recipe.
func TestShippedVictimsAreWhatTheySay(t *testing.T) {
	sets := map[DataSet]*train.Set{}
	for _, d := range []DataSet{MNIST, Spirals} {
		set, err := d.TestSet()
		if err != nil {
			t.Fatal(err)
		}
		sets[d] = set
	}
	for _, r := range Shipped {
		file, err := models.File(r.Name)
		if err != nil {
			t.Error(err)
			continue
		}
		net, meta, err := weights.Decode(file)
		if err != nil {
			t.Errorf("%s: %v", r.Name, err)
			continue
		}
		if !slices.Equal(net.Sizes(), r.Sizes) {
			t.Errorf("%s has sizes %v, want %v", r.Name, net.Sizes(), r.Sizes)
		}
		for key, want := range map[string]string{
			"name": r.Name, "architecture": LongSizes(r.Sizes), "data set": string(r.Data), "loss": string(r.Loss),
			"epochs": strconv.Itoa(r.Epochs), "seed": strconv.FormatUint(r.Seed, 10),
		} {
			if meta[key] != want {
				t.Errorf("%s: the metadata says %s %q, the recipe %q", r.Name, key, meta[key], want)
			}
		}
		accuracy, _ := train.Judge(net, sets[r.Data])
		stated, err := strconv.ParseFloat(meta["test accuracy"], 64)
		// The accuracy is stated with four digits.
		if err != nil || math.Abs(accuracy-stated) > 5e-5 {
			t.Errorf("%s: its accuracy is %.4f but it states %q", r.Name, accuracy, meta["test accuracy"])
		}
		if accuracy < 0.75 {
			t.Errorf("%s: an accuracy of %.4f is not that of a trained model", r.Name, accuracy)
		}
	}
	all, err := models.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(Shipped) {
		t.Errorf("%d files are shipped for %d recipes", len(all), len(Shipped))
	}
}

func TestShortSizes(t *testing.T) {
	for want, sizes := range map[string][]int{
		"784-16x2-1": {784, 16, 16, 1}, "2-16-8-1": {2, 16, 8, 1}, "784-128-1": {784, 128, 1}, "784-16x8-1": {784, 16, 16, 16, 16, 16, 16, 16, 16, 1},
	} {
		if got := ShortSizes(sizes); got != want {
			t.Errorf("%v is written %q, want %q", sizes, got, want)
		}
	}
}

// TestTrainingAgainGivesTheSameBits remakes the smallest victim twice, briefly.
func TestTrainingAgainGivesTheSameBits(t *testing.T) {
	r, _ := Find("spirals-2-16-8-1-s1")
	r.Epochs = 3
	set, err := r.Data.TrainSet()
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	make := func() string {
		net, err := train.Run(r.Options, set, func(_ int, loss float64) { losses = append(losses, loss) })
		if err != nil {
			t.Fatal(err)
		}
		return net.Fingerprint()
	}
	if a, b := make(), make(); a != b {
		t.Errorf("two trainings gave %s and %s", a, b)
	}
	if !(losses[2] < losses[0]) {
		t.Errorf("training does not help: losses %v", losses[:3])
	}
}

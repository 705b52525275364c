package campaigns

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"peel/core/campaign"
	"peel/core/nn"
	"peel/models"
	"peel/models/random"
	"peel/models/recipes"
	"peel/models/train"
	"peel/models/weights"
)

// Victims finds or makes the networks of a campaign.
type Victims struct {
	Cache string                                 // folder of networks that took long to train
	Load  func(path string) (*nn.Network, error) // reads a file of any format
	Log   io.Writer

	made map[campaign.Victim]*made
}

// made is a network that was found or made.
type made struct {
	*nn.Network
	distance float64 // campaign.Record.Distance
}

// makeAll makes every network of the jobs, n at a time.
func (v *Victims) makeAll(jobs []campaign.Job, n int) error {
	v.made = map[campaign.Victim]*made{}
	var all []campaign.Victim
	for _, j := range jobs {
		if _, ok := v.made[j.Victim]; !ok {
			v.made[j.Victim] = nil
			all = append(all, j.Victim)
		}
	}
	queue := make(chan campaign.Victim)
	var mu sync.Mutex
	var wg sync.WaitGroup
	var errs []error
	for range n {
		wg.Go(func() {
			for victim := range queue {
				net, err := v.moved(victim)
				mu.Lock()
				if err != nil {
					errs = append(errs, err)
				}
				v.made[victim] = net
				mu.Unlock()
			}
		})
	}
	for _, victim := range all {
		queue <- victim
	}
	close(queue)
	wg.Wait()
	return errors.Join(errs...)
}

func (v *Victims) make(victim campaign.Victim) (*nn.Network, error) {
	switch {
	case victim.Shipped != "":
		data, err := models.File(victim.Shipped)
		if err != nil {
			return nil, fmt.Errorf("%w; run \"peel victims\" for those that Peel ships", err)
		}
		net, _, err := weights.Decode(data)
		return net, err
	case victim.File != "":
		return v.Load(victim.File)
	case victim.Random != "":
		return random.Carlini(victim.Sizes(), victim.Seed)
	}
	return v.trained(recipes.Regression(victim.Seed, victim.Sizes()...))
}

// trained returns the network of a recipe: one that Peel ships, one from the
// folder, or one that is trained now and kept there.
func (v *Victims) trained(r recipes.Recipe) (*nn.Network, error) {
	for _, s := range recipes.Shipped {
		if s.Data == r.Data && s.Seed == r.Seed && s.Loss == r.Loss && s.Epochs == r.Epochs && slices.Equal(s.Sizes, r.Sizes) {
			return v.make(campaign.Victim{Network: campaign.Network{Shipped: s.Name}})
		}
	}
	path := filepath.Join(v.Cache, r.Name+models.Suffix)
	kept, err := os.ReadFile(path)
	switch {
	case err == nil:
		net, meta, err := weights.Decode(kept)
		if err != nil || meta["name"] != r.Name || !slices.Equal(net.Sizes(), r.Sizes) {
			return nil, fmt.Errorf("%s is not the network that was kept there; delete it to have it trained again", path)
		}
		return net, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s cannot be read (%v)", path, err)
	}
	fmt.Fprintf(v.Log, "training %s, %d epochs\n", r.Name, r.Epochs)
	set, err := trainSet()
	if err != nil {
		return nil, err
	}
	net, err := train.Run(r.Options, set, func(int, float64) {})
	if err != nil {
		return nil, err
	}
	file, err := weights.Encode(net, weights.Meta{"name": r.Name, "description": r.Description, "data set": string(r.Data),
		"loss": string(r.Loss), "epochs": strconv.Itoa(r.Epochs), "seed": strconv.FormatUint(r.Seed, 10)})
	if err != nil {
		return nil, err
	}
	return net, keep(path, file)
}

// trainSet is read once, by the first network that is trained.
var trainSet = sync.OnceValues(recipes.MNIST.TrainSet)

// keep writes a file that is either whole or not there.
func keep(path string, data []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path+".part", data, 0o644)
	}
	if err == nil {
		err = os.Rename(path+".part", path)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written (%v)", path, err)
	}
	return nil
}

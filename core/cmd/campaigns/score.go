package campaigns

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"peel/core/campaign"
	"peel/core/extract"
	"peel/core/fidelity"
	"peel/core/nn"
	"peel/models/mnist"
	"peel/models/recipes"
	"peel/models/train"
)

// samples is how many inputs of each kind answers are compared on.
const samples = 2000

// score holds what was found next to the victim. Of an idealised run only the
// layer that it attacked is looked at.
func (a *attempt) score(r *campaign.Record, net *nn.Network, o *extract.Outcome) error {
	var layers []fidelity.Layer
	alone := a.spec.Method.Idealised
	if alone == 0 && r.End == campaign.Ended {
		report, err := fidelity.Compare(net, o.Network, fidelity.Options{Seed: 1, Samples: samples, Undecided: o.Undecided()})
		if err != nil {
			return err
		}
		layers = report.Layers
		for _, s := range report.Samples {
			r.Answers = max(r.Answers, campaign.Finite(s.MaxError/s.MaxF))
		}
	} else {
		var err error
		if layers, err = fidelity.Rows(net, o.Network, o.Undecided()); err != nil {
			return err
		}
	}
	for i := range layers {
		if l := &layers[i]; !l.Output && (alone == 0 || alone == l.Index) {
			r.Score = append(r.Score, a.scored(l))
		}
	}
	if r.Flips > 0 && net.In() == mnist.Pixels {
		var err error
		r.Accuracy, err = accuracies(net, r)
		return err
	}
	return nil
}

// scored writes down how the rows of a layer came out.
func (a *attempt) scored(l *fidelity.Layer) campaign.Layer {
	out := campaign.Layer{Layer: l.Index, Worst: l.WorstRow}
	letters := make([]byte, len(l.Rows))
	certain := true
	for k, row := range l.Rows {
		letters[k] = letter(row)
		sure := 0.0
		if letters[k] != campaign.Missing {
			sure = a.confidence(l.Index, row.Match)
			certain = certain && sure == 1
			if row.Error <= fidelity.RowTolerance {
				out.Exact++
			}
		}
		out.Confidence = append(out.Confidence, sure)
	}
	if out.Rows = string(letters); certain {
		out.Confidence = nil
	}
	return out
}

func letter(r fidelity.Row) byte {
	switch {
	case r.Match < 0:
		return campaign.Missing
	case r.Undecided:
		return campaign.Undecided
	case r.Scale < 0:
		return campaign.Wrong
	case r.Error <= fidelity.RowTolerance:
		return campaign.Right
	}
	return campaign.Imprecise
}

// confidence is that of the sign of a recovered row, to four digits.
func (a *attempt) confidence(layer, neuron int) float64 {
	return math.Round(1e4*a.sure[row{layer, neuron}]) / 1e4
}

// testSet is read once, by the first run that needs it.
var testSet = sync.OnceValues(recipes.MNIST.TestSet)

// accuracies turns the least certain signs of the attacked rows round in the
// victim, one after another, and judges each network on the test set.
func accuracies(net *nn.Network, r *campaign.Record) ([]float64, error) {
	test, err := testSet()
	if err != nil {
		return nil, err
	}
	type sign struct {
		layer, neuron int
		sure          float64
	}
	var all []sign
	for _, l := range r.Score {
		for k, letter := range l.Rows {
			s := sign{l.Layer, k, 1}
			if len(l.Confidence) > 0 {
				s.sure = l.Confidence[k]
			}
			if letter != campaign.Missing {
				all = append(all, s)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b sign) int { return cmp.Compare(a.sure, b.sure) })
	flipped := net.Clone()
	accuracy, _ := train.Judge(flipped, test)
	out := []float64{accuracy}
	for _, s := range all[:min(r.Flips, len(all))] {
		l := &flipped.Layers[s.layer-1]
		for j, v := range l.Row(s.neuron) {
			l.Row(s.neuron)[j] = -v
		}
		l.B[s.neuron] = -l.B[s.neuron]
		accuracy, _ = train.Judge(flipped, test)
		out = append(out, accuracy)
	}
	return out, nil
}

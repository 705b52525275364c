package train

import (
	"peel/core/fidelity"
	"peel/core/nn"
)

// Judge returns the share of a set that the network labels right and the mean
// squared error of its output (0 for a classifier).
func Judge(net *nn.Network, set *Set) (accuracy, mse float64) {
	e := nn.NewEval(net)
	y := make([]float64, net.Out())
	right := 0
	for i, label := range set.Labels {
		e.Forward(set.X[i*net.In():][:net.In()], y)
		if fidelity.Label(y) == label {
			right++
		}
		if len(y) == 1 {
			mse += (y[0] - float64(label)) * (y[0] - float64(label))
		}
	}
	n := float64(len(set.Labels))
	return float64(right) / n, mse / n
}

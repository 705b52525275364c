package published

import (
	"cmp"
	"slices"

	"peel/core/linalg"
	"peel/core/nn"
)

// easyFrom is the confidence from which a neuron counts as easy: 12 votes of 15.
// F speak of easy and hard neurons by their confidence and draw no line; a fair
// coin gets there in one vote of 28.
const easyFrom = 0.8

// hard reports whether a neuron of this confidence is hard in the sense of F.
// They do not ask more about hard neurons, as more votes do not change what is
// systematic, and flip the least certain ones when the next layer does not come
// out. What an attack on one layer can do is to mark them.
func hard(confidence float64) bool { return confidence < easyFrom }

// TrueConfidence puts the confidence of a sign on the scale of F's figure 1 (c):
// from 0, all votes for the wrong sign, to 1, all for the right one.
func TrueConfidence(confidence float64, right bool) float64 {
	if right {
		return confidence
	}
	return 1 - confidence
}

// Moved is a network in which one neuron was moved towards its neighbours or
// away from them.
type Moved struct {
	Net      *nn.Network
	Factor   float64
	Distance float64 // mean Euclidean distance of the neuron's weights to its neighbours'
}

// HardFamily is the family of networks behind F's figure 1 (c): how sure is the
// sign of a hard neuron as its distance to its neighbours changes? They vary
// neurons 25 and 26 of a trained 784-32x8-1 and do not say how.
//
// Here, neuron k of hidden layer (both from 1) has its weights and bias moved on
// the straight line through the mean of its neighbours: so many other rows of
// the same layer at the smallest Euclidean distance, or all with nearest = 0:
//
//	(w, b) → (w̄, b̄) + factor·((w, b) − (w̄, b̄)).
//
// Factor 1 is the network itself, 0 puts the neuron between its neighbours, −1
// reflects it. All other numbers stay. The given network is not changed. A layer
// of one neuron has no neighbours and gives no family.
func HardFamily(net *nn.Network, layer, neuron, nearest int, factors []float64) []Moved {
	l := &net.Layers[layer-1]
	k := neuron - 1
	ids := neighbours(l, k)
	if nearest > 0 {
		ids = ids[:min(len(ids), nearest)]
	}
	if len(ids) == 0 {
		return nil
	}
	mean, bias := make([]float64, l.In), 0.0
	for _, q := range ids {
		linalg.Axpy(1/float64(len(ids)), l.Row(q), mean)
		bias += l.B[q] / float64(len(ids))
	}
	var out []Moved
	for _, f := range factors {
		m := Moved{Net: net.Clone(), Factor: f}
		to := &m.Net.Layers[layer-1]
		for i, v := range l.Row(k) {
			to.Row(k)[i] = v + float64((f-1)*(v-mean[i])) // exact for factor 1
		}
		to.B[k] = l.B[k] + float64((f-1)*(l.B[k]-bias))
		for _, q := range ids {
			m.Distance += between(to, k, q) / float64(len(ids))
		}
		out = append(out, m)
	}
	return out
}

// neighbours lists the other rows of a layer, the nearest first.
func neighbours(l *nn.Layer, k int) []int {
	var ids []int
	for q := range l.Out {
		if q != k {
			ids = append(ids, q)
		}
	}
	slices.SortStableFunc(ids, func(i, j int) int { return cmp.Compare(between(l, k, i), between(l, k, j)) })
	return ids
}

// between is the Euclidean distance of the weights of two neurons.
func between(l *nn.Layer, i, j int) float64 {
	d := append([]float64(nil), l.Row(i)...)
	linalg.Axpy(-1, l.Row(j), d)
	return linalg.Norm(d)
}

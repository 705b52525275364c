package train

import "math"

// gradient writes the derivative of the batch's mean loss in the outputs y to d
// (both n×out) and returns the summed loss.
func gradient(loss Loss, y []float64, labels []int, d []float64) float64 {
	n := len(labels)
	out := len(y) / n
	sum := 0.0
	for r, label := range labels {
		if loss == MSE {
			e := y[r] - float64(label)
			d[r] = 2 * e / float64(n)
			sum += e * e
			continue
		}
		sum += softmax(y[r*out:][:out], label, d[r*out:][:out], 1/float64(n))
	}
	return sum
}

// softmax writes scale·(softmax(y) − e_label) to d and returns −log softmax(y)_label.
func softmax(y []float64, label int, d []float64, scale float64) float64 {
	top := y[0]
	for _, v := range y {
		top = max(top, v)
	}
	total := 0.0
	for k, v := range y {
		d[k] = math.Exp(v - top)
		total += d[k]
	}
	for k := range d {
		d[k] *= scale / total
	}
	d[label] -= scale
	return math.Log(total) - (y[label] - top)
}

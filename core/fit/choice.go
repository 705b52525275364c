package fit

import (
	"cmp"
	"slices"
)

// maxFree is the most parameters that are fitted together: 16 million entries
// of the normal equations take a second or two.
const maxFree = 1300

// Choice says which rows of weights are fitted, by layer and neuron. Biases and
// the output layer always are, but for layers that are nil: nothing of these is.
type Choice [][]bool

func (c Choice) fixed(layer int) bool { return c != nil && c[layer] == nil }

// Choose returns the choice for a network of these sizes: every row, if that is
// not too much, else those with the largest blur, the error of a row.
func Choose(sizes []int, blur func(layer, neuron int) float64) Choice {
	type row struct {
		layer, neuron int
		blur          float64
	}
	c := make(Choice, len(sizes)-1)
	free := 0
	var rows []row
	for i := range c {
		c[i] = make([]bool, sizes[i+1])
		free += sizes[i+1]
		for k := range c[i] {
			if i == len(c)-1 {
				c[i][k] = true
				free += sizes[i]
			} else {
				rows = append(rows, row{i, k, blur(i, k)})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.blur, a.blur) })
	for _, r := range rows {
		if free += sizes[r.layer]; free > maxFree {
			break
		}
		c[r.layer][r.neuron] = true
	}
	return c
}

// Free is the number of parameters that are fitted.
func (c Choice) Free(sizes []int) int {
	n := 0
	for i, rows := range c {
		for _, row := range rows {
			n++
			if row {
				n += sizes[i]
			}
		}
	}
	return n
}

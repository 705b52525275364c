package extract

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// CoverageText writes a coverage in one line, for the file of the recovered
// network: a word for each layer, runs of equal letters with their lengths,
// "R16 R14S2 -1".
func CoverageText(layers []LayerCoverage) string {
	var words []string
	for _, l := range layers {
		word := ""
		for rest := l.Neurons; rest != ""; {
			n := len(rest) - len(strings.TrimLeft(rest, rest[:1]))
			word += rest[:1] + strconv.Itoa(n)
			rest = rest[n:]
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// UndecidedIn reads from such a line which rows of a network of these sizes
// have no decided sign, by layer. A line that does not fit is an error.
func UndecidedIn(text string, sizes []int) ([][]bool, error) {
	words := strings.Split(text, " ")
	if len(words) != len(sizes)-1 {
		return nil, fmt.Errorf("%d layers are accounted for and the network has %d", len(words), len(sizes)-1)
	}
	undecided := make([][]bool, len(words))
	for i, word := range words {
		width := sizes[i+1]
		row := make([]bool, 0, width)
		for word != "" {
			status := Status(word[:1])
			word = word[1:]
			rest := strings.TrimLeft(word, "0123456789")
			n, err := strconv.Atoi(word[:len(word)-len(rest)])
			if err != nil || n < 1 || n > width-len(row) || !slices.Contains(Statuses, status) {
				return nil, fmt.Errorf("layer %d is accounted for in an unknown way", i+1)
			}
			for range n {
				row = append(row, status == StatusUndecided)
			}
			word = rest
		}
		if len(row) != width {
			return nil, fmt.Errorf("layer %d has %d neurons and %d are accounted for", i+1, width, len(row))
		}
		undecided[i] = row
	}
	return undecided, nil
}

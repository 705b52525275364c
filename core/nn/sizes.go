package nn

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseSizes reads layer widths: 784-24-12-1, or 784-16x2-1 for equal ones. It
// does not check that a network can have them.
func ParseSizes(s string) ([]int, error) {
	var sizes []int
	for _, part := range strings.Split(s, "-") {
		width, times, repeated := strings.Cut(part, "x")
		n := 1
		w, err := strconv.Atoi(width)
		if err == nil && repeated {
			n, err = strconv.Atoi(times)
		}
		if err != nil || w < 1 || n < 1 || n > 1000 || len(sizes) > 1000 {
			return nil, fmt.Errorf("%q are not layer sizes; write them like 784-24-12-1 or 784-16x2-1", s)
		}
		for range n {
			sizes = append(sizes, w)
		}
	}
	return sizes, nil
}

// FormatSizes writes layer widths as 784-16x2-1, equal neighbours together.
func FormatSizes(sizes []int) string {
	var b strings.Builder
	for i := 0; i < len(sizes); {
		n := 1
		for i > 0 && i+n < len(sizes)-1 && sizes[i+n] == sizes[i] {
			n++
		}
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(strconv.Itoa(sizes[i]))
		if n > 1 {
			fmt.Fprintf(&b, "x%d", n)
		}
		i += n
	}
	return b.String()
}

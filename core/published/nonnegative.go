package published

import "peel/core/linalg"

// nonNegative returns an h ≥ 0 (n) that minimises ‖A h − b‖ for an m×n matrix, by
// the active sets of Lawson and Hanson, Solving Least Squares Problems, chapter
// 23: entries join the passive set, where they are free, while the gradient
// says that this helps, and leave it when they would become negative.
func nonNegative(a []float64, n int, b []float64) []float64 {
	m := len(b)
	h := make([]float64, n)
	passive := make([]bool, n)
	at := linalg.Transpose(a, n)
	enough := float64(1e-12 * linalg.Norm(b) * linalg.Norm(a))
	for range 3 * n {
		rest := append([]float64(nil), b...)
		linalg.Axpy(-1, linalg.MulVec(a, h), rest)
		best, enter := enough, -1
		for j := range n {
			if g := linalg.Dot(at[j*m:][:m], rest); !passive[j] && g > best {
				best, enter = g, j
			}
		}
		if enter < 0 {
			break
		}
		passive[enter] = true
		for range n {
			s := leastOn(at, m, passive, b)
			step, leave := 1.0, -1
			for j, free := range passive {
				if free && s[j] <= 0 {
					if t := h[j] / (h[j] - s[j]); leave < 0 || t < step {
						step, leave = t, j
					}
				}
			}
			for j := range h {
				h[j] += float64(step * (s[j] - h[j]))
			}
			if leave < 0 {
				break
			}
			for j, free := range passive {
				if free && (j == leave || h[j] <= 0) {
					passive[j], h[j] = false, 0
				}
			}
		}
	}
	return h
}

// leastOn solves the least-squares problem on the passive entries; the others
// are 0.
func leastOn(at []float64, m int, passive []bool, b []float64) []float64 {
	var rows []float64
	var ids []int
	for j, free := range passive {
		if free {
			rows, ids = append(rows, at[j*m:][:m]...), append(ids, j)
		}
	}
	s := make([]float64, len(passive))
	if len(ids) == 0 {
		return s
	}
	q := linalg.Factor(linalg.Transpose(rows, m), len(ids))
	x, _ := q.Solve(b, q.Rank(float64(1e-12*q.Diag(0))))
	for i, j := range ids {
		s[j] = x[i]
	}
	return s
}

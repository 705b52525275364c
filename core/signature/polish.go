package signature

import (
	"math"

	"peel/core/linalg"
)

// Polish moves a hyperplane onto critical points found where it predicted them.
// It minimises
//
//	Σ_i (w·p_i + b)² / err_i²  +  ‖δw‖² / werr²
//
// over changes δw and δb: every hit counts by its own precision and the measured
// row by its, so many or few hits, near or far, only ever sharpen it. Hits that
// the row's own error cannot explain are left out. WErr becomes an estimate of
// what remains.
func Polish(h *Hyperplane, hits []Hit) {
	n := len(h.W) + 1
	var rows, rhs []float64
	for _, hit := range hits {
		far := 0.0
		for i, v := range hit.P {
			far += math.Abs(v - hits[0].P[i])
		}
		if math.Abs(h.Z(hit.P)) > float64(10*(h.WErr*far+hit.Err)) {
			continue
		}
		row := append(append([]float64(nil), hit.P...), 1)
		linalg.Scale(1/hit.Err, row)
		rows = append(rows, row...)
		rhs = append(rhs, -h.Z(hit.P)/hit.Err)
	}
	if len(rhs) == 0 {
		return
	}
	kept := len(rhs)
	for i := range n - 1 {
		row := make([]float64, n)
		row[i] = 1 / h.WErr
		rows, rhs = append(rows, row...), append(rhs, 0)
	}
	d, _ := linalg.Factor(rows, n).Solve(rhs, n)
	linalg.Axpy(1, d[:n-1], h.W)
	h.B += d[n-1]
	norm := linalg.Norm(h.W)
	linalg.Scale(1/norm, h.W)
	h.B /= norm
	linalg.Scale(norm, h.C)
	if kept >= n {
		h.WErr /= 16
	}
}

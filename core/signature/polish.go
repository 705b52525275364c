package signature

import (
	"math"
	"slices"

	"peel/core/linalg"
)

// Polish moves a hyperplane onto critical points found where it predicted them.
// It minimises
//
//	Σ_i ρ((w·p_i + b) / err_i)  +  ‖δw‖² / werr²
//
// over changes δw and δb, where ρ is quadratic up to 1 and linear beyond (Huber
// 1964): every hit counts by its own precision and the measured row by its, so
// many or few hits, near or far, only ever sharpen it, and a false one among
// them cannot bend it. It is solved by iteratively reweighted least squares.
// Hits that the row's own error cannot explain are left out from the start.
func Polish(h *Hyperplane, hits []Hit) {
	var kept []Hit
	var errs []float64
	for _, hit := range hits {
		far := 0.0
		for i, v := range hit.P {
			far += math.Abs(v - hits[0].P[i])
		}
		if math.Abs(h.Z(hit.P)) <= float64(10*(float64(h.WErr*far)+hit.Err)) {
			kept, errs = append(kept, hit), append(errs, hit.Err)
		}
	}
	if len(kept) == 0 {
		return
	}
	// No hit is believed to be much sharper than most: an error can be
	// underestimated, and one point must not outweigh all others.
	slices.Sort(errs)
	least := errs[len(errs)/2] / 4
	n := len(h.W) + 1
	d := make([]float64, n)
	weight := make([]float64, len(kept))
	for i := range weight {
		weight[i] = 1
	}
	// The hits weighted, then the measured row.
	rows, rhs := make([]float64, (len(kept)+n-1)*n), make([]float64, len(kept)+n-1)
	for i := range n - 1 {
		rows[(len(kept)+i)*n+i] = 1 / h.WErr
	}
	for range reweightings {
		for i, hit := range kept {
			w := weight[i] / max(hit.Err, least)
			row := rows[i*n:][:n]
			row[copy(row, hit.P)] = 1
			linalg.Scale(w, row)
			rhs[i] = -float64(w * h.Z(hit.P))
		}
		d, _ = linalg.Factor(rows, n).Solve(rhs, n)
		largest := 0.0
		for i, hit := range kept {
			z := math.Abs(h.Z(hit.P)+linalg.Dot(d[:n-1], hit.P)+d[n-1]) / max(hit.Err, least)
			weight[i] = 1 / math.Sqrt(max(1, z))
			largest = max(largest, z)
		}
		if largest <= 1 {
			break
		}
	}
	linalg.Axpy(1, d[:n-1], h.W)
	h.B += d[n-1]
	norm := linalg.Norm(h.W)
	linalg.Scale(1/norm, h.W)
	h.B /= norm
	linalg.Scale(norm, h.C)
}

// reweightings is how often least squares is solved at most.
const reweightings = 12

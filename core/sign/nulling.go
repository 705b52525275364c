package sign

import (
	"math"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/oracle"
)

// Nulling returns the direction v (n) in which neuron k moves by β_k·v = 1 and
// the others of its layer that may be active move as little as they can,
// weighted by how strongly the output follows them: it minimises
//
//	Σ_q λ_q² (β_q·v)² + μ² ‖v‖².
//
// others are the rows λ_q β_q. The second result is the interference left,
// √Σ λ_q² (β_q·v)². Where the others are independent of k and fewer than n it
// vanishes, and the vote below is the freeze test.
func Nulling(target []float64, others [][]float64, mu float64) (v []float64, left float64) {
	n := len(target)
	heavy := 0.0
	var a []float64
	for _, row := range others {
		a = append(a, row...)
		heavy = max(heavy, linalg.Norm(row))
	}
	heavy = max(heavy, mu)
	for i := range n {
		row := make([]float64, n)
		row[i] = mu
		a = append(a, row...)
	}
	// The constraint as a row so heavy that it holds to rounding.
	size := linalg.Norm(target)
	w := 1e7 * heavy / size
	row := append([]float64(nil), target...)
	linalg.Scale(w, row)
	a = append(a, row...)
	rhs := make([]float64, len(a)/n)
	rhs[len(rhs)-1] = w
	v, _ = linalg.Factor(a, n).Solve(rhs, n)
	linalg.Scale(1/linalg.Dot(target, v), v)
	for _, row := range others {
		d := linalg.Dot(row, v)
		left += float64(d * d)
	}
	return v, math.Sqrt(left)
}

// Ballot is one sequential vote: at a critical point of a neuron with output
// jump c, moves of ±ε along a nulling direction answer
//
//	Δ± = ±I + [active side] c ε,
//
// so that D = (Δ₊ − Δ₋)/(Δ₊ + Δ₋) = s + 2I/(cε): the sign s = ±1, and the
// interference I relative to the neuron itself. D ~ N(s, σ²) makes 2D/σ² the
// log-likelihood ratio of + against −.
type Ballot struct {
	D     float64 // the measured D
	Jump  float64 // |c|, per unit of the neuron's pre-activation
	Valid bool    // both sides were linear and the jump stood out of the noise
}

// Cast asks for a ballot at p along v, where β·v = 1, with steps up to eps. It
// asks five queries, and again with shorter steps where a side is not linear.
func Cast(o oracle.Oracle, p, v []float64, eps float64, noise critical.Noise) (Ballot, error) {
	in, out := o.Shape()
	noise = noise.At(p)
	x := make([]float64, 5*in)
	y := make([]float64, 5*out)
	for range 5 {
		for j, t := range []float64{0, eps, eps / 2, -eps, -eps / 2} {
			for i := range p {
				x[j*in+i] = p[i] + float64(t*v[i])
			}
		}
		if err := o.Query(x, y); err != nil {
			return Ballot{}, err
		}
		floor := float64(16 * noise.Of(y))
		var bend, num, den float64
		for k := range out {
			f := y[k]
			plus, minus := y[out+k]-f, y[3*out+k]-f
			bend = max(bend, math.Abs(plus-float64(2*(y[2*out+k]-f))), math.Abs(minus-float64(2*(y[4*out+k]-f))))
			num += float64((plus + minus) * (plus - minus))
			den += float64((plus + minus) * (plus + minus))
		}
		jump := math.Sqrt(den)
		// p is known to lie on the hyperplane to within a small part of eps only.
		linear := bend <= max(floor, float64(1e-3*jump))
		if linear && jump > float64(64*floor) {
			return Ballot{D: num / den, Jump: jump / eps, Valid: true}, nil
		}
		if linear {
			return Ballot{}, nil // nothing downstream is on here
		}
		eps /= 4
	}
	return Ballot{}, nil
}

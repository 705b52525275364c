package signature_test

import (
	"math"
	"testing"

	"peel/core/linalg"
	"peel/core/rng"
	"peel/core/signature"
)

// plane is a true hyperplane, a blurred copy and points on the true one.
type plane struct {
	true, got signature.Hyperplane
	hits      []signature.Hit
}

func blurred(n, hits int, blur, hitErr float64, r *rng.Stream) plane {
	var p plane
	p.true = signature.Hyperplane{W: unit(r.NormalVec(make([]float64, n), 1)), B: r.Normal()}
	p.got = signature.Hyperplane{W: append([]float64(nil), p.true.W...), B: p.true.B + blur*r.Normal(), C: []float64{2, -3}, WErr: blur}
	for i := range p.got.W {
		p.got.W[i] += blur * r.Normal()
	}
	unit(p.got.W)
	for range hits {
		x := r.NormalVec(make([]float64, n), 3)
		linalg.Axpy(-p.true.Z(x)+hitErr*r.Normal(), p.true.W, x)
		p.hits = append(p.hits, signature.Hit{P: x, Err: hitErr})
	}
	if hits > 0 { // the first is where the row was measured, so it lies on it
		p.got.B = -linalg.Dot(p.got.W, p.hits[0].P)
	}
	return p
}

func (p *plane) off() float64 {
	d := math.Abs(p.got.B - p.true.B)
	for i, v := range p.true.W {
		d = max(d, math.Abs(p.got.W[i]-v))
	}
	return d
}

// With as many critical points as unknowns the row becomes as exact as they
// are; with fewer it never becomes worse.
func TestPolish(t *testing.T) {
	r := rng.New(1)
	for _, n := range []int{2, 5, 16} {
		for _, hits := range []int{0, 1, n / 2, n, 2*n + 4} {
			before, after := 0.0, 0.0
			for range 20 {
				p := blurred(n, hits, 1e-7, 1e-12, r)
				before += p.off()
				signature.Polish(&p.got, p.hits)
				after += p.off()
				if l := linalg.Norm(p.got.W); math.Abs(l-1) > 1e-14 && hits > 0 {
					t.Errorf("n = %d, %d hits: the row has length %v", n, hits, l)
				}
				if math.Abs(p.got.C[0]-2) > 1e-5 || math.Abs(p.got.C[1]+3) > 1e-5 {
					t.Errorf("n = %d, %d hits: the jumps changed to %v", n, hits, p.got.C)
				}
			}
			switch {
			case after > 1.5*before: // 1.5: a single row can lose in one entry what it gains in all
				t.Errorf("n = %d, %d hits: polishing made it worse, from %.1e to %.1e", n, hits, before, after)
			case hits >= 2*n && after > before/1000: // the points are 1e5 times sharper; an unlucky set loses a factor of 100
				t.Errorf("n = %d, %d hits: from %.1e only to %.1e", n, hits, before, after)
			}
		}
	}
}

// Points that the row's own error cannot explain are somebody else's.
func TestPolishLeavesOutliersOut(t *testing.T) {
	r := rng.New(2)
	for range 20 {
		p := blurred(6, 16, 1e-8, 1e-12, r)
		q := append([]float64(nil), p.hits[3].P...)
		linalg.Axpy(1e-3, p.true.W, q)
		p.hits = append(p.hits, signature.Hit{P: q, Err: 1e-12})
		signature.Polish(&p.got, p.hits)
		if d := p.off(); d > 1e-10 {
			t.Errorf("a foreign point moved the row by %v", d)
		}
	}
}

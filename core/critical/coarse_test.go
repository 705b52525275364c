package critical_test

import (
	"math"
	"testing"

	"peel/core/critical"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// The error that is measured is the one that the oracle has, in its kind: one
// that grows with the answers or one that does not.
func TestMeasureNoise(t *testing.T) {
	for _, c := range []struct {
		oracle.Precision
		rel, abs float64 // 0: as for float64
	}{
		{oracle.Precision{}, 0, 0},
		{oracle.Precision{Format: "float32"}, 0x1p-24, 0},
		{oracle.Precision{Format: "float16"}, 0x1p-11, 0},
		{oracle.Precision{Decimals: 12}, 0, 5e-13},
		{oracle.Precision{Decimals: 9}, 0, 5e-10},
		{oracle.Precision{Decimals: 6}, 0, 5e-7},
		{oracle.Precision{Decimals: 3}, 0, 5e-4},
		{oracle.Precision{Decimals: 2}, 0, 5e-3},
		{oracle.Precision{Noise: 1e-12}, 0, 1e-12},
		{oracle.Precision{Noise: 1e-6}, 0, 1e-6},
		{oracle.Precision{Noise: 1e-2}, 0, 1e-2},
		{oracle.Precision{Noise: 1e-3, Decimals: 6}, 0, 1e-3},
		{oracle.Precision{Noise: 1e-9, Decimals: 5}, 0, 5e-6},
	} {
		for seed := range uint64(10) {
			r := rng.New(seed)
			net := nn.New([]int{12, 8, 6, 1})
			for i := range net.Layers {
				r.NormalVec(net.Layers[i].W, 1/math.Sqrt(float64(net.Layers[i].In)))
				r.NormalVec(net.Layers[i].B, 0.3)
			}
			net.Layers[2].B[0] = 3 // no answer is 0
			o := oracle.Count(c.Degrade(oracle.NewVictim(net), seed), -1)
			n, err := critical.MeasureNoise(o, func(x []float64) { r.NormalVec(x, 1) }, r, 8, 1e-5)
			if err != nil {
				t.Fatal(err)
			}
			// An upper quartile of eight is within a factor of four of the deviation.
			like := func(got, want float64) bool {
				if want == 0 {
					return got <= 1e-14
				}
				return got >= want/4 && got <= want*4
			}
			if !like(n.Rel, c.rel) || !like(n.Abs, c.abs) {
				t.Errorf("%+v, seed %d: measured %+v", c.Precision, seed, n)
			}
			exact := c.Precision == oracle.Precision{}
			if most := int64(80); o.Used() > most || exact && (o.Used() != 40 || n.Coarse() != 1) {
				t.Errorf("%+v, seed %d: %d queries, %v times as coarse as float64", c.Precision, seed, o.Used(), n.Coarse())
			}
			// Zoomed out, the error is that of rounding, and no smaller than it was.
			times, z := n.Zoom()
			if (times > 1) != (c.abs > 0 && n.Abs > n.Rel*n.Scale) || z.Of([]float64{0}) < n.Abs || z.Of([]float64{0}) > max(2*n.Abs, n.Rel*n.Scale) {
				t.Errorf("%+v, seed %d: zoomed %v times to %+v", c.Precision, seed, times, z)
			}
		}
	}
}

// Float64 answers of any kind of network are not taken for rounded ones.
func TestExactAnswersAreExact(t *testing.T) {
	for seed := range uint64(200) {
		r := rng.New(seed)
		net := nn.New([]int{5, 4, 1 + int(seed%3)})
		for i := range net.Layers {
			r.NormalVec(net.Layers[i].W, 1)
			r.NormalVec(net.Layers[i].B, 1)
			if seed%2 == 0 { // weights that are themselves coarse
				for j, w := range net.Layers[i].W {
					net.Layers[i].W[j] = math.Round(4*w) / 4
				}
			}
		}
		n, err := critical.MeasureNoise(oracle.NewVictim(net), func(x []float64) { r.NormalVec(x, 1) }, r, 8, 1e-5)
		if err != nil || n.Abs > 0 || n.Float || n.Coarse() > 1 {
			t.Errorf("seed %d: %+v, %v", seed, n, err)
		}
	}
}

// A tolerance widens with the coarseness of answers, and never for exact ones.
func TestRelax(t *testing.T) {
	exact := critical.Noise{Rel: 0x1p-45, Scale: 1, Size: 1}
	coarse := critical.Noise{Rel: 0x1p-24, Scale: 1, Size: 1} // 2^16 times as coarse
	for _, c := range []struct {
		n               critical.Noise
		tol, want, then float64
	}{{exact, 1e-6, 1, 1e-6}, {coarse, 1e-6, 1e-7, 1e-6}, {coarse, 1e-6, 1e-3, 1e-3}, {coarse, 1e-6, 1, 0.065536}} {
		if got := c.n.Relax(c.tol, c.want); math.Abs(got-c.then) > 1e-9 {
			t.Errorf("%v relaxed to %v is %v, want %v", c.tol, c.want, got, c.then)
		}
	}
}

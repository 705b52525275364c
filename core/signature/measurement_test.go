package signature

import (
	"testing"

	"peel/core/critical"
	"peel/core/internal/testnet"
	"peel/core/oracle"
	"peel/core/rng"
)

// A gradient's questions allocate nothing, whether a check passes or has to
// mend a coordinate.
func TestMeasurementAllocatesNothing(t *testing.T) {
	for _, upward := range []bool{false, true} {
		const d0, out = 40, 3
		o := oracle.Count(oracle.Finite{Oracle: oracle.NewVictim(testnet.Random(0.3, 1, d0, 8, 6, out))}, -1)
		r := rng.New(2)
		p := make([]float64, d0)
		for i := range p {
			p[i] = 1 + r.Float64()
		}
		noise, err := critical.MeasureNoise(o, func(x []float64) { copy(x, p) }, r, 1, 1e-9)
		if err != nil {
			t.Fatal(err)
		}
		coord := r.Perm(d0)
		m := newMeasurement(o, p, coord, upward, noise, r)
		m.j = &Jacobian{Value: make([]float64, out), D: make([]float64, out*d0)}
		m.h = 1e-5
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		must(o.Query(p, m.j.Value))
		n := testing.AllocsPerRun(10, func() {
			must(m.steps(m.h))
			m.spare = d0
			if clean, err := m.check(m.all); !clean || err != nil {
				t.Fatal("a clean check fails", err)
			}
			m.j.D[7] += 1 // a derivative that is wrong
			if clean, err := m.check(m.all); clean || err != nil {
				t.Fatal("a wrong derivative passes", err)
			}
			must(m.again(3))
		})
		if n != 0 {
			t.Errorf("upward %v: %v allocations", upward, n)
		}
	}
}

package sign_test

import (
	"math"
	"testing"

	"peel/core/critical"
	"peel/core/internal/testnet"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/core/sign"
)

func random(seed uint64, sizes ...int) *nn.Network { return testnet.Random(0.3, seed, sizes...) }

// moves returns the v_k with A v_k = e_k for the rows of a layer, m×n.
func moves(l *nn.Layer) []float64 {
	q := linalg.Factor(linalg.Transpose(l.W, l.In), l.Out)
	var v []float64
	for k := range l.Out {
		e := make([]float64, l.Out)
		e[k] = 1
		v = append(v, q.MinNorm(e, l.Out)...)
	}
	return v
}

func noiseOf(t testing.TB, o oracle.Oracle, r *rng.Stream) critical.Noise {
	t.Helper()
	n, err := critical.MeasureNoise(o, func(x []float64) { r.NormalVec(x, 1) }, r, 8, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Freeze is asked with a random orientation of every row of random layers. It is
// never wrong; undecided it may be only where the neuron cannot be seen.
func TestFreezeIsNeverWrong(t *testing.T) {
	decided, undecided := 0, 0
	for seed := range uint64(30) {
		net := random(seed, 12, 8, 6, 1+int(seed%3))
		r := rng.New(seed, 1)
		o := oracle.Count(oracle.NewVictim(net), -1)
		noise := noiseOf(t, o, r)
		l := &net.Layers[0]
		v := moves(l)
		for k := range l.Out {
			s := r.Sign() // the orientation that the engine happens to have
			p := r.NormalVec(make([]float64, l.In), 1)
			move := append([]float64(nil), v[k*l.In:][:l.In]...)
			linalg.Axpy(-(linalg.Dot(l.Row(k), p) + l.B[k]), move, p) // onto the hyperplane
			linalg.Scale(s, move)
			before := o.Used()
			vote, err := sign.Freeze(o, p, move, 0.5+r.Float64(), 1e-7, noise)
			if err != nil {
				t.Fatal(err)
			}
			if n := o.Used() - before; n != 3 {
				t.Fatalf("%d queries, want 3", n)
			}
			switch vote.Sign {
			case 0:
				undecided++
			case s:
				decided++
				if !(vote.Ratio > 100) {
					t.Errorf("seed %d, neuron %d: decided on a ratio of %v", seed, k, vote.Ratio)
				}
			default:
				t.Errorf("seed %d, neuron %d: sign %v, want %v (ratio %v)", seed, k, vote.Sign, s, vote.Ratio)
			}
		}
	}
	t.Logf("%d decided, %d undecided", decided, undecided)
	if undecided > decided/20 {
		t.Errorf("%d of %d undecided", undecided, decided+undecided)
	}
}

// A move that leaks to other neurons, or a neuron that cannot be seen at all,
// must not be decided.
func TestFreezeUndecided(t *testing.T) {
	net := random(1, 8, 5, 4, 1)
	r := rng.New(2)
	o := oracle.NewVictim(net)
	noise := noiseOf(t, o, r)
	v := moves(&net.Layers[0])
	wrong := 0
	for range 100 {
		p := r.NormalVec(make([]float64, 8), 1)
		vote, err := sign.Freeze(o, p, r.NormalVec(make([]float64, 8), 1), 1, 1e-7, noise) // a random direction
		if err != nil {
			t.Fatal(err)
		}
		if vote.Sign != 0 {
			wrong++
		}
	}
	if wrong > 3 { // a point can lie on the edge of a region where nothing at all is on
		t.Errorf("%d of 100 random moves were taken for frozen", wrong)
	}
	for k := range net.Layers[1].Out { // nothing of neuron 3 reaches layer 2
		net.Layers[1].Row(k)[3] = 0
	}
	p := r.NormalVec(make([]float64, 8), 1)
	if vote, err := sign.Freeze(o, p, v[3*8:][:8], 1, 1e-7, noise); err != nil || vote.Sign != 0 {
		t.Errorf("an invisible neuron got the sign %v, %v", vote.Sign, err)
	}
}

// hidden is a one-layer problem for LastHidden: rows with a random orientation,
// their jumps, and the true signs.
type hidden struct {
	n             int
	w, c, g, z    []float64
	want          []float64
	bias, preacts []float64
}

func newHidden(m, n, out int, sign func(k int) float64, r *rng.Stream) hidden {
	h := hidden{n: n, g: make([]float64, out*n)}
	p := r.NormalVec(make([]float64, n), 1)
	for k := range m {
		row := r.NormalVec(make([]float64, n), 1)
		linalg.Scale(1/linalg.Norm(row), row)
		b, s := r.Normal(), sign(k)
		c := r.NormalVec(make([]float64, out), 1)
		z := linalg.Dot(row, p) + b
		// The neuron is c·relu(s·z): its jump along the row's orientation is c·|s|.
		if s*z > 0 {
			for o := range out {
				linalg.Axpy(s*c[o], row, h.g[o*n:][:n])
			}
		}
		h.w, h.c, h.z, h.want = append(h.w, row...), append(h.c, c...), append(h.z, z), append(h.want, s)
	}
	return h
}

// All signs of random layers of all shapes come out right, in every pattern:
// random, all + and all − (where every neuron may be off and the gradient 0).
func TestLastHidden(t *testing.T) {
	r := rng.New(3)
	for name, pick := range map[string]func(int) float64{
		"random": func(int) float64 { return r.Sign() },
		"all +":  func(int) float64 { return 1 },
		"all −":  func(int) float64 { return -1 },
		"one −":  func(k int) float64 { return math.Copysign(1, float64(k)-0.5) },
	} {
		for _, shape := range [][3]int{{1, 1, 1}, {1, 8, 1}, {5, 5, 1}, {8, 12, 1}, {12, 12, 4}, {20, 8, 3}, {30, 30, 1}, {9, 8, 1}, {20, 10, 1}, {24, 6, 2}, {10, 3, 1}} {
			tol := 1e-6
			if shape[0] > shape[1]*shape[2] {
				tol = 1e-11
			}
			for range 20 {
				h := newHidden(shape[0], shape[1], shape[2], pick, r)
				got, margin := sign.LastHidden(h.w, h.c, h.g, h.z, h.n, tol)
				for k, s := range got {
					if s != h.want[k] {
						t.Errorf("%s, %v: sign %d is %v (margin %v), want %v", name, shape, k, s, margin[k], h.want[k])
					}
				}
			}
		}
	}
}

// What the layer cannot explain is left undecided: dependent rows, far more rows
// than equations, a neuron that is missing, a gradient that is off.
func TestLastHiddenUndecided(t *testing.T) {
	r := rng.New(4)
	pick := func(int) float64 { return r.Sign() }
	none := func(name string, signs []float64) {
		t.Helper()
		for k, s := range signs {
			if s != 0 {
				t.Errorf("%s: sign %d was decided as %v", name, k, s)
			}
		}
	}
	for range 30 {
		h := newHidden(60, 8, 1, pick, r)
		signs, _ := sign.LastHidden(h.w, h.c, h.g, h.z, h.n, 1e-11)
		none("sixty rows in eight dimensions", signs)

		h = newHidden(14, 3, 1, pick, r)
		signs, _ = sign.LastHidden(h.w, h.c, h.g, h.z, h.n, 1e-4)
		none("fourteen rows in three dimensions, not exact enough to tell", signs)

		h = newHidden(12, 8, 1, pick, r)
		h.g[3] += 1e-3
		signs, _ = sign.LastHidden(h.w, h.c, h.g, h.z, h.n, 1e-11)
		none("twelve rows in eight dimensions, a gradient that is off", signs)

		h = newHidden(5, 8, 1, pick, r)
		copy(h.w[2*8:3*8], h.w[8:2*8])
		signs, _ = sign.LastHidden(h.w, h.c, h.g, h.z, h.n, 1e-6)
		none("two equal rows", signs)

		h = newHidden(5, 8, 1, pick, r)
		for o := range h.g {
			h.g[o] += 0.1 * r.Normal()
		}
		signs, _ = sign.LastHidden(h.w, h.c, h.g, h.z, h.n, 1e-6)
		none("a gradient that is off", signs)
	}
	// One neuron was not found, and it is on: nothing fits.
	missing := 0
	for range 100 {
		h := newHidden(6, 8, 1, pick, r)
		if h.want[5]*h.z[5] <= 0 {
			continue
		}
		missing++
		signs, _ := sign.LastHidden(h.w[:5*8], h.c[:5], h.g, h.z[:5], h.n, 1e-6)
		none("a missing neuron", signs)
	}
	if missing < 20 {
		t.Errorf("only %d of 100 layers had the missing neuron on", missing)
	}
}

// The error of a measured gradient must not turn a sign round: with errors from
// nothing to overwhelming, a sign is right or undecided.
func TestLastHiddenUnderNoise(t *testing.T) {
	r := rng.New(5)
	for _, size := range []float64{1e-12, 1e-9, 1e-7, 1e-5, 1e-3, 1} {
		wrong, open := 0, 0
		for range 200 {
			h := newHidden(6, 8, 1, func(int) float64 { return r.Sign() }, r)
			for i := range h.g {
				h.g[i] += size * r.Normal()
			}
			signs, _ := sign.LastHidden(h.w, h.c, h.g, h.z, h.n, 1e-6)
			for k, s := range signs {
				switch {
				case s == 0:
					open++
				case s != h.want[k]:
					wrong++
				}
			}
		}
		if wrong > 0 {
			t.Errorf("noise of %v: %d of 1200 signs wrong", size, wrong)
		}
		if size <= 1e-9 && open > 60 {
			t.Errorf("noise of %v: %d of 1200 signs undecided", size, open)
		}
	}
}

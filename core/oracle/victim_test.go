package oracle_test

import (
	"math"
	"testing"

	"peel/core/internal/testnet"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

func random(seed uint64, sizes ...int) *nn.Network { return testnet.Random(0.5, seed, sizes...) }

// magnitude bounds what the rounding errors of an answer at x are relative to:
// the answer of the network with every weight and coordinate made positive.
func magnitude(net *nn.Network, x []float64) float64 {
	h := append([]float64(nil), x...)
	for i := range h {
		h[i] = math.Abs(h[i])
	}
	for i := range net.Layers {
		l := &net.Layers[i]
		z := make([]float64, l.Out)
		for k := range z {
			z[k] = math.Abs(l.B[k])
			for j, w := range l.Row(k) {
				z[k] += math.Abs(w) * h[j]
			}
		}
		h = z
	}
	m := 0.0
	for _, v := range h {
		m = max(m, v)
	}
	return m
}

var shapes = [][]int{{1, 1, 1}, {2, 3, 1}, {5, 5, 5, 1}, {30, 7, 6, 4}, {4, 9, 8, 7, 3}, {200, 16, 16, 10}}

// roundings is how many relative errors of 2^-53 an answer may be off: each of
// the few hundred products and sums of the largest shape contributes one at most.
const roundings = 1000 * 0x1p-53

func close(t *testing.T, what string, net *nn.Network, x, got []float64) {
	t.Helper()
	want := make([]float64, net.Out())
	nn.NewEval(net).Forward(x, want)
	size := magnitude(net, x)
	for k := range want {
		if !(math.Abs(got[k]-want[k]) <= roundings*size) {
			t.Errorf("%v, %s: answer %d is %v, want %v ± %v", net.Sizes(), what, k, got[k], want[k], roundings*size)
		}
	}
}

// combine returns base + Σ c_j dirs_j.
func combine(base, dirs, c []float64) []float64 {
	x := append([]float64(nil), base...)
	for j, cj := range c {
		for i := range x {
			x[i] += cj * dirs[j*len(x)+i]
		}
	}
	return x
}

// Every way to ask a point must give the plain answer: whole, as a step, in a
// subspace, as a step in a subspace, in a subspace of a subspace; structured or
// written out.
func TestEveryWayToAskIsTheSameAnswer(t *testing.T) {
	for i, sizes := range shapes {
		net, r := random(uint64(i), sizes...), rng.New(7, uint64(i))
		d0, out := net.In(), net.Out()
		for name, o := range map[string]oracle.Oracle{
			"victim":  oracle.NewVictim(net),
			"plain":   oracle.Plain{Oracle: oracle.NewVictim(net)},
			"counted": oracle.Count(oracle.NewVictim(net), -1),
		} {
			if in, o2 := o.Shape(); in != d0 || o2 != out {
				t.Fatalf("%v, %s: shape %d → %d", sizes, name, in, o2)
			}
			for _, scale := range []float64{1e-6, 1, 1e6} {
				base := r.NormalVec(make([]float64, d0), scale)
				y := make([]float64, 3*out)
				points := r.NormalVec(make([]float64, 3*d0), scale)
				must(t, o.Query(points, y))
				for p := range 3 {
					close(t, name+" query", net, points[p*d0:][:d0], y[p*out:][:out])
				}
				coord, step := []int{r.Intn(d0), 0, d0 - 1}, []float64{r.Normal(), 0, scale}
				must(t, o.Steps(base, coord, step, y))
				for p, j := range coord {
					x := append([]float64(nil), base...)
					x[j] += step[p]
					close(t, name+" step", net, x, y[p*out:][:out])
				}
				for _, k := range []int{1, 2, 5} {
					dirs := r.NormalVec(make([]float64, k*d0), 1)
					s, err := o.Restrict(base, dirs)
					must(t, err)
					checkSubspace(t, name, net, s, base, dirs, scale, r)
					base2, dirs2 := r.NormalVec(make([]float64, k), scale), r.NormalVec(make([]float64, 2*k), 1)
					s2, err := s.Restrict(base2, dirs2)
					must(t, err)
					wholeBase := combine(base, dirs, base2)
					wholeDirs := append(combine(make([]float64, d0), dirs, dirs2[:k]), combine(make([]float64, d0), dirs, dirs2[k:])...)
					checkSubspace(t, name+" of a subspace", net, s2, wholeBase, wholeDirs, scale, r)
				}
			}
		}
	}
}

func checkSubspace(t *testing.T, name string, net *nn.Network, s oracle.Oracle, base, dirs []float64, scale float64, r *rng.Stream) {
	t.Helper()
	k, out := s.Shape()
	if k != len(dirs)/net.In() || out != net.Out() {
		t.Fatalf("%v: subspace has shape %d → %d", net.Sizes(), k, out)
	}
	c := r.NormalVec(make([]float64, 2*k), scale)
	y := make([]float64, 2*out)
	must(t, s.Query(c, y))
	for p := range 2 {
		close(t, name+" subspace", net, combine(base, dirs, c[p*k:][:k]), y[p*out:][:out])
	}
	j := r.Intn(k)
	must(t, s.Steps(c[:k], []int{j, j}, []float64{scale, -1}, y))
	for p, d := range []float64{scale, -1} {
		e := append([]float64(nil), c[:k]...)
		e[j] += d
		close(t, name+" subspace step", net, combine(base, dirs, e), y[p*out:][:out])
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The attack's queries come in batches that do not fit their buffers only by a
// programmer's mistake; a remote caller's mistake must not become a crash.
func TestBatchesThatDoNotFit(t *testing.T) {
	net := random(1, 6, 4, 3, 2)
	v := func(n int) []float64 { return make([]float64, n) }
	for name, o := range map[string]oracle.Oracle{
		"victim": oracle.NewVictim(net), "plain": oracle.Plain{Oracle: oracle.NewVictim(net)}, "counted": oracle.Count(oracle.NewVictim(net), -1),
	} {
		s, err := o.Restrict(v(6), v(18)) // three directions
		must(t, err)
		for what, err := range map[string]error{
			"half a point":              o.Query(v(9), v(2)),
			"an answer too few":         o.Query(v(12), v(2)),
			"an answer too many":        o.Query(v(6), v(3)),
			"coordinate out of range":   o.Steps(v(6), []int{6}, v(1), v(2)),
			"negative coordinate":       o.Steps(v(6), []int{-1}, v(1), v(2)),
			"a step too few":            o.Steps(v(6), []int{0, 1}, v(1), v(4)),
			"a short base":              o.Steps(v(5), []int{0}, v(1), v(2)),
			"steps without room":        o.Steps(v(6), []int{0}, v(1), v(1)),
			"subspace: half a point":    s.Query(v(4), v(2)),
			"subspace: answer too many": s.Query(v(3), v(4)),
			"subspace: coordinate":      s.Steps(v(3), []int{3}, v(1), v(2)),
			"subspace: a step too few":  s.Steps(v(3), []int{0, 1}, v(1), v(4)),
			"subspace: short base":      s.Steps(v(2), []int{0}, v(1), v(2)),
		} {
			if err == nil {
				t.Errorf("%s: %s was answered", name, what)
			}
		}
		for what, f := range map[string]func() (oracle.Oracle, error){
			"short base":               func() (oracle.Oracle, error) { return o.Restrict(v(5), v(6)) },
			"half a direction":         func() (oracle.Oracle, error) { return o.Restrict(v(6), v(9)) },
			"subspace: long base":      func() (oracle.Oracle, error) { return s.Restrict(v(4), v(3)) },
			"subspace: half direction": func() (oracle.Oracle, error) { return s.Restrict(v(3), v(4)) },
		} {
			if _, err := f(); err == nil {
				t.Errorf("%s: %s made a subspace", name, what)
			}
		}
	}
}

// The caller may reuse what it passed to Restrict.
func TestSubspaceKeepsItsOwnCopy(t *testing.T) {
	net := random(2, 5, 4, 1)
	for name, o := range map[string]oracle.Oracle{"victim": oracle.NewVictim(net), "plain": oracle.Plain{Oracle: oracle.NewVictim(net)}} {
		base, dirs := []float64{1, 2, 3, 4, 5}, []float64{1, 0, 0, 0, 1}
		s, err := o.Restrict(base, dirs)
		must(t, err)
		clear(base)
		clear(dirs)
		y := make([]float64, 1)
		must(t, s.Query([]float64{2}, y))
		close(t, name, net, []float64{3, 2, 3, 4, 7}, y)
		line, err := s.Restrict([]float64{1}, []float64{2})
		must(t, err)
		must(t, line.Query([]float64{0.5}, y)) // c = 1 + 2·0.5 = 2 again
		close(t, name+", restricted again", net, []float64{3, 2, 3, 4, 7}, y)
	}
}

package extract

import (
	"math"
	"slices"
	"testing"

	"peel/core/internal/testnet"
	"peel/core/linalg"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// Three groups of wrong inputs tell the same row on different inputs, each in units of
// its own; a fourth tells another row.
func TestRowsJoin(t *testing.T) {
	r := rng.New(0x101)
	w, other := r.NormalVec(make([]float64, 8), 1), r.NormalVec(make([]float64, 8), 1)
	const b = -0.02
	part := func(w []float64, c float64, on ...int) *rowFit {
		f := &rowFit{on: on}
		for _, j := range on {
			f.x = append(f.x, float64(c*w[j]))
		}
		f.x = append(f.x, float64(c*b))
		return f
	}
	f := part(w, 1, 0, 1, 2)
	g := f.joined([]*rowFit{part(w, -3, 5, 6), part(other, 2, 1, 4, 7), part(w, 0.5, 2, 3, 5)})
	if !slices.Equal(g.on, []int{0, 1, 2, 3, 5, 6}) {
		t.Fatalf("the inputs are %v", g.on)
	}
	for i, j := range g.on {
		if math.Abs(g.x[i]-w[j]) > 1e-12 {
			t.Errorf("weight %d is %v, not %v", j, g.x[i], w[j])
		}
	}
	if f.join(part(w, 1, 3, 4)) != nil {
		t.Error("rows that share no input were joined")
	}
	h := part(w, 2, 0, 3)
	h.x[2] = 0.5
	if f.join(h) != nil {
		t.Error("rows with different biases were joined")
	}
}

// A newcomer is traced like any other neuron, from where its hyperplane passes by the
// inputs that showed it.
func TestNewcomerIsTraced(t *testing.T) {
	net := testnet.Random(0.3, 90, 8, 8, 8, 8, 8, 1)
	net.Layers[0] = nn.Layer{In: 8, Out: 8, W: identity(8), B: make([]float64, 8)}
	seldom(net, 2, 0.05, rng.New(0, 0x5e1d))
	o := oracle.NewVictim(net)
	s := lacking(t, net, -1, o)
	const k = 7
	n := s.layers[2].neurons[k]
	n.came = true
	s.unfolded[2].neurons = s.unfolded[2].neurons[:k]
	in, err := s.layers[1].chart.open(o)
	if err != nil {
		t.Fatal(err)
	}
	r := rng.New(3)
	f := make([]float64, 1)
	for range 400 {
		y := r.NormalVec(make([]float64, 8), 1)
		if err := in.Query(y, f); err != nil {
			t.Fatal(err)
		}
		s.wrongs = append(append(s.wrongs, y...), f...)
	}
	s.kept = &version{layers: s.layers, unfolded: s.unfolded, net: s.inDeepChart(s.network())}
	if !s.kept.untraced() {
		t.Fatal("no newcomer is left to be traced")
	}
	l := s.unfolded[2].reopened()
	came := s.newcomersIn(l)
	if len(came) != 1 || s.kept.untraced() {
		t.Fatalf("%d newcomers, another left: %v", len(came), s.kept.untraced())
	}
	g := came[0]
	for i := 0; i < len(g.spots); i += 8 {
		a := append(slices.Clone(l.deep.pre.values(g.spots[i:][:8])), 1)
		if z := linalg.Dot(n.W, a[:8]) + n.B; math.Abs(z) > 1e-9*linalg.Norm(a) {
			t.Errorf("spot %d is off its hyperplane by %.1e", i/8, z)
		}
	}
	if len(g.spots) < 4*8 || g.Rank() != 9 || !g.sure {
		t.Errorf("%d spots, rank %d, sure %v", len(g.spots)/8, g.Rank(), g.sure)
	}
}

// A bias hardly shows in inputs that are all far out: a row fitted to such is joined
// all the same, and the other's bias stays.
func TestRowsJoinDespiteALooseBias(t *testing.T) {
	r := rng.New(0x102)
	w := r.NormalVec(make([]float64, 4), 1)
	const b = -0.02
	group := func(far float64, on ...int) (all []lack) {
		for range 24 {
			k := lack{h: make([]float64, 4), r: make([]float64, 1)}
			sum := b
			for _, j := range on {
				k.h[j] = far * (1 + r.Float64())
				sum += w[j] * k.h[j]
			}
			k.r[0] = sum + 1e-8*far*r.Normal()
			all = append(all, k)
		}
		return all
	}
	near := fitRow(group(1, 0, 1), 0, []int{0, 1})
	far := fitRow(group(1e5, 1, 2), 0, []int{1, 2})
	if near == nil || far == nil {
		t.Fatal("a group tells no row")
	}
	if off := math.Abs(far.x[2] - b); off < 1e-4 || off > far.loose {
		t.Fatalf("the far bias is off by %.1e, and may be by %.1e", off, far.loose)
	}
	for _, u := range []*rowFit{near.join(far), far.join(near)} {
		if u == nil {
			t.Fatal("the rows were not joined")
		}
		s := u.x[slices.Index(u.on, 1)] / w[1]
		if off := math.Abs(u.x[3]/s - b); off > 1e-6 {
			t.Errorf("the bias is off by %.1e", off)
		}
	}
}

// A neuron that was taken to be off where inputs are on that it was not seen with is
// widened by a row that tells them, in that row's own units, and left alone by one that
// makes no input right.
func TestARowIsWidened(t *testing.T) {
	truth := testnet.Random(0.3, 77, 6, 6, 6, 1)
	truth.Layers[0] = nn.Layer{In: 6, Out: 6, W: identity(6), B: make([]float64, 6)}
	p := &patcher{net: truth.Clone(), rows: make([][]patchable, 2)}
	const k = 2
	row, right := p.net.Layers[1].Row(k), truth.Layers[1].Row(k)
	n := &newcomer{Layer: 1, At: k, B: truth.Layers[1].B[k]}
	for j := range row {
		if j < 3 {
			n.On = append(n.On, j)
		} else {
			row[j] = -overruled
		}
	}
	n.W = slices.Clone(row)
	r := rng.New(0x3d)
	eval := nn.NewEval(truth)
	for range 200 {
		y := r.NormalVec(make([]float64, 6), 1)
		f := make([]float64, 1)
		eval.Forward(y, f)
		p.y, p.f = append(p.y, y), append(p.f, f)
	}
	before := len(p.wrong())
	if before < 10 {
		t.Fatalf("only %d inputs are wrong", before)
	}
	bad := &newcomer{Layer: 1, At: k, W: r.NormalVec(make([]float64, 6), 1), On: []int{0, 1, 2, 3, 4, 5}}
	p.widen(n, bad, nil, before)
	if len(p.made) != 0 || !slices.Equal(p.net.Layers[1].Row(k), n.W) {
		t.Error("a row that makes nothing right was taken")
	}
	u := &newcomer{Layer: 1, At: k, W: slices.Clone(right), On: []int{0, 1, 2, 3, 4, 5}}
	linalg.Scale(-4, u.W)
	p.widen(n, u, nil, before)
	if len(p.wrong()) != 0 || len(p.made) != 1 {
		t.Errorf("%d of %d inputs are still wrong, %d corrections", len(p.wrong()), before, len(p.made))
	}
	for j, w := range p.net.Layers[1].Row(k) {
		if math.Abs(w-right[j]) > 1e-12 {
			t.Errorf("weight %d is %v, not %v", j, w, right[j])
		}
	}
}

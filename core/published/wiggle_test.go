package published

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"peel/core/internal/testnet"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
)

// With one hidden layer narrower than its input, the neurons are moved nearly by
// themselves and most signs come out right in every format. 17 queries a vote are
// asked where everything is straight.
func TestWiggle(t *testing.T) {
	for _, bits := range []int{0, 32, 16} {
		right, all := 0, 0
		var queries int64
		for seed := range uint64(5) {
			net := testnet.Random(0.3, seed+1, 40, 12, 8, 2)
			a, truth, q := signs(t, net, 1, method.Method{Sign: method.Wiggle, Samples: 15, Bits: bits}, seed)
			r, _, _ := score(a, truth)
			right, all, queries = right+r, all+len(truth), queries+q
			for k, row := range a.Rows {
				if row.Sign != 0 && (row.Confidence < 0.5 || row.Confidence > 1 || row.Hard != (row.Confidence < easyFrom)) {
					t.Errorf("neuron %d: confidence %v, hard: %v", k, row.Confidence, row.Hard)
				}
			}
		}
		t.Logf("%d bits: %d of %d right, %d queries", bits, right, all, queries)
		if right < all*8/10 {
			t.Errorf("%d bits: only %d of %d signs are right", bits, right, all)
		}
		if least := int64(17 * 15 * all); queries < least || queries > 2*least {
			t.Errorf("%d bits: %d queries, want %d and some", bits, queries, least)
		}
	}
}

// Without a number of samples, 200 votes are cast, and 200 more on the least
// sure tenth.
func TestWiggleAnalysesAgain(t *testing.T) {
	net := testnet.Random(0.3, 1, 10, 12, 9, 1)
	a, _ := given(t, net, 1, method.Method{Sign: method.Wiggle}, 1)
	s, _ := library{}.Signs(a)
	next, err := s.Apply(results(t, net, a, s))
	if err != nil || next == nil {
		t.Fatal("no second analysis", err)
	}
	if next.Tasks() != 2 {
		t.Errorf("%d neurons of 12 are analysed again, want 2", next.Tasks())
	}
	again := next.(*wiggleStep)
	for _, k := range again.which {
		for q, row := range a.Rows {
			if !slices.Contains(again.which, q) && row.Confidence < a.Rows[k].Confidence {
				t.Errorf("neuron %d is analysed again, and %d, which is less sure, is not", k, q)
			}
		}
	}
	end, err := next.Apply(results(t, net, a, next))
	if end != nil || err != nil {
		t.Error("there is a third analysis", err)
	}
}

// A wiggle moves h_{k−1} along the row, as far as that is possible: what is left
// of the row is orthogonal to all that can be reached.
func TestWiggleIsTheProjection(t *testing.T) {
	for _, sizes := range [][]int{{9, 7, 6, 1}, {4, 12, 6, 1}, {20, 9, 14, 6, 1}} {
		layer := len(sizes) - 2
		net := testnet.Random(0.3, 3, sizes...)
		a, _ := given(t, net, layer, method.Method{Sign: method.Wiggle}, 1)
		s := newWiggle(a).(*wiggleStep)
		r := rng.New(5)
		for k := range a.Rows {
			at := s.f.corner(k, 0, s.eps.corner, r)
			if at == nil {
				continue
			}
			if z := at.row(k); z < -1e-12 || z > 1e-6 {
				t.Errorf("%v, neuron %d: 0 is missed by %v", sizes, k, z)
			}
			move := s.wiggle(at, k)
			moved := append([]float64(nil), at.x...)
			linalg.Axpy(1, move, moved)
			step := s.f.at(moved).h
			linalg.Axpy(-1, at.h, step)
			if got := linalg.Norm(step); math.Abs(got/s.eps.layer-1) > 1e-4 {
				t.Errorf("%v, neuron %d: h moves by %v, want %v", sizes, k, got, s.eps.layer)
			}
			linalg.Scale(1/linalg.Norm(step), step)
			rest := append([]float64(nil), s.f.rows.Row(k)...)
			linalg.Axpy(-linalg.Dot(rest, step), step, rest)
			g := at.jacobian()
			for q, z := range at.zs[len(at.zs)-1] {
				if z <= 0 {
					linalg.Scale(0, g[q*sizes[0]:][:sizes[0]])
				}
			}
			reach := linalg.MulVec(linalg.Transpose(g, sizes[0]), rest)
			if linalg.MaxAbs(reach) > 1e-4 {
				t.Errorf("%v, neuron %d: more of the row can be reached: %v", sizes, k, linalg.MaxAbs(reach))
			}
		}
	}
}

// A neuron that nothing moves, and one that the output does not follow, are
// given up with a reason.
func TestWiggleGivesUp(t *testing.T) {
	net := testnet.Random(0.3, 1, 8, 4, 3, 1)
	l := &net.Layers[1]
	for k := range l.Out {
		l.Row(k)[2] = 0 // nothing follows neuron 3 of layer 1
	}
	for _, c := range []struct {
		row  func(a *method.Attack)
		want string
	}{
		{func(a *method.Attack) { a.Rows[2].B = 1e9 }, ""},
		{func(a *method.Attack) { a.Rows[2].W, a.Rows[2].B = make([]float64, 8), 1 }, "no input was found where it is 0"},
	} {
		a, _ := given(t, net, 1, method.Method{Sign: method.Wiggle, Samples: 5}, 1)
		c.row(a)
		s, err := library{}.Signs(a)
		drive(t, net, a, s, err)
		if c.want != "" && (a.Rows[2].Sign != 0 || !strings.Contains(strings.Join(a.Why, " "), "neuron 3 has no sign: "+c.want)) {
			t.Errorf("sign %v, %q, want %q", a.Rows[2].Sign, a.Why, c.want)
		}
	}
	// All that follows is dead: both sides answer alike.
	for k := range net.Layers[1].B {
		net.Layers[1].B[k] = -1e6
	}
	a, _ := given(t, net, 1, method.Method{Sign: method.Wiggle, Samples: 5}, 1)
	s, err := library{}.Signs(a)
	drive(t, net, a, s, err)
	if r, _, none := score(a, []float64{1, 1, 1, 1}); none != 4 || !strings.Contains(a.Why[0], "both sides answer alike") {
		t.Errorf("%d signs of a layer that nothing follows, %q", r, a.Why)
	}
}

// The queries of an attacker of fewer bits are numbers of that format.
func TestWiggleAsksInItsFormat(t *testing.T) {
	for _, bits := range []int{32, 16} {
		net := testnet.Random(0.3, 1, 10, 6, 5, 1)
		a, _ := given(t, net, 2, method.Method{Sign: method.Wiggle, Samples: 3, Bits: bits}, 1)
		s, _ := library{}.Signs(a)
		o := &formatOracle{Oracle: oracle.NewVictim(net), ar: arith(bits)}
		if _, err := s.Do(0, o, rng.New(1)); err != nil {
			t.Fatal(err)
		}
		if o.points == 0 || o.other > 0 {
			t.Errorf("%d bits: %d of %d coordinates are not of that format", bits, o.other, o.points)
		}
	}
}

type formatOracle struct {
	oracle.Oracle
	ar            arith
	points, other int
}

func (f *formatOracle) Query(x, y []float64) error {
	for _, v := range x {
		f.points++
		if f.ar.round(v) != v {
			f.other++
		}
	}
	return f.Oracle.Query(x, y)
}

// The scales of the layers before do not matter: they are arbitrary where they
// were recovered.
func TestWiggleDoesNotKnowScales(t *testing.T) {
	net := testnet.Random(0.3, 1, 20, 12, 8, 2)
	var votes [2][]float64
	for i, scale := range []float64{1, 1024} { // a power of two, which rounds nothing
		l, next := &net.Layers[0], &net.Layers[1]
		linalg.Scale(scale, l.W)
		linalg.Scale(scale, l.B)
		linalg.Scale(1/scale, next.W)
		a, _, _ := signs(t, net, 2, method.Method{Sign: method.Wiggle, Samples: 9, Bits: 32}, 3)
		for _, r := range a.Rows {
			votes[i] = append(votes[i], float64(r.Sign*r.Confidence))
		}
	}
	if !slices.Equal(votes[0], votes[1]) {
		t.Errorf("votes are %v, and %v with another scale", votes[0], votes[1])
	}
}

// What an attack finds depends on its seed alone.
func TestSignsAreReproducible(t *testing.T) {
	net := testnet.Random(0.3, 1, 10, 6, 5, 1)
	for _, m := range []method.Method{{Sign: method.Wiggle, Samples: 9, Bits: 32}, {Sign: method.LastHidden}, {Sign: method.Exhaustive}} {
		var rows [2]string
		for i := range rows {
			a, _, _ := signs(t, net, 2, m, 7)
			text, _ := json.Marshal(a)
			rows[i] = string(text)
		}
		if rows[0] != rows[1] {
			t.Errorf("%v gave two different results", m)
		}
	}
}

// float32 sums are those of float32 numbers, float16 ones are rounded once.
func TestArith(t *testing.T) {
	r := rng.New(3)
	x, y := r.NormalVec(make([]float64, 50), 1), r.NormalVec(make([]float64, 50), 1)
	x32, y32 := arith(32).vec(x), arith(32).vec(y)
	var want float32
	for i := range x32 {
		want += float32(x32[i]) * float32(y32[i])
	}
	if got := arith(32).dot(x32, y32); math.Abs(got-float64(want)) > 1e-5 || got != float64(float32(got)) {
		t.Errorf("a float32 product is %v, want %v", got, want)
	}
	if got := arith(16).dot(arith(16).vec(x), arith(16).vec(y)); got != oracle.Float16(got) {
		t.Errorf("a float16 product is %v", got)
	}
	if got := arith(64).vec(x); !reflect.DeepEqual(got, x) {
		t.Error("float64 numbers are rounded")
	}
}

// The family moves one neuron and nothing else, and the distance follows the
// factor where there is one neighbour.
func TestHardFamily(t *testing.T) {
	net := testnet.Random(0.3, 1, 8, 5, 4, 1)
	family := HardFamily(net, 2, 3, 1, []float64{0, 0.5, 1, 2})
	if len(family) != 4 || !reflect.DeepEqual(family[2].Net, net) {
		t.Fatal("factor 1 is another network")
	}
	for i, f := range []float64{0, 0.5, 1, 2} {
		if want := f * family[2].Distance; math.Abs(family[i].Distance-want) > 1e-12 {
			t.Errorf("factor %v: distance %v, want %v", f, family[i].Distance, want)
		}
		same := family[i].Net.Clone()
		copy(same.Layers[1].Row(2), net.Layers[1].Row(2))
		same.Layers[1].B[2] = net.Layers[1].B[2]
		if !reflect.DeepEqual(same, net) {
			t.Errorf("factor %v changed more than one neuron", f)
		}
	}
	if HardFamily(&nn.Network{Layers: []nn.Layer{nn.NewLayer(2, 1), nn.NewLayer(1, 1)}}, 1, 1, 3, []float64{1}) != nil {
		t.Error("one neuron has neighbours")
	}
}

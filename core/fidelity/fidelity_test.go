package fidelity

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"peel/core/nn"
	"peel/core/rng"
)

// random returns a network whose hidden neurons all switch on and off.
func random(seed uint64, sizes ...int) *nn.Network {
	net, r := nn.New(sizes), rng.New(seed)
	for i := range net.Layers {
		l := &net.Layers[i]
		r.NormalVec(l.W, 1/math.Sqrt(float64(l.In)))
		r.NormalVec(l.B, 0.1)
	}
	return net
}

// disguise returns the same function with hidden neurons in another order and
// on other scales: what a perfect extraction looks like.
func disguise(net *nn.Network, seed uint64) *nn.Network {
	r := rng.New(seed)
	out := net.Clone()
	for i := range net.Hidden() {
		l, next := &out.Layers[i], &out.Layers[i+1]
		before := out.Clone()
		from, to := &before.Layers[i], &before.Layers[i+1]
		for k, p := range r.Perm(l.Out) {
			scale := 0.1 + 3*r.Float64()
			for j, w := range from.Row(k) {
				l.W[p*l.In+j] = scale * w
			}
			l.B[p] = scale * from.B[k]
			for o := range next.Out {
				next.W[o*next.In+p] = to.W[o*next.In+k] / scale
			}
		}
	}
	return out
}

func compare(t *testing.T, a, b *nn.Network) *Report {
	t.Helper()
	r, err := Compare(a, b, Options{Samples: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Errorf("a report must be valid JSON: %v", err)
	}
	for _, l := range r.Layers {
		if l.Right+l.Imprecise+l.WrongSigns+l.Undecided+l.Missing != l.Neurons || len(l.Rows) != l.Neurons {
			t.Errorf("layer %d counts its rows wrongly: %+v", l.Index, l)
		}
	}
	return r
}

var shapes = [][]int{{5, 4, 1}, {10, 8, 6, 1}, {6, 8, 5, 4, 3}, {8, 7, 7, 7, 7, 7, 7, 7, 1}}

func TestOrderAndScaleDoNotMatter(t *testing.T) {
	for _, sizes := range shapes {
		net := random(1, sizes...)
		r := compare(t, net, disguise(net, 2))
		// 1e-13: a few dozen roundings of 1e-16 in products and sums.
		if !r.Identical() || !r.Equivalent() || r.WorstRow() > 1e-13 {
			t.Errorf("%v: a network is not itself: worst row %g, %+v", sizes, r.WorstRow(), r.Samples)
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	for _, sizes := range shapes {
		net := random(3, sizes...)
		for layer := range net.Hidden() {
			for _, c := range []struct {
				name  string
				spoil func(l *nn.Layer)
				judge func(l Layer) bool
			}{
				{"a sign flip", func(l *nn.Layer) { negate(l, 1) }, func(l Layer) bool { return l.WrongSigns == 1 && l.Right == l.Neurons-1 }},
				{"a wrong row", func(l *nn.Layer) { l.Row(1)[0] += 10 }, func(l Layer) bool { return l.Missing == 1 && l.Right == l.Neurons-1 }},
				{"a missing neuron", func(l *nn.Layer) { clear(l.Row(1)); l.B[1] = 0 }, func(l Layer) bool { return l.Missing == 1 && l.Right == l.Neurons-1 }},
				{"an imprecise row", func(l *nn.Layer) { l.Row(1)[0] *= 1 + 1e-5 }, func(l Layer) bool {
					return l.Imprecise == 1 && l.Right == l.Neurons-1 && l.WorstRow > RowTolerance && l.WorstRow < 1e-4
				}},
				{"a wrong bias", func(l *nn.Layer) { l.B[1] += 10 }, func(l Layer) bool { return l.Missing == 1 }},
			} {
				bad := net.Clone()
				c.spoil(&bad.Layers[layer])
				r := compare(t, net, disguise(bad, 4))
				if !c.judge(r.Layers[layer]) {
					t.Errorf("%v: %s in layer %d was reported as %+v", sizes, c.name, layer+1, r.Layers[layer])
				}
				if r.Identical() {
					t.Errorf("%v: %s in layer %d passed as identical", sizes, c.name, layer+1)
				}
				for i, l := range r.Layers[:layer] {
					if l.Right != l.Neurons {
						t.Errorf("%v: %s in layer %d spoils layer %d: %+v", sizes, c.name, layer+1, i+1, l)
					}
				}
			}
		}
	}
}

func negate(l *nn.Layer, k int) {
	for j := range l.Row(k) {
		l.Row(k)[j] *= -1
	}
	l.B[k] *= -1
}

func TestOutputLayerIsComparedAsItIs(t *testing.T) {
	net := random(5, 6, 5, 4, 3)
	bad := net.Clone()
	out := &bad.Layers[2]
	for j := range out.In { // outputs 0 and 1 trade places
		out.W[j], out.W[out.In+j] = out.W[out.In+j], out.W[j]
	}
	out.B[0], out.B[1] = out.B[1], out.B[0]
	r := compare(t, net, bad)
	if r.Layers[2].Missing != 2 || r.Layers[2].Right != 1 || r.Equivalent() {
		t.Errorf("swapped outputs were reported as %+v", r.Layers[2])
	}
}

// A neuron that never switches on cannot be recovered and is not needed.
func TestDeadNeuron(t *testing.T) {
	net := random(6, 6, 5, 4, 1)
	net.Layers[0].B[2] = -1000
	got := disguise(net, 7)
	for k := range 5 { // the recovered network has nothing in its place
		if got.Layers[0].B[k] < -50 {
			clear(got.Layers[0].Row(k))
			got.Layers[0].B[k] = 0
		}
	}
	r := compare(t, net, got)
	l := r.Layers[0]
	if r.Identical() || !r.Equivalent() || l.Missing != 1 || l.Inactive != 1 || r.Layers[1].Right != 4 || r.Layers[1].Uncompared != 1 {
		t.Errorf("a dead neuron was reported as %+v, %+v, %+v", l, r.Layers[1], r.Samples)
	}
}

// Two neurons with one hyperplane are one neuron to an attacker.
func TestDuplicateNeurons(t *testing.T) {
	net := random(8, 6, 5, 4, 1)
	for j, w := range net.Layers[0].Row(0) {
		net.Layers[0].Row(1)[j] = 2 * w
	}
	net.Layers[0].B[1] = 2 * net.Layers[0].B[0]
	merged := net.Clone()
	next := &merged.Layers[1]
	for k := range next.Out {
		next.W[k*next.In] += 2 * next.W[k*next.In+1]
		next.W[k*next.In+1] = 0
	}
	clear(merged.Layers[0].Row(1))
	merged.Layers[0].B[1] = 0
	r := compare(t, net, disguise(merged, 9))
	if r.Identical() || !r.Equivalent() || r.Layers[0].Duplicates != 1 || r.Layers[0].Missing != 1 {
		t.Errorf("duplicates were reported as %+v, %+v", r.Layers[0], r.Samples)
	}
}

// A sign that the run did not decide is neither right nor wrong, whichever side
// the copy happens to have.
func TestUndecidedSigns(t *testing.T) {
	net := random(8, 6, 5, 4, 1)
	got := net.Clone()
	negate(&got.Layers[1], 2)
	r, err := Compare(net, got, Options{Samples: 10, Undecided: [][]bool{nil, {false, true, true}}})
	if err != nil {
		t.Fatal(err)
	}
	l := r.Layers[1]
	if r.Layers[0].Right != 5 || l.Undecided != 2 || l.Right != 2 || l.WrongSigns != 0 || r.Undecided() != 2 || r.WrongSigns() != 0 || r.Identical() {
		t.Errorf("%+v", l)
	}
	if !l.Rows[1].Undecided || !l.Rows[2].Undecided || l.Rows[0].Undecided || l.WorstRow != 0 {
		t.Errorf("%+v", l.Rows)
	}
	if b := r.Bounds[0]; !strings.Contains(b.Why, "sign of neuron 3 of layer 2 undecided") {
		t.Errorf("%+v", b)
	}
	// Marks beyond the network are of no effect.
	if r, err = Compare(net, got, Options{Samples: 10, Undecided: [][]bool{make([]bool, 9), {}, {true}, {true}}}); err != nil || r.Undecided() != 0 || r.WrongSigns() != 1 {
		t.Errorf("%v, %+v", err, r.Layers[1])
	}
}

// In a network that was recovered in part, rows of zeros stand for what was not
// found. Nothing is made of them: no duplicates, and no match by biases alone.
func TestPartialNetwork(t *testing.T) {
	net := random(8, 6, 5, 4, 3, 1)
	for _, layers := range []int{0, 1, 2} {
		got := net.Clone()
		for i := range got.Layers {
			if i >= layers {
				clear(got.Layers[i].W)
			}
			if i > layers { // the first layer without weights keeps its biases
				clear(got.Layers[i].B)
			}
		}
		r := compare(t, net, got)
		for i, l := range r.Layers {
			if l.Duplicates != 0 || i < layers && l.Right != l.Neurons || i >= layers && (l.Missing != l.Neurons || l.Right != 0) {
				t.Errorf("%d layers recovered; layer %d is reported as %+v", layers, i+1, l)
			}
		}
	}
	// Duplicates of the victim are still seen.
	copy(net.Layers[1].Row(1), net.Layers[1].Row(0))
	net.Layers[1].B[1] = net.Layers[1].B[0]
	if r := compare(t, net, nn.New(net.Sizes())); r.Layers[0].Duplicates != 0 || r.Layers[1].Duplicates != 1 {
		t.Errorf("%+v", r.Layers)
	}
}

func TestOtherShapes(t *testing.T) {
	net := random(10, 6, 5, 4, 1)
	if _, err := Compare(net, random(1, 7, 5, 4, 1), Options{Samples: 10}); err == nil {
		t.Error("networks with other inputs were compared")
	}
	r := compare(t, net, random(1, 6, 5, 1))
	if r.Note == "" || len(r.Layers) != 0 || r.Identical() || r.Equivalent() {
		t.Errorf("networks of other depth: %+v", r)
	}
	r = compare(t, net, random(1, 6, 3, 4, 1))
	if r.Layers[0].Missing < 2 {
		t.Errorf("a narrower network lacks at least two neurons: %+v", r.Layers[0])
	}
}

func TestImagesAndLabels(t *testing.T) {
	net := random(11, 4, 3, 2)
	r := rng.New(12)
	images := r.NormalVec(make([]float64, 4*50), 1)
	labels := make([]int, 50)
	e, y := nn.NewEval(net), make([]float64, 2)
	for i := range labels {
		e.Forward(images[4*i:][:4], y)
		labels[i] = Label(y)
	}
	labels[0] = 1 - labels[0] // one answer in fifty is wrong
	got, err := Compare(net, disguise(net, 13), Options{Samples: 10, Images: images, Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	s := got.Samples[2]
	if s.Points != 50 || s.Victim != 0.98 || s.Recovered != 0.98 || s.Agreement != 1 || !s.Same() {
		t.Errorf("%+v", s)
	}
	if _, err := Compare(net, net, Options{Images: images[1:], Labels: labels}); err == nil {
		t.Error("images of a fractional number were accepted")
	}
}

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		y    []float64
		want int
	}{{[]float64{6.6}, 7}, {[]float64{-0.4}, 0}, {[]float64{1, 3, 2}, 1}, {[]float64{math.Inf(1)}, 1e9}} {
		if got := Label(c.y); got != c.want {
			t.Errorf("%v means %d, want %d", c.y, got, c.want)
		}
	}
}

// Answers that overflow are a difference, never a silent pass.
func TestOverflow(t *testing.T) {
	net := random(14, 4, 3, 1)
	bad := net.Clone()
	for i := range bad.Layers {
		for j := range bad.Layers[i].W {
			bad.Layers[i].W[j] *= 1e300
		}
	}
	r := compare(t, net, bad)
	if r.Equivalent() || r.Samples[0].MaxError != math.MaxFloat64 {
		t.Errorf("%+v", r.Samples)
	}
}

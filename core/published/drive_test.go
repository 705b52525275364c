package published

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"peel/core/critical"
	"peel/core/linalg"
	"peel/core/method"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/rng"
	"peel/models/weights"
)

// original reads a network of the authors, or skips.
func original(t testing.TB, name string) *nn.Network {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("../../../shared/reference", name+".safetensors"))
	if err != nil {
		t.Skip("there are no reference networks here")
	}
	net, _, err := weights.Decode(file)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// given is the idealised attack on a layer: the layers before it, and its rows
// up to sign and scale. It returns the true signs as well.
func given(t testing.TB, net *nn.Network, layer int, m method.Method, seed uint64) (*method.Attack, []float64) {
	t.Helper()
	m.Signature, m.Idealised = method.Given, layer
	a := &method.Attack{Sizes: net.Sizes(), Layer: layer, Prefix: net.Layers[:layer-1], Method: m, Seed: seed}
	if err := m.Check(a.Sizes); err != nil {
		t.Fatal(err)
	}
	var err error
	r := rng.New(seed, 1<<40)
	a.Noise, err = critical.MeasureNoise(oracle.NewVictim(net), func(x []float64) { r.NormalVec(x, 1) }, r, 8, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	l := &net.Layers[layer-1]
	var truth []float64
	for k := range l.Out {
		s := r.Sign()
		c := s / linalg.Norm(l.Row(k))
		w := append([]float64(nil), l.Row(k)...)
		linalg.Scale(c, w)
		a.Rows = append(a.Rows, method.Row{W: w, B: c * l.B[k]})
		truth = append(truth, s)
	}
	return a, truth
}

// drive takes all steps of an attack one after another and returns the number of
// queries. Results go through JSON as they do in a run.
func drive(t testing.TB, net *nn.Network, a *method.Attack, s method.Step, err error) int64 {
	t.Helper()
	o := oracle.Count(oracle.NewVictim(net), -1)
	for round := uint64(0); s != nil; round++ {
		if err != nil {
			t.Fatal(err)
		}
		var results []json.RawMessage
		for i := range s.Tasks() {
			var before []byte
			if i == 0 {
				before, _ = json.Marshal(a)
			}
			v, err := s.Do(i, o, rng.New(a.Seed, round, uint64(i)))
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				if after, _ := json.Marshal(a); string(after) != string(before) {
					t.Fatal("a task changed the attack")
				}
			}
			data, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, data)
		}
		s, err = s.Apply(results)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o.Used()
}

// score counts right, wrong and missing signs.
func score(a *method.Attack, truth []float64) (right, wrong, none int) {
	for k, r := range a.Rows {
		switch r.Sign {
		case 0:
			none++
		case truth[k]:
			right++
		default:
			wrong++
		}
	}
	return right, wrong, none
}

// mean is the mean confidence.
func mean(a *method.Attack) float64 {
	s := 0.0
	for _, r := range a.Rows {
		s += r.Confidence
	}
	return math.Round(1000*s/float64(len(a.Rows))) / 1000
}

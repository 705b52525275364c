package published

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"peel/core/method"
	"peel/core/nn"
	"peel/models/formats"
	"peel/models/random"
)

// authors reads a network of the authors, where it lies beside the repository.
func authors(t testing.TB, name string) *nn.Network {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../../shared/reference", name+".safetensors"))
	if err != nil {
		t.Skip("the authors' networks are not here")
	}
	m, err := formats.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return m.Net
}

func measure(t *testing.T, net *nn.Network, layer int, name string, seed uint64, limit int64) (found int, row, bias float64, queries int64) {
	t.Helper()
	start := time.Now()
	a, spent := attacked(t, net, layer, method.Method{Signature: name, Idealised: layer}, seed, limit)
	took := time.Since(start)
	found, row, bias = compare(net, a)
	t.Logf("%v layer %d %s seed %d: %d/%d rows of %d, row %.1e, bias %.1e, %v, %v %v", net.Sizes(), layer, name, seed, found, a.Width(), len(a.Rows), row, bias, spent, took.Round(time.Millisecond), a.Why)
	return found, row, bias, spent["all"]
}

func TestTable(t *testing.T) {
	if os.Getenv("PEEL_TABLE") == "" {
		t.Skip()
	}
	for _, c := range [][]int{{10, 5, 5, 1}, {20, 10, 10, 1}, {30, 15, 15, 1}, {50, 25, 25, 1}, {100, 50, 50, 1}} {
		for _, netSeed := range []uint64{20, 42} {
			net, err := random.Carlini(c, netSeed)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{method.Carlini, method.Foerster} {
				for layer := 1; layer <= 2; layer++ {
					measure(t, net, layer, name, netSeed, 3_000_000)
				}
			}
		}
	}
}

func TestReferenceNets(t *testing.T) {
	if os.Getenv("PEEL_TABLE") == "" {
		t.Skip()
	}
	for _, n := range []string{"10_5x2_1_Carlini", "30_15x2_1_Carlini", "50_25x2_1_Carlini", "mnist784_8x2_1", "mnist784_16x2_1"} {
		net := authors(t, n)
		for seed := uint64(1); seed <= 2; seed++ {
			for _, name := range []string{method.Carlini, method.Foerster} {
				measure(t, net, 2, name, seed, 3_000_000)
			}
		}
	}
}

func TestDeep(t *testing.T) {
	if os.Getenv("PEEL_TABLE") == "" {
		t.Skip()
	}
	measure(t, authors(t, "mnist784_8x2_1"), 1, method.Foerster, 20, 3_000_000)
	measure(t, authors(t, "mnist784_16x2_1"), 1, method.Foerster, 20, 3_000_000)
	for _, layer := range []int{2, 3, 4} {
		measure(t, authors(t, "mnist784_16x8_1"), layer, method.Foerster, 20, 3_000_000)
	}
}

package random

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// golden holds fingerprints that must never change: a seed names a network for
// ever, on every machine.
var golden = []struct {
	sizes []int
	seed  uint64
	want  string
}{
	{[]int{10, 5, 5, 1}, 1, "1cf006e3b347f405e6ce3337b83c07ae85f4b96da44ddc205f6d505958e1acf6"},
	{[]int{10, 5, 5, 1}, 2, "7483581058afb905b79939ff59fdecc3e0e612c0b7c1fc5c9e9e381c7bae9d26"},
	{[]int{30, 15, 15, 1}, 1, "7b7f6647378070aea370e420c2bbfd3856d50b2f029e53bd76f6361ff1f95c7e"},
	{[]int{8, 6, 5, 4, 3}, 7, "887a36453445fa8152509e05992b1ca2a0254e50325dc3c2e2e369203a0f63d6"},
}

func TestGolden(t *testing.T) {
	for _, g := range golden {
		net, err := Carlini(g.sizes, g.seed)
		if err != nil {
			t.Fatal(err)
		}
		if got := net.Fingerprint(); got != g.want {
			t.Errorf("%v, seed %d: fingerprint %s, want %s", g.sizes, g.seed, got, g.want)
		}
	}
}

// TestWebAssembly runs TestGolden in WebAssembly.
func TestWebAssembly(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("this is WebAssembly")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	wrapper := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	cmd := exec.Command("go", "test", "-count=1", "-run", "TestGolden|TestExp", "-v", "-exec", wrapper, ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestGolden") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestExp(t *testing.T) {
	for x := -30.0; x <= 30; x += 0.137 {
		// Four units in the last place of a float64.
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 4*0x1p-52*want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if exp(0) != 1 || !(exp(-1e9) > 0) || math.IsInf(exp(1e9), 0) {
		t.Error("exp at 0 or far out is wrong")
	}
}

// TestRecipe: training has moved the weights off their start and the biases off
// zero, and left the network alive.
func TestRecipe(t *testing.T) {
	net, err := Carlini([]int{10, 5, 5, 1}, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i := range net.Layers {
		l := &net.Layers[i]
		// 500 steps of 3e-4 move a weight by at most about 0.15.
		limit := math.Sqrt(6/float64(l.In+l.Out)) + 0.2
		moved := false
		for _, b := range l.B {
			moved = moved || b != 0
		}
		for _, w := range l.W {
			if math.Abs(w) > limit {
				t.Errorf("layer %d: a weight of %v is too large", i+1, w)
			}
		}
		if !moved {
			t.Errorf("layer %d: every bias is still zero", i+1)
		}
	}
}

func TestCarliniRefusesImpossibleSizes(t *testing.T) {
	for _, sizes := range [][]int{nil, {1}, {4, 1}, {4, 0, 1}, {4, -1, 1}, {1 << 40, 2, 1}} {
		if net, err := Carlini(sizes, 1); err == nil {
			t.Errorf("%v became a network of %d parameters", sizes, net.Params())
		}
	}
}

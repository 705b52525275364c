package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"peel/core/nn"
	"peel/models/weights"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "peel")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "peel")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// ran is how a command ended.
type ran struct {
	out, err string
	code     int
}

// peel runs the program in dir.
func peel(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// must is peel for a command that has to succeed.
func must(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	r := peel(t, dir, args...)
	if r.code != exitOK {
		t.Fatalf("peel %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r
}

// write stores a network in dir.
func write(t *testing.T, dir, name string, net *nn.Network) {
	t.Helper()
	data, err := weights.Encode(net, weights.Meta{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// readNetwork reads a network from dir.
func readNetwork(t *testing.T, dir, name string) (*nn.Network, weights.Meta) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	net, meta, err := weights.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return net, meta
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "gen", "6-4-3-1", "-o", "good.safetensors")
	must(t, dir, "gen", "7-4-3-1", "-o", "other.safetensors")
	good, err := os.ReadFile(filepath.Join(dir, "good.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty.safetensors": nil, "half.safetensors": good[:len(good)/2], "picture.safetensors": []byte("\x89PNG\r\n\x1a\nand so on"),
		"notes.txt": []byte("to do\n"), "notes": []byte("to do"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	huge, err := os.Create(filepath.Join(dir, "huge.safetensors"))
	if err == nil {
		err = huge.Truncate(1 << 40) // a hole: no disk space is used
		huge.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "Peel recovers"},
		{"steal", "no command"},
		{"extract", "VICTIM is missing"},
		{"extract good.safetensors another", "one argument too many"},
		{"extract nothing.safetensors", "no file nothing.safetensors"},
		{"extract .", "is a folder"},
		{"extract empty.safetensors", "only 0 bytes"},
		{"extract half.safetensors", "ends inside"},
		{"extract picture.safetensors", "none of the kinds"},
		{"extract huge.safetensors", "1048576 MB"},
		{"extract good.safetensors --seed many", "invalid value"},
		{"extract good.safetensors --seed -1", "invalid value"},
		{"extract good.safetensors --seed 9007199254740992", "larger than 9007199254740991"},
		{"extract good.safetensors --workers 0", "choose 1 to 1024"},
		{"extract good.safetensors --workers 100000", "choose 1 to 1024"},
		{"extract good.safetensors --budget -5", "negative"},
		{"extract good.safetensors --quickly", "not defined"},
		{"extract good.safetensors -o .", "is a folder"},
		{"extract good.safetensors -o nowhere/out.safetensors", "cannot be written"},
		{"extract good.safetensors --journal .", "cannot be opened"},
		{"extract good.safetensors --journal notes.txt", "is not a journal"},
		{"extract good.safetensors --journal notes", "is not a journal"},
		{"extract good.safetensors --journal /dev/zero", "not an ordinary file"},
		{"extract /dev/null", "only 0 bytes"},
		{"bench nothing.safetensors", "no file nothing.safetensors"},
		{"bench good.safetensors --seeds 5-1", "is not a range"},
		{"bench good.safetensors --seeds x", "is not a range"},
		{"extract good.safetensors --precision float8", "not float32 or float16"},
		{"extract good.safetensors --decimals 0", "not a number of decimal places"},
		{"extract good.safetensors --decimals 16", "not between 1 and 15"},
		{"bench good.safetensors --noise -1", "not a standard deviation"},
		{"bench good.safetensors --noise much", "not a number"},
		{"score good.safetensors", "OUT is missing"},
		{"score good.safetensors half.safetensors", "half.safetensors: this is not a network file"},
		{"score good.safetensors other.safetensors", "maps 6 numbers to 1 and the other network maps 7"},
		{"link", "VICTIM is missing"},
		{"link good.safetensors --base http://127.0.0.1/#x", "not the address of a page"},
		{"link good.safetensors --budget -5", "negative"},
		{"link good.safetensors --workers 0", "choose 1 to 1024"},
		{"verify", "LINK is missing"},
		{"verify good.safetensors", "not a link of Peel"},
		{"verify #work", "not a link of Peel"},
		{"verify peel2.AAAA", "needs a newer Peel"},
		{"verify peel1.ABIBMgEBAQQeDw8BAQABAN3d", "cut short"},
		{"verify peel1.ABIBMgEBAQQeDw8BAQABAN3dN7X", "damaged"},
		{"verify peel1.ABIBMgEBAQQeDw8BAQABAN3dN7U.", "damaged"},
		{"verify peel1.ABIBMgEBAQQeDw8BAQABAN3dN7U", "nothing to verify"},
		{"verify peel1.ABIBMgEBAQQeDw8BAQABAN3dN7U --workers 0", "choose 1 to 1024"},
		{"gen", "SIZES is missing"},
		{"gen 6-4-1", "-o is missing"},
		{"gen six-4-1 -o x", "not layer sizes"},
		{"gen 6--1 -o x", "not layer sizes"},
		{"gen 6-4x-1 -o x", "not layer sizes"},
		{"gen 6-0-1 -o x", "not layer sizes"},
		{"gen 6-1 -o x", "at least one hidden layer"},
		{"gen 6-99999999-1 -o x", "width 99999999"},
		{"gen 60000-60000-1 -o x", "more than 33554432 parameters"},
		{"gen 6-4x999-1 -o x", "layers are more than"},
		{"gen 6-4-1 --seed 9007199254740992 -o x", "larger than"},
		{"picture please", "one argument too many"},
		{"picture --seed many", "invalid value"},
		{"picture --seed -1", "invalid value"},
		{"picture --seed 9007199254740992", "larger than 9007199254740991"},
		{"picture --width 9", "not defined"},
		{"picture -o .", "is a folder"},
		{"picture -o nowhere/trace.svg", "cannot be written"},
		{"picture -o /dev/full", "no space left"},
		{"victims please", "one argument too many"},
	} {
		r := peel(t, dir, strings.Fields(c.args)...)
		if r.code != exitBadInput || r.out != "" {
			t.Errorf("peel %s: exit code %d, output %q", c.args, r.code, r.out)
		}
		if !strings.Contains(r.err, c.want) {
			t.Errorf("peel %s says %q, want it to say %q", c.args, r.err, c.want)
		}
		if c.args != "" && strings.Count(r.err, "\n") != 1 {
			t.Errorf("peel %s: not one sentence: %q", c.args, r.err)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".peel-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"extract", "-h"}, {"score", "--help"}, {"gen", "-h"}, {"link", "-h"}, {"verify", "-h"}, {"picture", "-h"}} {
		if r := must(t, t.TempDir(), args...); !strings.Contains(r.out, "eel") || r.err != "" {
			t.Errorf("peel %v: %q, %q", args, r.out, r.err)
		}
	}
}

// TestDiskFull: a result that cannot be written is reported, not lost silently.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	r := peel(t, dir, "gen", "6-4-3-1", "-o", "/dev/full")
	if r.code != exitBadInput || !strings.Contains(r.err, "/dev/full cannot be written (no space left on device)") {
		t.Errorf("exit code %d, %q", r.code, r.err)
	}
}

// TestBench: one line for each victim and seed, with the digest that extract prints.
func TestBench(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "gen", "10-5-5-1", "--seed", "1", "-o", "victim.safetensors")
	r := must(t, dir, "bench", "victim.safetensors", "--seeds", "7-8")
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	if len(lines) != 6 || !strings.Contains(lines[0], "SIGNS WRONG") {
		t.Fatalf("want a head, two lines, and the summary of one victim:\n%s", r.out)
	}
	_, want := digest(t, must(t, dir, "extract", "victim.safetensors", "--seed", "7"))
	if !strings.HasSuffix(lines[1], want) || !strings.HasPrefix(lines[1], "victim ") {
		t.Errorf("the line of seed 7 is %q, want digest %s", lines[1], want)
	}
	// A budget makes it fail, and it says so.
	r = peel(t, dir, "bench", "victim.safetensors", "--seeds", "7", "--budget", "500")
	if r.code != exitIncomplete || !strings.Contains(r.out, "NO") {
		t.Errorf("exit code %d\n%s", r.code, r.out)
	}
}

func TestVictims(t *testing.T) {
	r := must(t, t.TempDir(), "victims")
	for _, want := range []string{"mnist-784-16x2-1-s1", "mnist-784-64x2-1-s1", "spirals-2-16-8-1-s1", "TEST ACCURACY"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the list lacks %s:\n%s", want, r.out)
		}
	}
}

func TestGenIsDeterministic(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "gen", "12-6x2-1", "--seed", "5", "-o", "a.safetensors")
	must(t, dir, "gen", "-o", "b.safetensors", "--seed", "5", "12-6-6-1")
	must(t, dir, "gen", "12-6-6-1", "--seed", "6", "-o", "c.safetensors")
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if read("a.safetensors") != read("b.safetensors") {
		t.Error("the same sizes and seed gave different files")
	}
	a, meta := readNetwork(t, dir, "a.safetensors")
	c, _ := readNetwork(t, dir, "c.safetensors")
	if a.Fingerprint() == c.Fingerprint() {
		t.Error("different seeds gave one network")
	}
	if meta["seed"] != "5" || meta["architecture"] != "12-6-6-1" {
		t.Errorf("metadata %v", meta)
	}
}

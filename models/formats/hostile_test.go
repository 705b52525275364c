package formats

import (
	"os"
	"runtime"
	"testing"
)

// damage calls f with many files that are nearly good ones: cut off, and with a
// byte changed. Step is how many bytes are left out between two of them.
func damage(t *testing.T, name string, file []byte, f func(name string, file []byte)) {
	t.Helper()
	step := max(1, len(file)/400)
	for n := 0; n < len(file); n += step {
		f(name+", cut off", file[:n])
	}
	for n := 0; n < len(file); n += step {
		for _, v := range []byte{0, 0xff, file[n] ^ 1, file[n] + 8} {
			bad := append([]byte(nil), file...)
			bad[n] = v
			f(name+", one byte changed", bad)
		}
	}
}

// TestDamage: whatever happens to a file, it is refused in one sentence or read
// as a valid network, at the cost of no more memory than its size explains.
func TestDamage(t *testing.T) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, e := range entries {
		files[e.Name()] = fixture(t, e.Name())
	}
	for _, f := range Written {
		if files["own."+string(f)], err = Encode(f, network(4, 3, 2), nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range files {
		count := 0
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		damage(t, name, file, func(name string, file []byte) {
			count++
			m, err := Decode(file)
			if err != nil {
				checkSentence(t, name, err)
			} else if err := m.Net.Validate(); err != nil {
				t.Errorf("%s: it was read as an invalid network: %v", name, err)
			}
		})
		runtime.ReadMemStats(&after)
		// Packed files claim what they unpack to; the allowance is that and some more.
		if each := (after.TotalAlloc - before.TotalAlloc) / uint64(count); each > uint64(50*len(file)+1<<20) {
			t.Errorf("%s: a damaged file of %d bytes takes %d bytes of memory", name, len(file), each)
		}
	}
}

// FuzzDecode: what is read is valid and survives being written in every format.
func FuzzDecode(f *testing.F) {
	entries, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			f.Add(fixture(f, e.Name()))
		}
	}
	for _, w := range Written {
		file, err := Encode(w, network(3, 2, 1), nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := Decode(file)
		if err != nil {
			checkSentence(t, "fuzzed", err)
			return
		}
		for _, w := range Written {
			again, err := Encode(w, m.Net, m.Meta)
			if err != nil {
				t.Fatalf("what was read cannot be written as %s: %v", w, err)
			}
			back, err := Decode(again)
			if err != nil || back.Net.Fingerprint() != m.Net.Fingerprint() {
				t.Fatalf("%s: the network changed on its way (%v)", w, err)
			}
		}
	})
}

package formats

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReference reads other people's files where they lie beside the repository,
// and compares them with the same numbers as safetensors.
func TestReference(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/reference/*.keras")
	if files == nil {
		t.Skip("there are no reference files here")
	}
	for _, path := range files {
		decode := func(path string) *Model {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Decode(data)
			if err != nil {
				t.Fatalf("%s: %v", filepath.Base(path), err)
			}
			return m
		}
		m, want := decode(path), decode(strings.TrimSuffix(path, ".keras")+".safetensors")
		if m.Net.Fingerprint() != want.Net.Fingerprint() {
			t.Errorf("%s: the network is another", filepath.Base(path))
		}
		t.Log(filepath.Base(path), m.Format, m.Net.Sizes(), m.Notices)
	}
}

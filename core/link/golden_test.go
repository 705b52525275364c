package link

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readable is what a link says, a line each.
func readable(e *Experiment) string {
	var b strings.Builder
	for _, l := range append(e.Attack(), e.Result()...) {
		fmt.Fprintf(&b, "%-9s %s\n", l.Name, l.Text)
	}
	return b.String()
}

// TestGoldenLinks: every link ever handed out is read for ever, as what it was.
// Beside each NAME.link lies NAME.txt with what it says. New links are added;
// those that are there do not change.
func TestGoldenLinks(t *testing.T) {
	links, err := filepath.Glob("testdata/v1/*.link")
	if err != nil || len(links) < len(examples) {
		t.Fatalf("%d golden links (%v)", len(links), err)
	}
	for _, path := range links {
		read := func(path string) string {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return string(data)
		}
		s := strings.TrimSuffix(read(path), "\n")
		e, err := Decode(s)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if want := read(strings.TrimSuffix(path, ".link") + ".txt"); readable(e) != want {
			t.Errorf("%s says\n%swant\n%s", path, readable(e), want)
		}
		if again, err := Encode(e); err != nil || again != s {
			t.Errorf("%s is written as %s (%v)", path, again, err)
		}
		if name := strings.TrimSuffix(filepath.Base(path), ".link"); examples[name] != nil && same(t, examples[name]) != s {
			t.Errorf("%s is not the example of that name any more", path)
		}
	}
}

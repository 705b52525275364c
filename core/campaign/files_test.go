package campaign

import (
	"os"
	"path/filepath"
	"testing"
)

// longest is the most minutes that a campaign can take with two runs at a time.
func longest(c *Campaign) float64 {
	seconds := 0.0
	for _, j := range c.Jobs() {
		seconds += j.Seconds
	}
	return seconds / 2 / 60
}

// TestFiles reads the campaigns that come with Peel. However slow a method is, the
// first two end in their time, and the others end.
func TestFiles(t *testing.T) {
	for name, minutes := range map[string]float64{"smoke": 2, "bench": 20, "full": 3 * 1440, "deep": 180} {
		data, err := os.ReadFile(filepath.Join("files", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		t.Logf("%s: %d runs, %.1f minutes at most", name, len(c.Jobs()), longest(c))
		if c.Name != name || longest(c) > minutes {
			t.Errorf("%s is called %q and can take %.1f minutes", name, c.Name, longest(c))
		}
	}
}

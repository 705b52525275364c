package workers

import (
	"io/fs"
	"strconv"
	"strings"
)

// encodings are the packed copies that the build may have written beside a
// file, smallest first: the name ends in the suffix, HTTP calls it name.
var encodings = []struct{ name, suffix string }{
	{"br", ".br"},
	{"gzip", ".gz"},
}

// packed returns the packed copy of a file that a client takes, and its content
// coding; or the file itself and "". accept is the value of Accept-Encoding
// (RFC 9110, section 12.5.3).
func packed(site fs.FS, name, accept string) (file, encoding string) {
	for _, e := range encodings {
		if !accepts(accept, e.name) {
			continue
		}
		if info, err := fs.Stat(site, name+e.suffix); err == nil && !info.IsDir() {
			return name + e.suffix, e.name
		}
	}
	return name, ""
}

// accepts reports whether a list like "gzip;q=0.5, br" names the coding with a
// weight above 0. A coding that is not named is not used, not even for "*".
func accepts(list, coding string) bool {
	for item := range strings.SplitSeq(list, ",") {
		name, weight, weighted := strings.Cut(item, ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		if !weighted {
			return true
		}
		value, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
		q, err := strconv.ParseFloat(value, 64)
		return ok && err == nil && q > 0
	}
	return false
}

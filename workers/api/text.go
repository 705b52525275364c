package api

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plainText returns text that people typed on one line with single spaces, and
// whether it is short enough and holds nothing that cannot be seen, such as
// control characters and marks that reverse the direction of writing.
func plainText(s string, most int) (string, bool) {
	s = strings.Join(strings.Fields(s), " ")
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > most {
		return s, false
	}
	for _, c := range s {
		if !unicode.IsPrint(c) {
			return s, false
		}
	}
	return s, true
}

// isHash reports whether s is a SHA-256 in 64 lower-case hex digits.
func isHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

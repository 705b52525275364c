package workers

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// The edge serves static files without asking any program of ours; what it
// needs to know stands in two files beside them, _headers and _redirects. The
// local server reads the same files, as far as Peel uses their format: paths
// with one *, header lines, "! Name" and :placeholders.

// headerRule sets headers of the paths that begin and end as pattern says.
type headerRule struct {
	pattern string // "/assets/*", or one path
	remove  []string
	set     [][2]string
}

func (r *headerRule) matches(path string) bool {
	before, after, some := strings.Cut(r.pattern, "*")
	if !some {
		return path == r.pattern
	}
	return len(path) >= len(before)+len(after) && strings.HasPrefix(path, before) && strings.HasSuffix(path, after)
}

// readHeaders reads _headers; a site without it has no rules.
func readHeaders(site fs.FS) (rules []headerRule, err error) {
	err = eachLine(site, "_headers", func(line string) error {
		text := strings.TrimSpace(line)
		if text == line {
			if !strings.HasPrefix(text, "/") || strings.Count(text, "*") > 1 {
				return fmt.Errorf("the path %q does not begin with / or has more than one *", text)
			}
			rules = append(rules, headerRule{pattern: text})
			return nil
		}
		if len(rules) == 0 {
			return fmt.Errorf("the header %q stands before any path", text)
		}
		last := &rules[len(rules)-1]
		if name, ok := strings.CutPrefix(text, "!"); ok {
			last.remove = append(last.remove, strings.TrimSpace(name))
			return nil
		}
		name, value, ok := strings.Cut(text, ":")
		if !ok {
			return fmt.Errorf("%q is not a header", text)
		}
		last.set = append(last.set, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
		return nil
	})
	return rules, err
}

// setHeaders sets the headers of a path: rules in their order.
func setHeaders(rules []headerRule, path string, h http.Header) {
	for i := range rules {
		r := &rules[i]
		if !r.matches(path) {
			continue
		}
		for _, name := range r.remove {
			h.Del(name)
		}
		for _, set := range r.set {
			h.Set(set[0], set[1])
		}
	}
}

// redirect sends paths of one form elsewhere.
type redirect struct {
	from   *regexp.Regexp
	to     string // with $1 for each placeholder
	status int
}

var placeholder = regexp.MustCompile(`:[A-Za-z]\w*`)

// readRedirects reads _redirects.
func readRedirects(site fs.FS) (all []redirect, err error) {
	err = eachLine(site, "_redirects", func(line string) error {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return fmt.Errorf("%q is not a path, an address and a status", line)
		}
		status, err := strconv.Atoi(fields[2])
		if err != nil || status < 300 || status > 308 {
			return fmt.Errorf("%q is not the status of a redirect", fields[2])
		}
		from, to := regexp.QuoteMeta(fields[0]), strings.ReplaceAll(fields[1], "$", "$$")
		for i, name := range placeholder.FindAllString(fields[0], -1) {
			from = strings.Replace(from, name, "([^/]+)", 1)
			to = strings.ReplaceAll(to, name, fmt.Sprintf("${%d}", i+1))
		}
		re, err := regexp.Compile("^" + from + "$")
		all = append(all, redirect{re, to, status})
		return err
	})
	return all, err
}

// eachLine gives every line of a file that is neither empty nor a comment.
func eachLine(site fs.FS, name string, do func(line string) error) error {
	f, err := site.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), " \t\r")
		if text := strings.TrimSpace(line); text == "" || text[0] == '#' {
			continue
		}
		if err := do(line); err != nil {
			return fmt.Errorf("%s, line %d: %w", name, n, err)
		}
	}
	return lines.Err()
}

package campaign

import "fmt"

// Differ says, in one sentence for each run, where results do not repeat those of
// another time: same spec, same digest. Where a run was stopped in time nothing can be
// held against it.
func Differ(now, before *Results) []string {
	var all []string
	have := now.By()
	compared := 0
	for _, b := range before.Records {
		n := have[b.Job().Key()]
		switch {
		case b.Digest == "":
		case n == nil:
			all = append(all, fmt.Sprintf("%s was not run now", b))
		case n.Digest == "":
			all = append(all, fmt.Sprintf("%s; before: %s", n, b))
		case n.Digest != b.Digest:
			all = append(all, fmt.Sprintf("%s has the digest %s and had %s before", n, n.Digest, b.Digest))
		default:
			compared++
		}
	}
	if compared == 0 && len(all) == 0 {
		all = append(all, "there is no run to compare")
	}
	return all
}

package campaign

import "fmt"

// group is runs that a table or a figure takes together: they differ in seeds.
type group struct {
	name string
	runs []*outcome
}

// groups puts the part's runs together by what name gives, in order of first
// appearance. Runs for which it gives "" are left out.
func groups(runs []*outcome, name func(*outcome) string) []group {
	at := map[string]int{}
	var all []group
	for _, o := range runs {
		n := name(o)
		if n == "" {
			continue
		}
		if _, ok := at[n]; !ok {
			at[n] = len(all)
			all = append(all, group{name: n})
		}
		all[at[n]].runs = append(all[at[n]].runs, o)
	}
	return all
}

func (g *group) places() []int {
	var all []int
	for _, o := range g.runs {
		all = append(all, o.place)
	}
	return all
}

// of sums a figure up over the runs of a group.
func (g *group) of(f func(*outcome) figure) stat {
	var all []figure
	for _, o := range g.runs {
		all = append(all, f(o))
	}
	return summary(all)
}

// signed says how the signs of the rows that were found came out: "5/5", "3/5, 1
// wrong, 1 undecided".
func signed(runs []*outcome, layer func(*outcome) int) string {
	n := map[string]int{}
	for _, o := range runs {
		for _, letters := range []string{"RI", "W", "U", "RIWU"} {
			k, _ := o.rows(layer(o), letters)
			n[letters] += k
		}
	}
	if n["RIWU"] == 0 {
		return "–"
	}
	text := share(n["RI"], n["RIWU"])
	if n["W"] > 0 {
		text += fmt.Sprintf(", %d wrong", n["W"])
	}
	if n["U"] > 0 {
		text += fmt.Sprintf(", %d undecided", n["U"])
	}
	return text
}

// share writes how many rows came out, over all runs of a group.
func share(n, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%d/%d", n, of)
}

// tally adds up rows over the runs of a group.
func (g *group) tally(p *part, letters string) (n, of int) {
	for _, o := range g.runs {
		a, b := o.rows(p.looked(o), letters)
		n, of = n+a, of+b
	}
	return n, of
}

// count says of how many runs something holds: "3 of 4".
func (g *group) count(holds func(*outcome) bool) string {
	n := 0
	for _, o := range g.runs {
		if holds(o) {
			n++
		}
	}
	return outOf(n, len(g.runs))
}

// ended says how runs ended: "4 of 4", "3 of 4, 1 out of time".
func (g *group) ended(good func(*outcome) bool) string {
	stops := map[End]int{}
	for _, o := range g.runs {
		stops[o.End]++
	}
	text := g.count(good)
	for _, s := range []struct {
		end  End
		name string
	}{{OutOfTime, "out of time"}, {OutOfQuery, "out of queries"}, {Failed, "failed"}} {
		if k := stops[s.end]; k > 0 {
			text += fmt.Sprintf(", %d %s", k, s.name)
		}
	}
	return text
}

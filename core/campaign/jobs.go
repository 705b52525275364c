package campaign

import (
	"encoding/json"

	"peel/core/method"
	"peel/core/run"
)

// Job is one run to be done.
type Job struct {
	Victim  Victim        `json:"victim"`
	Method  method.Method `json:"method"`
	Oracle  run.Limits    `json:"oracle"` // with the budget
	Seed    uint64        `json:"seed"`   // of the extraction
	Seconds float64       `json:"limit"`  // the longest it may take
	Flips   int           `json:"flips,omitempty"`
}

// Key tells jobs apart.
func (j Job) Key() string {
	b, err := json.Marshal(j)
	if err != nil {
		panic("campaign: " + err.Error()) // it was checked
	}
	return string(b)
}

// Jobs returns every run of the campaign once, in the order in which they are to
// be done: all methods on one victim with one seed, then the next, and all that
// before the next seed, so that a machine that slows down does so for all alike.
func (c *Campaign) Jobs() []Job {
	var all []Job
	seen := map[string]bool{}
	for rank := 0; ; rank++ {
		more := false
		for i := range c.Parts {
			p := &c.Parts[i]
			if rank >= len(p.Seeds) {
				continue
			}
			more = true
			for _, j := range p.jobsOf(c, rank) {
				if key := j.Key(); !seen[key] {
					seen[key] = true
					all = append(all, j)
				}
			}
		}
		if !more {
			return all
		}
	}
}

// jobs returns every run of the part.
func (p *Part) jobs(c *Campaign) []Job {
	var all []Job
	for rank := range p.Seeds {
		all = append(all, p.jobsOf(c, rank)...)
	}
	return all
}

// jobsOf returns the runs with the part's seed of that rank. No method always
// comes first.
func (p *Part) jobsOf(c *Campaign, rank int) []Job {
	var methods []method.Method
	for i := range p.Methods {
		methods = append(methods, p.Methods[i].each()...)
	}
	answers := p.Answers
	if len(answers) == 0 {
		answers = []Answers{{}}
	}
	limits := p.limits(c)
	var all []Job
	turn := rank
	for i := range p.Victims {
		for _, v := range p.Victims[i].each() {
			for _, a := range answers {
				for k := range methods {
					m := methods[(k+turn)%len(methods)]
					if sizes := v.Sizes(); sizes != nil && m.Idealised > len(sizes)-2 {
						continue
					}
					all = append(all, Job{Victim: v, Method: m, Seed: p.Seeds[rank], Seconds: limits.Seconds, Flips: p.Flips,
						Oracle: run.Limits{Plain: a.Plain, Budget: limits.Queries, Precision: a.Precision}})
				}
				turn++
			}
		}
	}
	return all
}

// label is what the part's tables call a method.
func (p *Part) label(m method.Method) string {
	for i := range p.Methods {
		for _, n := range p.Methods[i].each() {
			if n == m && p.Methods[i].Label != "" {
				return p.Methods[i].Label
			}
		}
	}
	return m.String()
}

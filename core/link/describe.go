package link

import (
	"fmt"
	"strconv"
	"strings"

	"peel/core/nn"
)

// Line is one thing that a link says, for people.
type Line struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Attack says in a few lines what is attacked and how.
func (e *Experiment) Attack() []Line {
	sizes := e.Victim.Shape()
	lines := []Line{
		{"Victim", e.Victim.Name()},
		{"Shape", fmt.Sprintf("%s, %s parameters", shape(sizes), thousands(int64(nn.ParamsOf(sizes))))},
		{"Network", e.Victim.About()},
		{"Attack", fmt.Sprintf("%s, engine %s, seed %d", e.attack(), e.Engine, e.Seed)},
		{"Answers", e.answers()},
	}
	if e.Oracle.Budget > 0 {
		lines = append(lines, Line{"Budget", thousands(e.Oracle.Budget) + " queries"})
	}
	if e.Oracle.Plain {
		lines = append(lines, Line{"Asked", "every query as a full point"})
	}
	return lines
}

// attack names the method and its setting.
func (e *Experiment) attack() string {
	if e.Method.Default() {
		return "extraction"
	}
	return fmt.Sprintf("%s, %s", e.Method, e.Method.Setting())
}

// answers says how exact the black box is.
func (e *Experiment) answers() string {
	format := e.Oracle.Format
	if format == "" {
		format = "float64"
	}
	words := []string{format}
	if d := e.Oracle.Decimals; d > 0 {
		words = append(words, fmt.Sprintf("%d decimal places", d))
	}
	if s := e.Oracle.Noise; s > 0 {
		words = append(words, "noise of "+strconv.FormatFloat(s, 'g', -1, 64))
	}
	return strings.Join(words, ", ")
}

// Result says what the link claims to have come out, nothing before a run.
func (e *Experiment) Result() []Line {
	if e.Claim == nil {
		return nil
	}
	return e.Claim.lines(hidden(e.Victim.Shape()))
}

func (c *Claim) lines(of int) []Line {
	return []Line{
		{"Complete", yesNo(c.Complete)},
		{"Neurons", fmt.Sprintf("%s of %s recovered", thousands(int64(c.Neurons)), thousands(int64(of)))},
		{"Queries", thousands(c.Queries)},
		{"Digest", c.Digest},
	}
}

// Difference is one thing in which a run differs from its link.
type Difference struct {
	Name string `json:"name"`
	Link string `json:"link"` // what the link says
	Here string `json:"here"` // what came out
}

// Compare holds a run of this Peel, with its engine, against what the link
// claims, which it must. A run with the same figures, bit for bit, reproduces
// the link whichever engine it was; another engine is named as a difference all
// the same.
func (e *Experiment) Compare(engine string, got Claim) (reproduced bool, differences []Difference) {
	if engine != e.Engine {
		differences = append(differences, Difference{"Engine", e.Engine, engine})
	}
	of := hidden(e.Victim.Shape())
	want, have := e.Claim.lines(of), got.lines(of)
	for i, line := range want {
		if have[i] != line {
			differences = append(differences, Difference{line.Name, line.Text, have[i].Text})
		}
	}
	return *e.Claim == got, differences
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

// thousands writes 12849 as 12,849.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

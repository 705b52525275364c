package campaign

import (
	"strings"
	"unicode/utf8"
)

// Table is a table as data.
type Table struct {
	ID      string   `json:"id"` // of its part, then what it shows
	Title   string   `json:"title"`
	About   string   `json:"about"` // what its figures are
	Columns []string `json:"columns"`
	Rows    []Row    `json:"rows"`
}

// Row is one row of a table and the runs behind it.
type Row struct {
	Cells []string `json:"cells"`
	Runs  []int    `json:"runs"` // places in Results.Records
}

// Text writes a table for a terminal.
func (t *Table) Text() string {
	widths := make([]int, len(t.Columns))
	for _, row := range append([]Row{{Cells: t.Columns}}, t.Rows...) {
		for i, c := range row.Cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	b.WriteString(t.Title + "\n")
	line := func(cells []string) {
		for i, c := range cells {
			b.WriteString(c)
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c)+2))
			}
		}
		b.WriteByte('\n')
	}
	upper := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		upper[i] = strings.ToUpper(c)
	}
	line(upper)
	for _, row := range t.Rows {
		line(row.Cells)
	}
	if t.About != "" {
		b.WriteString(t.About + "\n")
	}
	return b.String()
}

// Markdown writes a table for a document.
func (t *Table) Markdown() string {
	var b strings.Builder
	b.WriteString("**" + t.Title + "**\n\n")
	line := func(cells []string) {
		for _, c := range cells {
			b.WriteString("| " + strings.ReplaceAll(c, "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	line(t.Columns)
	b.WriteString(strings.Repeat("|---", len(t.Columns)) + "|\n")
	for _, row := range t.Rows {
		line(row.Cells)
	}
	if t.About != "" {
		b.WriteString("\n" + t.About + "\n")
	}
	return b.String()
}

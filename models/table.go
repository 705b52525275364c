package models

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Table lists victims for people.
func Table(entries []Entry) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VICTIM\tPARAMETERS\tDATA SET\tLOSS\tEPOCHS\tSEED\tTEST ACCURACY")
	for _, e := range entries {
		m := e.Metadata
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\t%.2f %%\n",
			e.Name, e.Params, m["data set"], m["loss"], m["epochs"], m["seed"], 100*e.Accuracy)
	}
	w.Flush()
	return b.String()
}

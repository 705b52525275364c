// Command catalogue lists the victims that Peel ships, with the accuracy of
// each on its test set: as a table, or with -json as the site's index.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"peel/models"
)

func main() {
	asJSON := flag.Bool("json", false, "write JSON")
	flag.Parse()
	entries, err := models.Catalogue()
	if err == nil && *asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(entries)
	} else if err == nil {
		fmt.Print(models.Table(entries))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "catalogue:", err)
		os.Exit(2)
	}
}

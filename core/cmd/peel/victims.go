package main

import (
	"flag"
	"fmt"

	"peel/models"
)

func victimsCommand(e env, args []string) (int, error) {
	if _, err := parse(e, flag.NewFlagSet("victims", flag.ContinueOnError), args); err != nil {
		return 0, err
	}
	entries, err := models.Catalogue()
	if err != nil {
		return 0, err
	}
	fmt.Fprint(e.out, models.Table(entries))
	return exitOK, nil
}

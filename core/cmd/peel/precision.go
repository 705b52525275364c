package main

import (
	"errors"
	"flag"
	"strconv"

	"peel/core/oracle"
)

// precisionFlags adds the flags that say how exactly the oracle answers.
func precisionFlags(flags *flag.FlagSet, p *oracle.Precision) {
	flags.Func("precision", "`format` of the answers: float64 (the default), float32 or float16", func(s string) error {
		if s == "float64" {
			s = ""
		}
		p.Format = s
		return p.Check()
	})
	flags.Func("decimals", "`number` of decimal places of the answers, 1 to 15", func(s string) error {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return errors.New("not a number of decimal places from 1 to 15")
		}
		p.Decimals = n
		return p.Check()
	})
	flags.Func("noise", "standard `deviation` of a normally distributed error added to every answer", func(s string) error {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			return errors.New("not a number")
		}
		p.Noise = v
		return p.Check()
	})
}

package main

import (
	"flag"

	"peel/core/method"
)

// methodFlags are the flags that choose how a network is attacked.
func methodFlags(flags *flag.FlagSet, m *method.Method) {
	flags.Func("signature", "`method` for signatures: trace (Peel's own), carlini, foerster, or given in an idealised run", func(s string) error {
		m.Signature = method.Named(s)
		return nil
	})
	flags.Func("sign", "`method` for signs: sequential (Peel's own), freeze, exhaustive, soe, wiggle or last-hidden", func(s string) error {
		m.Sign = method.Named(s)
		return nil
	})
	flags.IntVar(&m.Samples, "samples", 0, "`votes` of wiggle for each neuron, 0 for what its source takes")
	flags.IntVar(&m.Bits, "bits", 0, "the `format` in which wiggle keeps what it knows and computes: 32 or 16 bits, 0 for 64")
	flags.BoolVar(&m.Improve, "improve", false, "add precision improvement to the signatures of carlini or foerster")
	flags.IntVar(&m.Idealised, "idealised", 0, "attack this `layer` alone, with the true layers before it given; 0 is end to end")
}

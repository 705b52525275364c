// Package published implements the attacks of the literature, so that they can
// be held next to Peel's own:
//
//	C   Carlini, Jagielski, Mironov, CRYPTO 2020 (arXiv 2003.04884)
//	CM  Canales-Martínez et al., EUROCRYPT 2024 (arXiv 2310.08708)
//	F   Foerster, Mullins, Shumailov, Hayes, NeurIPS 2024 (arXiv 2406.10011)
//
// They are written from the papers' descriptions. Where they behave otherwise
// than the authors' own programs, a comment says how and why.
//
// A method is a chain of method.Step: rounds of independent tasks, each a pure
// function of what is known so far, its own random numbers and the answers, so
// that a run is the same on any number of workers and can be taken up again.
package published

import "peel/core/method"

// Install makes these methods available to runs.
func Install() { method.Install(library{}) }

type library struct{}

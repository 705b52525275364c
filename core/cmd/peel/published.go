package main

import "peel/core/published"

// The command line knows every method.
func init() { published.Install() }

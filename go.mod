module peel

go 1.26

package published

import (
	"peel/core/method"
	"peel/core/oracle"
	"peel/core/rng"
)

// answers asks about a batch of points.
func answers(o oracle.Oracle, x []float64) ([]float64, error) {
	in, out := o.Shape()
	y := make([]float64, len(x)/in*out)
	return y, o.Query(x, y)
}

// stream is a stream of random numbers that a task and the Apply after it both
// need, of an attack and not of a task.
func stream(a *method.Attack, what string, i int) *rng.Stream {
	path := []uint64{uint64(a.Layer), uint64(i)}
	for _, c := range []byte(what) {
		path = append(path, uint64(c))
	}
	return rng.New(a.Seed, path...)
}

// chunks is how many tasks of at most size make n.
func chunks(n, size int) int { return (n + size - 1) / size }

func flatten(y [][]float64) []float64 {
	var all []float64
	for _, v := range y {
		all = append(all, v...)
	}
	return all
}

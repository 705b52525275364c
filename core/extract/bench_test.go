package extract_test

import (
	"fmt"
	"testing"

	"peel/core/extract"
	"peel/core/oracle"
	"peel/core/run"
)

// BenchmarkStages times one task of every stage of an attack on a network with
// two hidden layers, as a worker does it, and what a replica takes to apply the
// round: allocations are per task and per round, not per query.
func BenchmarkStages(b *testing.B) {
	net := gaussian(1, 784, 32, 32, 1)
	spec := run.NewSpec(run.Victim{Name: "bench", SHA256: net.Fingerprint()}, net.Sizes(), 1)
	o := oracle.NewVictim(net)
	state := run.NewState(spec)
	seen := map[string]bool{}
	var history []extract.Result
	for {
		tasks := state.Tasks()
		if len(tasks) == 0 {
			break
		}
		name := fmt.Sprintf("layer%d/%s", tasks[0].Layer, tasks[0].Kind)
		results := make([]extract.Result, len(tasks))
		for i, t := range tasks {
			var err error
			if results[i], err = state.Do(t, o); err != nil {
				b.Fatal(err)
			}
		}
		if !seen[name] {
			seen[name] = true
			b.Run(name+"/do", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := state.Do(tasks[0], o); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(results[0].Queries), "queries/op")
			})
			b.Run(name+"/apply", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					replica, err := run.NewWorker(spec, o)
					if err == nil {
						err = replica.Apply(history)
					}
					b.StartTimer()
					if err == nil {
						err = replica.Apply(results)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		if _, err := state.Apply(results); err != nil {
			b.Fatal(err)
		}
		history = append(history, results...)
	}
}

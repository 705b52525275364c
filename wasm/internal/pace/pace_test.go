package pace

import (
	"testing"
	"time"

	"peel/core/nn"
	"peel/core/oracle"
)

func victim() oracle.Oracle {
	net := nn.New([]int{2, 2, 1})
	net.Layers[0].W[0], net.Layers[1].W[0] = 1, 1
	return oracle.NewVictim(net)
}

// 40 queries at 200 a second take 0.2 s, also through a restriction.
func TestNoFasterThanTheLimit(t *testing.T) {
	var l Limiter
	l.Set(200)
	o := l.Oracle(victim())
	line, err := o.Restrict([]float64{0, 0}, []float64{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, 10)
	start := time.Now()
	for range 2 {
		if err := o.Query(make([]float64, 20), y); err != nil {
			t.Fatal(err)
		}
		if err := line.Query(make([]float64, 10), y); err != nil {
			t.Fatal(err)
		}
	}
	if d := time.Since(start); d < 200*time.Millisecond-slack {
		t.Errorf("40 queries at 200/s took %v", d)
	}
}

func TestHeldUntilReleased(t *testing.T) {
	var l Limiter
	o := l.Oracle(victim())
	l.Hold(true)
	done := make(chan error)
	go func() { done <- o.Query([]float64{1, 2}, make([]float64, 1)) }()
	select {
	case <-done:
		t.Fatal("a held oracle answered")
	case <-time.After(3 * nap):
	}
	l.Hold(false)
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the oracle did not go on")
	}
}

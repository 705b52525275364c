//go:build js && wasm

package conductor

import "time"

// clock measures the active time of a run.
type clock struct {
	before  time.Duration // of earlier stretches
	started time.Time     // of this stretch, zero while stopped
}

func newClock(seconds float64) *clock {
	return &clock{before: time.Duration(seconds * float64(time.Second)), started: time.Now()}
}

func (c *clock) stop() {
	if !c.started.IsZero() {
		c.before += time.Since(c.started)
		c.started = time.Time{}
	}
}

func (c *clock) start() {
	if c.started.IsZero() {
		c.started = time.Now()
	}
}

func (c *clock) seconds() float64 {
	d := c.before
	if !c.started.IsZero() {
		d += time.Since(c.started)
	}
	return d.Seconds()
}

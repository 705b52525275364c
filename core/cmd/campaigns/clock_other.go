//go:build !linux

package campaigns

import "time"

var start = time.Now()

// threadTime is the time on the clock: this system does not tell that of a thread.
func threadTime() time.Duration { return time.Since(start) }

const clock = "seconds on the clock"

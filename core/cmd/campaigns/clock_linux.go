package campaigns

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is the processor time that the calling thread has had. What else
// the machine has to do does not count. (getrusage tells the same, but only as it
// was at the last tick of the scheduler.)
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic("campaigns: " + err.Error()) // every Linux has this clock
	}
	return time.Duration(t.Nano())
}

// clock says what threadTime is, in words.
const clock = "processor seconds of the run's own thread"

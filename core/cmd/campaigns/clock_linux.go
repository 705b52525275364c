package campaigns

import (
	"syscall"
	"time"
)

// rusageThread asks getrusage(2) for the calling thread.
const rusageThread = 1

// threadTime is the processor time that the calling thread has had. What else
// the machine has to do does not count.
func threadTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &u); err != nil {
		return time.Since(start)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var start = time.Now()

// clock says what threadTime is, in words.
const clock = "processor seconds of the run's own thread"

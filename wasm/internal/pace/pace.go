// Package pace slows an oracle down for people to watch, and holds it while
// they pause. It changes when questions are asked and never which.
package pace

import (
	"sync"
	"time"

	"peel/core/oracle"
)

// Limiter is what paces every oracle of one hand.
type Limiter struct {
	mu   sync.Mutex
	rate float64 // queries per second, 0 for no limit
	held bool
	due  time.Time // when the queries allowed so far will have taken their time
}

// Set changes the limit; 0 lifts it. A wait under way is shortened or stretched.
func (l *Limiter) Set(perSecond float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	perSecond = max(perSecond, 0)
	if now := time.Now(); l.rate > 0 && perSecond > 0 && l.due.After(now) {
		l.due = now.Add(time.Duration(float64(l.due.Sub(now)) * l.rate / perSecond))
	}
	l.rate = perSecond
}

// Hold stops the questions of a paced oracle until Hold(false).
func (l *Limiter) Hold(held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = held
}

const (
	// nap is how long a wait lasts before it looks again at what was asked of it.
	nap = 50 * time.Millisecond
	// slack is a wait too short to be worth a timer, which browsers round up.
	slack = 20 * time.Millisecond
)

// take waits until n more queries may have been asked.
func (l *Limiter) take(n int) {
	first := true
	for {
		l.mu.Lock()
		if l.rate == 0 && !l.held {
			l.mu.Unlock()
			return
		}
		now := time.Now()
		if first && l.rate > 0 {
			if l.due.Before(now) {
				l.due = now
			}
			l.due = l.due.Add(time.Duration(float64(n) / l.rate * float64(time.Second)))
			first = false
		}
		wait := l.due.Sub(now)
		if l.held {
			wait = nap
		}
		l.mu.Unlock()
		if wait <= slack {
			return
		}
		time.Sleep(min(wait, nap))
	}
}

// Oracle returns o, asked no faster than the limiter allows.
func (l *Limiter) Oracle(o oracle.Oracle) oracle.Oracle { return &paced{o: o, l: l} }

type paced struct {
	o oracle.Oracle
	l *Limiter
}

func (p *paced) Shape() (in, out int) { return p.o.Shape() }

func (p *paced) Query(x, y []float64) error {
	in, _ := p.Shape()
	p.l.take(len(x) / max(in, 1))
	return p.o.Query(x, y)
}

func (p *paced) Steps(base []float64, coord []int, step []float64, y []float64) error {
	p.l.take(len(coord))
	return p.o.Steps(base, coord, step, y)
}

func (p *paced) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	o, err := p.o.Restrict(base, dirs)
	if err != nil {
		return nil, err
	}
	return &paced{o: o, l: p.l}, nil
}

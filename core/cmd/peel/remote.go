package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"peel/core/cmd/remote"
	"peel/core/extract"
)

// remoteFlags are the flags of an attack over HTTP.
type remoteFlags struct {
	oracle string
	token  string
}

func (f *remoteFlags) add(flags *flag.FlagSet) {
	flags.StringVar(&f.oracle, "oracle", "", "`address` of a remote black box to attack instead of VICTIM: http://…/api/oracle/SHA256")
	flags.StringVar(&f.token, "token", "", "`token` of a member of a room, whose queries they are, for --oracle")
}

// atATime is how many tasks are done at a time against a remote oracle: their
// queries share its requests, so a whole round should wait together.
const atATime = 256

// askedFully sets what a remote oracle needs: every query a full input, and
// many tasks at a time unless --workers says otherwise.
func (f *remoteFlags) askedFully(flags *flag.FlagSet, run *runFlags) {
	run.plain = true
	chosen := false
	flags.Visit(func(g *flag.Flag) { chosen = chosen || g.Name == "workers" })
	if !chosen {
		run.workers = atATime
	}
}

// victim returns what is attacked: the network named, or the one at --oracle.
func (f *remoteFlags) victim(found []string) (*loaded, error) {
	switch {
	case f.oracle == "" && len(found) == 0:
		return nil, errors.New("VICTIM is missing; run \"peel extract -h\" for what it takes")
	case f.oracle == "" && f.token != "":
		return nil, errors.New("--token is for --oracle; leave it out, or say which oracle")
	case f.oracle == "":
		return load(found[0])
	case len(found) > 0:
		return nil, fmt.Errorf("both %s and --oracle are named; leave out one of them", found[0])
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	c, err := remote.Open(ctx, f.oracle, f.token)
	if err != nil {
		return nil, err
	}
	name := "remote"
	if u, err := url.Parse(f.oracle); err == nil {
		name += "-" + u.Hostname()
	}
	return &loaded{name: name[:min(len(name), 200)], remote: c}, nil
}

// requests describes the requests so far in a few words.
func requests(s remote.Stats) string {
	text := fmt.Sprintf("%d requests of %d ms", s.Requests, s.Median.Milliseconds())
	if s.Repeated > 0 {
		text += fmt.Sprintf(" (%d repeated)", s.Repeated)
	}
	if s.Waiting != "" {
		text += "; waiting: " + s.Waiting
	}
	return text
}

// watched is a progress that also shows the requests of a remote oracle, while
// no events come too.
type watched struct {
	progress
	mu   sync.Mutex
	stop chan struct{}
	done sync.WaitGroup
}

// Every so often the requests are shown, on a terminal and elsewhere.
const (
	redrawEvery = 250 * time.Millisecond
	lineEvery   = 10 * time.Second
)

// watch returns p, or a progress that shows the requests of c as well.
func watch(p progress, c *remote.Client) progress {
	if c == nil {
		return p
	}
	every := lineEvery
	var show func()
	switch p := p.(type) {
	case *redrawn:
		every = redrawEvery
		p.more = func() string { return requests(c.Stats()) }
		show = p.draw
	case *plainLines:
		p.more = func() string { return requests(c.Stats()) }
		show = p.line
	default: // JSON holds the events alone
		return p
	}
	w := &watched{progress: p, stop: make(chan struct{})}
	w.done.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-ticker.C:
				w.mu.Lock()
				show()
				w.mu.Unlock()
			}
		}
	})
	return w
}

func (w *watched) event(e extract.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress.event(e)
}

func (w *watched) end() {
	close(w.stop)
	w.done.Wait()
	w.progress.end()
}

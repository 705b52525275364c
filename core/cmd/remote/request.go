package remote

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// timeout is the longest one try of a request may take. Tries may fail one after
// another for greeting at the beginning, when the address may be wrong, and for
// patience in the middle of a run.
const (
	timeout  = time.Minute
	greeting = 3 * time.Second
	patience = 3 * time.Minute
)

// shortest and longest pauses between tries, which double each time.
const (
	shortest = 250 * time.Millisecond
	longest  = 15 * time.Second
)

// ErrGone is wrapped by the error for a server that has not answered for as
// long as the client waits, ErrUsedUp by that for a budget that is used up. A
// run with a journal goes on from there later.
var (
	ErrGone   = errors.New("the server does not answer any more")
	ErrUsedUp = errors.New("the server's budget for this client is used up")
)

// Later reports whether a run that ended with err may go on later.
func Later(err error) bool { return errors.Is(err, ErrGone) || errors.Is(err, ErrUsedUp) }

// call is what is sent.
type call struct {
	method string
	body   []byte
	key    string // the same for every try
}

// post asks the points of a batch in one request and hands out the answers.
func (c *Client) post(batch []piece) error {
	points := 0
	var body []byte
	for _, p := range batch {
		points += len(p.x) / c.Sizes[0]
		for _, v := range p.x {
			body = binary.LittleEndian.AppendUint64(body, math.Float64bits(v))
		}
	}
	want := 8 * points * c.Sizes[len(c.Sizes)-1]
	answer, err := c.try(call{http.MethodPost, body, rand.Text()}, func(r io.Reader) ([]byte, error) {
		answer, err := io.ReadAll(io.LimitReader(r, int64(want)+1))
		if err == nil && len(answer) != want {
			err = fmt.Errorf("it answered with %d bytes where %d belong", len(answer), want)
		}
		return answer, err
	})
	if err != nil {
		return err
	}
	for _, p := range batch {
		for i := range p.y {
			p.y[i] = math.Float64frombits(binary.LittleEndian.Uint64(answer[8*i:]))
		}
		answer = answer[8*len(p.y):]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Points += int64(points)
	return nil
}

// try sends a request until it is answered, and returns what read makes of the
// answer. It waits where the server says so, and after a lost connection.
func (c *Client) try(what call, read func(io.Reader) ([]byte, error)) ([]byte, error) {
	pause, since := shortest, time.Duration(0)
	for {
		answer, err := c.once(what, read)
		if c.ctx.Err() != nil {
			return nil, c.ctx.Err()
		}
		var again *tryAgain
		if !errors.As(err, &again) {
			c.note("")
			return answer, err
		}
		wait := max(pause, again.after)
		if since += wait; since > c.patience {
			return nil, fmt.Errorf("%w (%s); see whether it runs, then run the same command again, which with --journal goes on", ErrGone, again.why)
		}
		c.note(again.why)
		if err := c.pause(c.ctx, wait); err != nil {
			return nil, err
		}
		pause = min(2*pause, longest)
	}
}

// tryAgain is why one try failed, and how long to wait at least.
type tryAgain struct {
	why   string
	after time.Duration
}

func (t *tryAgain) Error() string { return t.why }

// once sends a request once.
func (c *Client) once(what call, read func(io.Reader) ([]byte, error)) ([]byte, error) {
	r, err := http.NewRequestWithContext(c.ctx, what.method, c.at, bytes.NewReader(what.body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if what.key != "" {
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set("Idempotency-Key", what.key)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	began := time.Now()
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, &tryAgain{why: plain(err)}
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, c.refused(answer)
	}
	data, err := read(answer.Body)
	if err != nil {
		return nil, &tryAgain{why: plain(err)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if what.method == http.MethodPost {
		c.stats.Requests++
		took := time.Since(began)
		c.times = append(c.times, took)
		c.usual += (took - c.usual) / 8
		if used, err := strconv.ParseInt(answer.Header.Get("Peel-Used"), 10, 64); err == nil {
			c.stats.Used = max(c.stats.Used, used)
		}
	}
	return data, nil
}

// plain is what went wrong with a connection, without the address.
func plain(err error) string {
	var wrapped interface{ Unwrap() error }
	for errors.As(err, &wrapped) && wrapped.Unwrap() != nil {
		err = wrapped.Unwrap()
		wrapped = nil
	}
	return err.Error()
}

// refused is the error for an answer that is none: one to stop with, or to wait.
func (c *Client) refused(answer *http.Response) error {
	var problem struct{ Type, Detail string }
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if data, err := io.ReadAll(io.LimitReader(answer.Body, maxAbout)); err == nil && kind == "application/problem+json" {
		json.Unmarshal(data, &problem)
	}
	detail := strings.Map(func(r rune) rune { // it goes to a terminal
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, problem.Detail)
	if detail == "" {
		detail = "it answered with status " + strconv.Itoa(answer.StatusCode)
	}
	seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
	after := time.Duration(min(max(seconds, 0), 7*24*3600)) * time.Second
	switch {
	case problem.Type == "urn:peel:problem:budget":
		return fmt.Errorf("%w (%s); with --journal the run goes on when the same command is run in %s", ErrUsedUp, strings.TrimSuffix(detail, "."), after)
	case answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusRequestTimeout ||
		answer.StatusCode == http.StatusBadRequest && problem.Type == "urn:peel:problem:broken-body" || answer.StatusCode >= 500:
		return &tryAgain{detail, after}
	}
	return fmt.Errorf("%w: %s", ErrAddress, strings.TrimSuffix(detail, "."))
}

// note says why nothing goes on, or that it does again.
func (c *Client) note(why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Waiting = why
	if why != "" {
		c.stats.Repeated++
	}
}

// sleep waits, or returns early with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

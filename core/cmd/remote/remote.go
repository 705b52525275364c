// Package remote is an oracle behind HTTP: a network that a server of Peel
// answers for, whose weights nobody here has. The interface is described in
// site/docs/api.md.
//
// An extraction asks in many small steps. Those of all tasks that run at the
// same time are put together into few large requests; each carries a key, so
// that it is counted once however often it must be repeated.
package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"peel/core/nn"
	"peel/core/oracle"
)

// Model is what the server says about a network and what it allows.
type Model struct {
	SHA256 string `json:"sha256"`
	Sizes  []int  `json:"sizes"` // d0, d1, …, dout
	Points int    `json:"points"`
	Left   int64  `json:"left"` // points that may still be asked
}

// ErrAddress is wrapped by every error about the address of an oracle.
var ErrAddress = errors.New("the oracle cannot be asked")

// Client asks one remote network. Its oracles share its requests.
type Client struct {
	Model
	ctx   context.Context
	at    string
	token string
	http  *http.Client
	// pause waits, and patience is how long tries may fail one after another.
	pause    func(ctx context.Context, d time.Duration) error
	patience time.Duration

	mu     sync.Mutex
	queue  queue
	failed error
	stats  Stats
	times  []time.Duration
	usual  time.Duration // that a request takes: an average that follows the last ones
}

var oraclePath = regexp.MustCompile(`/api/oracle/[0-9a-f]{64}$`)

// maxAbout is the most bytes that a server may say about a model.
const maxAbout = 1 << 16

// Open asks the server at the address, …/api/oracle/SHA256, what it answers for.
// token, if any, is that of a member of a room. The oracles stop when ctx ends.
func Open(ctx context.Context, address, token string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || !oraclePath.MatchString(u.Path) || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: %q is not an address like http://127.0.0.1:8377/api/oracle/ and 64 hex digits", ErrAddress, address)
	}
	c := &Client{ctx: ctx, at: u.String(), token: token, queue: queue{arrived: make(chan struct{}, 1)}, pause: sleep, patience: greeting, http: &http.Client{
		Timeout: timeout,
		// A redirect would repeat the request elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	body, err := c.try(call{method: http.MethodGet}, func(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxAbout)) })
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(body, &c.Model); err != nil {
		return nil, fmt.Errorf("%w: %s is not a server of Peel", ErrAddress, u.Host)
	}
	if err := nn.CheckSizes(c.Sizes); err != nil {
		return nil, fmt.Errorf("%w: the server names an %w", ErrAddress, err)
	}
	if c.Points < 1 || c.SHA256 != u.Path[len(u.Path)-64:] {
		return nil, fmt.Errorf("%w: the server does not say how many points it takes, or answers for another model", ErrAddress)
	}
	c.patience = patience
	return c, nil
}

// Oracle returns an oracle of the remote network. Every query is a full point.
// Each is for one goroutine; make one for every task that runs at a time.
func (c *Client) Oracle() oracle.Oracle { return asking{c} }

type asking struct{ c *Client }

func (a asking) Shape() (in, out int) { return a.c.Sizes[0], a.c.Sizes[len(a.c.Sizes)-1] }

func (a asking) Query(x, y []float64) error {
	in, out := a.Shape()
	if len(x)%in != 0 || len(y) != len(x)/in*out {
		return fmt.Errorf("remote: %d numbers are not a batch of points in R^%d with %d answers", len(x), in, len(y))
	}
	return a.c.ask(x, y)
}

func (a asking) Restrict(base, dirs []float64) (oracle.Oracle, error) {
	return oracle.Plain{Oracle: a}.Restrict(base, dirs)
}

func (a asking) Steps(base []float64, coord []int, step, y []float64) error {
	return oracle.Plain{Oracle: a}.Steps(base, coord, step, y)
}

// Stats are the requests so far.
type Stats struct {
	Requests int           // that were answered
	Repeated int           // tries that had to be repeated
	Points   int64         // in the requests that were answered
	Used     int64         // points that the server has counted
	Median   time.Duration // of the time from a request to its answer
	Waiting  string        // why nothing goes on at the moment, "" if it does
}

// Stats returns the figures so far.
func (c *Client) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	if n := len(c.times); n > 0 {
		sorted := slices.Sorted(slices.Values(c.times))
		s.Median = sorted[n/2]
	}
	return s
}

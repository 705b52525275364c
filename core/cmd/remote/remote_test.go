package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peel/core/extract"
	"peel/core/nn"
	"peel/core/oracle"
	"peel/core/run"
	"peel/models/random"
	"peel/models/weights"
	"peel/workers/api"
	"peel/workers/store"
)

// host is a server of Peel with a sealed model.
type host struct {
	*httptest.Server
	net    *nn.Network
	oracle string // its address
	// before, if any, may answer a request instead of the server.
	before func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func newHost(t *testing.T, limits api.Limits, options string, sizes ...int) *host {
	t.Helper()
	net, err := random.Carlini(sizes, 5)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{net: net}
	handler := api.Handler(api.Config{
		Store: store.NewMemory(time.Now), Now: time.Now, Limits: limits,
		Client: func(*http.Request) string { return "one" },
		Log:    func(err error) { t.Error(err) },
	})
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.before != nil {
			h.before(w, r, handler)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(h.Close)
	file, err := weights.Encode(h.net, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPut, h.URL+"/api/models/"+h.net.Fingerprint()+"?sealed=1"+options, strings.NewReader(string(file)))
	if err != nil {
		t.Fatal(err)
	}
	made, err := http.DefaultClient.Do(r)
	if err != nil || made.StatusCode != http.StatusCreated {
		t.Fatalf("%v, %v", made, err)
	}
	made.Body.Close()
	h.oracle = h.URL + "/api/oracle/" + h.net.Fingerprint()
	return h
}

// open returns a client that does not wait between tries.
func (h *host) open(t *testing.T) *Client {
	t.Helper()
	c, err := Open(t.Context(), h.oracle, "")
	if err != nil {
		t.Fatal(err)
	}
	c.pause = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	return c
}

// extracted runs an extraction with so many tasks at a time.
func extracted(net *nn.Network, journal run.Journal, tasks int, made func() oracle.Oracle) (*extract.Outcome, error) {
	spec := run.NewSpec(run.Victim{SHA256: net.Fingerprint()}, net.Sizes(), 7)
	spec.Oracle.Plain = true
	oracles := make([]oracle.Oracle, tasks)
	for i := range oracles {
		oracles[i] = spec.Limit(made())
	}
	return run.Drive(context.Background(), spec, run.NewPool(oracles), journal, func(extract.Event) {})
}

// local runs the same extraction in process.
func local(t *testing.T, net *nn.Network) *extract.Outcome {
	t.Helper()
	o, err := extracted(net, &run.Memory{}, 1, func() oracle.Oracle { return oracle.NewVictim(net) })
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func same(t *testing.T, got, want *extract.Outcome) {
	t.Helper()
	if a, b := run.Digest(got.Network, got.ByPhase), run.Digest(want.Network, want.ByPhase); a != b || got.Queries != want.Queries {
		t.Errorf("digest %s after %d queries, want %s after %d", a, got.Queries, b, want.Queries)
	}
}

func TestARemoteRunIsTheRunInProcess(t *testing.T) {
	h := newHost(t, api.Local(), "", 10, 5, 5, 1)
	c := h.open(t)
	got, err := extracted(h.net, &run.Memory{}, 64, c.Oracle)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, local(t, h.net))
	s := c.Stats()
	if s.Points != got.Queries || s.Used != got.Queries || s.Repeated != 0 {
		t.Errorf("%d queries, but %+v", got.Queries, s)
	}
	if s.Requests < 1 || int64(s.Requests) > got.Queries/2 {
		t.Errorf("%d requests for %d queries", s.Requests, got.Queries)
	}
}

// Whatever happens to a request or its answer on the way, the run is the same
// and the server counts every query once.
func TestLostConnections(t *testing.T) {
	h := newHost(t, api.Local(), "", 10, 5, 5, 1)
	c := h.open(t)
	var n atomic.Int64
	hit := map[int64]int{}
	var mu sync.Mutex
	h.before = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		fault := n.Add(1) % 14
		mu.Lock()
		hit[fault]++
		mu.Unlock()
		switch fault {
		case 1: // lost before it arrived
			panic(http.ErrAbortHandler)
		case 3: // answered, and the answer lost
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case 5: // lost in the middle of the answer
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			w.Header().Set("Content-Length", fmt.Sprint(answer.Body.Len()))
			w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
			panic(http.ErrAbortHandler)
		case 7: // cut short by something in between
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			w.Write(answer.Body.Bytes()[:answer.Body.Len()-1])
		case 9:
			w.WriteHeader(http.StatusBadGateway)
			io.WriteString(w, "<html>")
		case 11:
			w.Header().Set("Retry-After", "2")
			w.WriteHeader(http.StatusTooManyRequests)
		case 13: // something longer than the answer
			io.WriteString(w, strings.Repeat("x", 1<<16))
		default:
			next.ServeHTTP(w, r)
		}
	}
	got, err := extracted(h.net, &run.Memory{}, 64, c.Oracle)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, local(t, h.net))
	if s := c.Stats(); s.Used != got.Queries || s.Repeated < 20 {
		t.Errorf("%d queries, but %+v", got.Queries, s)
	}
	for fault := range int64(14) {
		if hit[fault] == 0 {
			t.Errorf("fault %d never happened", fault)
		}
	}
}

func TestRateLimitsAreHonoured(t *testing.T) {
	limits := api.Local()
	limits.Oracle = api.Rate{Every: time.Minute, Burst: 3}
	h := newHost(t, limits, "", 4, 3, 1)
	c := h.open(t)
	var waits []time.Duration
	c.pause = func(ctx context.Context, d time.Duration) error {
		waits = append(waits, d)
		return ctx.Err()
	}
	o := c.Oracle()
	var err error
	for range 4 {
		err = o.Query(make([]float64, 4), make([]float64, 1))
	}
	if !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "faster than this server allows") {
		t.Errorf("after the burst: %v", err)
	}
	if len(waits) == 0 || waits[0] < 59*time.Second {
		t.Errorf("it waits %v where the server says a minute", waits)
	}
}

// A run that stops at the server's budget, or because the server is gone, goes
// on from its journal and ends as if nothing had happened.
func TestAStoppedRunGoesOn(t *testing.T) {
	h := newHost(t, api.Local(), "", 10, 5, 5, 1)
	whole := local(t, h.net)
	journal := &run.Memory{}

	var n atomic.Int64
	h.before = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && n.Add(1) > 30 {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}
	if _, err := extracted(h.net, journal, 8, h.open(t).Oracle); !errors.Is(err, ErrGone) {
		t.Fatalf("when the server is gone: %v", err)
	}
	half, err := journal.Load()
	if err != nil || len(half) == 0 {
		t.Fatalf("%d results are in the journal (%v)", len(half), err)
	}

	h.before = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/problem+json")
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, `{"type":"urn:peel:problem:budget","detail":"Of 100 queries 100 are used."}`)
			return
		}
		next.ServeHTTP(w, r)
	}
	_, err = extracted(h.net, journal, 8, h.open(t).Oracle)
	if !errors.Is(err, ErrUsedUp) || !strings.Contains(err.Error(), "1h0m0s") || errors.Is(err, oracle.ErrBudget) {
		t.Fatalf("when the budget is used up: %v", err)
	}

	h.before = nil
	got, err := extracted(h.net, journal, 8, h.open(t).Oracle)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, whole)
}

func TestLargeBatchesAreSplit(t *testing.T) {
	h := newHost(t, api.Edge(), "", 4, 3, 2)
	c := h.open(t)
	c.Points = 100
	const n = 2*100 + 50
	x, y, want := make([]float64, 4*n), make([]float64, 2*n), make([]float64, 2*n)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	if err := oracle.NewVictim(h.net).Query(x, want); err != nil {
		t.Fatal(err)
	}
	if err := c.Oracle().Query(x, y); err != nil {
		t.Fatal(err)
	}
	for i := range y {
		if y[i] != want[i] {
			t.Fatalf("answer %d is %v, want %v", i, y[i], want[i])
		}
	}
	if s := c.Stats(); s.Requests != 3 || s.Points != n {
		t.Errorf("%+v", s)
	}
}

func TestInterruption(t *testing.T) {
	h := newHost(t, api.Edge(), "", 4, 3, 1)
	ctx, cancel := context.WithCancel(t.Context())
	c, err := Open(ctx, h.oracle, "")
	if err != nil {
		t.Fatal(err)
	}
	h.before = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	}
	if err := c.Oracle().Query(make([]float64, 4), make([]float64, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}

func TestAddressesThatCannotBeAsked(t *testing.T) {
	h := newHost(t, api.Edge(), "", 4, 3, 1)
	other := strings.Repeat("0", 64)
	for address, want := range map[string]string{
		"":                                       "is not an address like",
		"mnist-784-8x2-1-s1":                     "is not an address like",
		"ftp://127.0.0.1/api/oracle/" + other:    "is not an address like",
		h.URL + "/api/oracle/abc":                "is not an address like",
		h.URL + "/api/models/" + other:           "is not an address like",
		h.oracle + "?sealed=0":                   "is not an address like",
		h.URL + "/api/oracle/" + other:           "No model with this SHA-256 is stored here",
		h.URL + "/elsewhere/api/oracle/" + other: "There is nothing at this address",
	} {
		_, err := Open(t.Context(), address, "")
		if !errors.Is(err, ErrAddress) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q gives %v, want %q", address, err, want)
		}
	}
	if _, err := Open(t.Context(), h.oracle, "guess"); !errors.Is(err, ErrAddress) || !strings.Contains(err.Error(), "token") {
		t.Errorf("a wrong token gives %v", err)
	}
}

// A server that is none of ours cannot make the client read for ever, ask
// somebody else or write on the terminal.
func TestHostileServers(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	hash := strings.Repeat("a", 64)
	for what, answer := range map[string]func(w http.ResponseWriter){
		"HTML":            func(w http.ResponseWriter) { io.WriteString(w, "<html>") },
		"an endless body": func(w http.ResponseWriter) { io.WriteString(w, strings.Repeat("x", 10*maxAbout)) },
		"a redirect": func(w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"another model":    func(w http.ResponseWriter) { fmt.Fprintf(w, `{"sha256":"%064d","sizes":[2,2,1],"points":1}`, 1) },
		"impossible sizes": func(w http.ResponseWriter) { fmt.Fprintf(w, `{"sha256":%q,"sizes":[2,1000000000,1],"points":1}`, hash) },
		"no points":        func(w http.ResponseWriter) { fmt.Fprintf(w, `{"sha256":%q,"sizes":[2,2,1],"points":0}`, hash) },
		"escapes": func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"detail":"\u001b[2J gone"}`)
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer(w) }))
		_, err := Open(t.Context(), server.URL+"/api/oracle/"+hash, "")
		if !errors.Is(err, ErrAddress) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s gives %v", what, err)
		}
		server.Close()
	}
}

package api

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peel/core/nn"
	"peel/core/run"
	"peel/models/weights"
	"peel/workers/store"
	"peel/workers/store/bolt"
	"peel/workers/store/storetest"
)

// site is the API over a store, with a clock that the test moves.
type site struct {
	http.Handler
	t     *testing.T
	clock *storetest.Clock
	store store.Store
	from  string // the client's address
	logs  []error
}

// tight limits can be reached in a test.
var tight = Limits{
	Oracle:   Rate{Every: time.Second, Burst: 5},
	Budget:   100,
	Create:   Rate{Every: time.Minute, Burst: 10},
	Progress: Rate{Every: time.Second, Burst: 3},
}

func newSite(t *testing.T, s store.Store, clock *storetest.Clock, limits Limits) *site {
	made := &site{t: t, clock: clock, store: s, from: "192.0.2.1"}
	made.Handler = Handler(Config{
		Store: s, Now: clock.Now, Limits: limits,
		Client: func(*http.Request) string { return made.from },
		Log:    func(err error) { made.logs = append(made.logs, err) },
	})
	return made
}

// memory is a site over a store in memory.
func memory(t *testing.T, limits Limits) *site {
	clock := storetest.NewClock()
	return newSite(t, store.NewMemory(clock.Now), clock, limits)
}

// eachStore runs a test over every store that runs here.
func eachStore(t *testing.T, limits Limits, test func(t *testing.T, s *site)) {
	t.Run("memory", func(t *testing.T) { test(t, memory(t, limits)) })
	t.Run("bolt", func(t *testing.T) {
		clock := storetest.NewClock()
		db, err := bolt.Open(filepath.Join(t.TempDir(), "shared.db"), clock.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		test(t, newSite(t, db, clock, limits))
	})
}

// answer is a response that was read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request. body is bytes, a string, or a value sent as JSON; headers
// are names and values in turn.
func (s *site) do(method, target string, body any, headers ...string) answer {
	s.t.Helper()
	var data []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		data = b
	case string:
		data = []byte(b)
	default:
		var err error
		if data, err = json.Marshal(b); err != nil {
			s.t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, target, bytes.NewReader(data))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return read(s.t, w.Result())
}

func read(t *testing.T, r *http.Response) answer {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{r.StatusCode, r.Header, data}
	if a.status >= 400 {
		var p problem
		if err := json.Unmarshal(data, &p); err != nil || r.Header.Get("Content-Type") != "application/problem+json" ||
			p.Status != a.status || !strings.HasPrefix(p.Type, problemType) || p.Title == "" || !strings.HasSuffix(p.Detail, ".") || strings.Contains(p.Detail, "\n") {
			t.Errorf("status %d with %q, which is not a problem with one plain sentence", a.status, data)
		}
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	return a
}

// ok is do for a request that must succeed; it returns the JSON answered.
func (s *site) ok(status int, method, target string, body any, headers ...string) map[string]any {
	s.t.Helper()
	a := s.do(method, target, body, headers...)
	if a.status != status {
		s.t.Fatalf("%s %s: status %d, want %d: %s", method, target, a.status, status, a.body)
	}
	var v map[string]any
	if err := json.Unmarshal(a.body, &v); err != nil {
		s.t.Fatalf("%s %s: %q is not JSON", method, target, a.body)
	}
	return v
}

// fails checks that a request is refused with a problem of that name.
func (s *site) fails(status int, name, method, target string, body any, headers ...string) answer {
	s.t.Helper()
	a := s.do(method, target, body, headers...)
	var p problem
	json.Unmarshal(a.body, &p)
	if a.status != status || p.Type != problemType+name {
		s.t.Errorf("%s %s: status %d, %.200s; want %d %s", method, target, a.status, a.body, status, name)
	}
	return a
}

// with is the header that carries a token.
func with(token any) []string { return []string{"Authorization", "Bearer " + token.(string)} }

// network returns a network whose weights follow from its sizes.
func network(sizes ...int) *nn.Network {
	net := nn.New(sizes)
	v := 0.1
	for i := range net.Layers {
		l := &net.Layers[i]
		for j := range l.W {
			v = math.Mod(v*7.3+0.21, 1)
			l.W[j] = v - 0.5
		}
		for j := range l.B {
			l.B[j] = 0.1
		}
	}
	return net
}

func file(t *testing.T, net *nn.Network) []byte {
	t.Helper()
	data, err := weights.Encode(net, weights.Meta{"name": "a name that is not kept"})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func specOf(net *nn.Network) run.Spec {
	return run.NewSpec(run.Victim{Name: "victim", SHA256: net.Fingerprint()}, net.Sizes(), 7)
}

// floats writes numbers as an oracle's body.
func floats(x ...float64) []byte {
	var b []byte
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}

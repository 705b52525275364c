package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"peel/workers/store"
	"peel/workers/store/storetest"
)

func TestAbout(t *testing.T) {
	about := memory(t, tight).ok(200, "GET", "/api/about", nil)
	limits := about["limits"].(map[string]any)
	if about["api"] != 1.0 || limits["oraclePoints"] != 4096.0 || limits["experimentBytes"] != 65536.0 || limits["modelBytes"] != 4194304.0 {
		t.Errorf("it says %v", about)
	}
}

func TestPathTricks(t *testing.T) {
	s := memory(t, tight)
	net := network(4, 3, 1)
	s.sealed(net, "")
	for _, target := range []string{
		"/api/", "/api", "/api/about/", "/api/models", "/api/models/", "/api/rooms/", "/", "/index.html",
		"/api/models/" + net.Fingerprint() + "/", "/api/models/" + net.Fingerprint() + "%00",
		"/api/models/..%2fmodel%2f" + net.Fingerprint(), "/api/experiments/..%2f..%2fmodel%2f" + net.Fingerprint(),
		"/api/experiments/%2e%2e%2fmodel", "/api/rooms/ABC234/..%2f", "/api/rooms/%00%00%00%00%00%00",
		"/api/models/" + strings.Repeat("a", 10000), "/api/oracle/" + strings.Repeat("%2f", 100),
	} {
		if a := s.do("GET", target, nil); a.status != 404 {
			t.Errorf("GET %.60s: status %d: %s", target, a.status, a.body)
		}
	}
	// What is not written plainly is sent to the plain address, and no further.
	for _, target := range []string{"/api//models/x", "/api/../etc/passwd", "/api/models/../about", "/api/./about"} {
		r := httptest.NewRequest("GET", target, nil)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if to := w.Header().Get("Location"); w.Code/100 != 3 || !strings.HasPrefix(to, "/") || strings.Contains(to, "..") || strings.HasPrefix(to, "//") {
			t.Errorf("GET %s: status %d to %q", target, w.Code, to)
		}
	}
}

func TestMethods(t *testing.T) {
	s := memory(t, tight)
	for target, allow := range map[string]string{
		"/api/about":       "GET",
		"/api/experiments": "POST",
		"/api/models/x":    "DELETE, GET, PUT",
		"/api/oracle/x":    "GET, POST",
		"/api/rooms":       "POST",
	} {
		for _, method := range []string{"PATCH", "TRACE", "HEAD", "BREW"} {
			if a := s.fails(405, "method", method, target, nil); a.header.Get("Allow") != allow {
				t.Errorf("%s %s: Allow is %q, want %q", method, target, a.header.Get("Allow"), allow)
			}
		}
	}
}

// Another site's page must not act in the name of somebody on this computer.
func TestOtherSitesAreRefused(t *testing.T) {
	s := memory(t, tight)
	s.fails(403, "cross-origin", "POST", "/api/rooms", roomFor(4, 3, 1), "Sec-Fetch-Site", "cross-site")
	s.fails(403, "cross-origin", "POST", "/api/rooms", roomFor(4, 3, 1), "Origin", "https://elsewhere.example")
	s.ok(201, "POST", "/api/rooms", roomFor(4, 3, 1), "Sec-Fetch-Site", "same-origin")
	if a := s.do("GET", "/api/about", nil, "Sec-Fetch-Site", "cross-site"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Error("another site may read the answers")
	}
}

// broken is a store that fails.
type broken struct {
	store.Store
	fails func(what string) error
}

func (b broken) Get(ctx context.Context, key string) ([]byte, error) {
	if err := b.fails("Get"); err != nil {
		return nil, err
	}
	return b.Store.Get(ctx, key)
}

func (b broken) Put(ctx context.Context, key string, blob []byte) error {
	if err := b.fails("Put"); err != nil {
		return err
	}
	return b.Store.Put(ctx, key, blob)
}

func (b broken) Read(ctx context.Context, group, name string) ([]byte, error) {
	if err := b.fails("Read"); err != nil {
		return nil, err
	}
	return b.Store.Read(ctx, group, name)
}

func (b broken) Update(ctx context.Context, group, name string, expiry time.Time, change store.Change) error {
	if err := b.fails("Update"); err != nil {
		return err
	}
	return b.Store.Update(ctx, group, name, expiry, change)
}

// When any step of the store fails the client is told to try again, and the
// next try, when the store is back, does what was asked.
func TestStoreFailures(t *testing.T) {
	clock := storetest.NewClock()
	var failing string
	s := newSite(t, broken{store.NewMemory(clock.Now), func(what string) error {
		if what == failing {
			return errors.New("the disk is on fire at 10.0.0.7")
		}
		return nil
	}}, clock, tight)
	net := network(4, 3, 1)
	model, oracle := "/api/models/"+net.Fingerprint(), "/api/oracle/"+net.Fingerprint()
	s.ok(201, "PUT", model, file(t, net))
	for i, c := range []struct{ what, method, target string }{
		{"Put", "POST", "/api/experiments"}, {"Read", "POST", "/api/experiments"}, {"Update", "POST", "/api/experiments"},
		{"Get", "POST", oracle}, {"Read", "POST", oracle}, {"Update", "POST", oracle}, {"Read", "GET", oracle}, {"Get", "GET", model},
		{"Update", "POST", "/api/rooms"},
	} {
		var body any = floats(1, 2, 3, 4)
		switch c.target {
		case "/api/experiments":
			body = experiment(uint64(i))
		case "/api/rooms":
			body = roomFor(4, 3, 1)
		}
		failing = c.what
		a := s.fails(503, "store", c.method, c.target, body, "Idempotency-Key", "k")
		if a.header.Get("Retry-After") == "" || strings.Contains(string(a.body), "10.0.0.7") {
			t.Errorf("%s %s while %s fails: %v %s", c.method, c.target, c.what, a.header, a.body)
		}
		failing = ""
		if a := s.do(c.method, c.target, body, "Idempotency-Key", "k"); a.status/100 != 2 {
			t.Errorf("%s %s afterwards: status %d", c.method, c.target, a.status)
		}
	}
	if used := s.ok(200, "GET", oracle, nil)["used"]; used != 1.0 {
		t.Errorf("one point was asked, with retries, and %v were counted", used)
	}
	if len(s.logs) == 0 {
		t.Error("nothing was logged")
	}
}

func TestAPanicIsAProblem(t *testing.T) {
	clock := storetest.NewClock()
	s := newSite(t, broken{nil, func(string) error { panic("boom") }}, clock, tight)
	if a := s.fails(500, "internal", "POST", "/api/experiments", experiment(7)); strings.Contains(string(a.body), "boom") {
		t.Errorf("the client is told %s", a.body)
	}
}

// A blob may be missing for a while at the edge although its record is there.
func TestAMissingBlobIsPutAgain(t *testing.T) {
	s := memory(t, tight)
	net := network(4, 3, 1)
	at := "/api/models/" + net.Fingerprint()
	s.ok(201, "PUT", at, file(t, net))
	if err := s.store.Drop(t.Context(), modelKey(net.Fingerprint())); err != nil {
		t.Fatal(err)
	}
	s.fails(404, "no-such-model", "GET", at, nil)
	s.ok(200, "PUT", at, file(t, net))
	if a := s.do("GET", at, nil); a.status != 200 {
		t.Errorf("status %d", a.status)
	}
}

// serve runs the API on a real server that waits only so long for a body.
func serve(t *testing.T, s *site, patience time.Duration) (addr string) {
	t.Helper()
	server := httptest.NewUnstartedServer(s)
	server.Config.ReadTimeout = patience
	server.Start()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func TestBodiesThatDoNotArrive(t *testing.T) {
	s := memory(t, tight)
	target, _ := s.sealed(network(4, 3, 1), "")
	addr := serve(t, s, 200*time.Millisecond)
	send := func(text string, then func(*net.TCPConn)) string {
		t.Helper()
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: peel\r\nContent-Length: 32\r\n\r\n%s", target, text)
		then(conn.(*net.TCPConn))
		answer, _ := io.ReadAll(conn)
		return string(answer)
	}
	for what, c := range map[string]struct {
		then func(*net.TCPConn)
		want string
	}{
		"a body that stops":       {func(*net.TCPConn) {}, "408 Request Timeout"},
		"a body that is cut off":  {func(c *net.TCPConn) { c.CloseWrite() }, "400 Bad Request"},
		"a client that goes away": {func(c *net.TCPConn) { c.Close() }, ""},
	} {
		if answer := send("12345678", c.then); !strings.Contains(answer, c.want) || c.want != "" && !strings.Contains(answer, "application/problem+json") {
			t.Errorf("%s is answered with %q", what, answer)
		}
	}
	if used := s.ok(200, "GET", target, nil)["used"]; used != 0.0 {
		t.Errorf("%v points were counted", used)
	}
	// A body without a length is read up to the limit.
	r, err := http.Post("http://"+addr+"/api/experiments", "application/json", io.MultiReader(strings.NewReader(strings.Repeat(" ", 2*MaxExperiment))))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if read(t, r).status != 413 {
		t.Errorf("a long body of unknown length: status %d", r.StatusCode)
	}
}

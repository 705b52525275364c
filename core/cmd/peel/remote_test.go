package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"peel/workers/api"
	"peel/workers/store"
)

// serveSealed runs a server of Peel with the victim sealed in it, and returns
// the address of its oracle. Its queries go through pass first.
func serveSealed(t *testing.T, dir, victim, options string, pass func(w http.ResponseWriter, next func())) string {
	t.Helper()
	handler := api.Handler(api.Config{
		Store: store.NewMemory(time.Now), Now: time.Now, Limits: api.Local(),
		Client: func(*http.Request) string { return "one" },
		Log:    func(err error) { t.Error(err) },
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			handler.ServeHTTP(w, r)
			return
		}
		pass(w, func() { handler.ServeHTTP(w, r) })
	}))
	t.Cleanup(server.Close)
	file, err := os.ReadFile(filepath.Join(dir, victim))
	if err != nil {
		t.Fatal(err)
	}
	net, _ := readNetwork(t, dir, victim)
	r, err := http.NewRequest(http.MethodPut, server.URL+"/api/models/"+net.Fingerprint()+"?sealed=1"+options, bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	made, err := http.DefaultClient.Do(r)
	if err != nil || made.StatusCode != http.StatusCreated {
		t.Fatalf("%v, %v", made, err)
	}
	made.Body.Close()
	return server.URL + "/api/oracle/" + net.Fingerprint()
}

func always(_ http.ResponseWriter, next func()) { next() }

func TestExtractRemote(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	_, want := digest(t, must(t, dir, "extract", victim, "--plain", "--seed", "7"))
	at := serveSealed(t, dir, victim, "", always)
	r := must(t, dir, "extract", "--oracle", at, "--seed", "7", "-o", "out.safetensors")
	if _, got := digest(t, r); got != want {
		t.Errorf("digest %s, want %s as with --plain", got, want)
	}
	if !strings.Contains(r.out, "\nasked    ") || !strings.Contains(r.err, " requests of ") || strings.Contains(r.out, "repeated") {
		t.Errorf("it does not tell of its requests:\n%s\n%s", r.out, r.err)
	}
	must(t, dir, "score", victim, "out.safetensors")
	if _, got := digest(t, must(t, dir, "extract", "--oracle", at, "--seed", "7", "--workers", "1")); got != want {
		t.Errorf("one task at a time: digest %s, want %s", got, want)
	}
}

// TestExtractRemoteGoesOn: a run that the server's budget stops goes on from
// its journal where the server has more, even in another process.
func TestExtractRemoteGoesOn(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	_, want := digest(t, must(t, dir, "extract", victim, "--plain", "--seed", "7"))
	at := serveSealed(t, dir, victim, "&budget=200", always)
	args := []string{"extract", "--seed", "7", "--journal", "run.journal", "--oracle"}
	r := peel(t, dir, append(args, at)...)
	if r.code != exitIncomplete || !strings.Contains(r.err, "budget") {
		t.Fatalf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	at = serveSealed(t, dir, victim, "", always)
	if _, got := digest(t, must(t, dir, append(args, at)...)); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestExtractRemoteRepeats(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	_, want := digest(t, must(t, dir, "extract", victim, "--plain", "--seed", "7"))
	var n atomic.Int64
	at := serveSealed(t, dir, victim, "", func(w http.ResponseWriter, next func()) {
		if k := n.Add(1); k > 3 && k < 10 {
			panic(http.ErrAbortHandler)
		}
		next()
	})
	r := must(t, dir, "extract", "--oracle", at, "--seed", "7")
	if _, got := digest(t, r); got != want || !strings.Contains(r.out, " repeated)") {
		t.Errorf("digest %s, want %s\n%s", got, want, r.out)
	}
}

func TestExtractRemoteBadInput(t *testing.T) {
	dir := t.TempDir()
	victim := small(t, dir)
	at := serveSealed(t, dir, victim, "", always)
	for _, c := range []struct{ args, want string }{
		{"--oracle " + victim, "is not an address like"},
		{"--oracle " + at + " " + victim, "leave out one of them"},
		{"--token x " + victim, "--token is for --oracle"},
		{"--oracle " + at[:len(at)-64] + strings.Repeat("0", 64), "No model with this SHA-256"},
		{"--oracle " + at + " --token x", "token"},
	} {
		r := peel(t, dir, append([]string{"extract"}, strings.Fields(c.args)...)...)
		if r.code != exitBadInput || !strings.Contains(r.err, c.want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q, want %q", c.args, r.code, r.err, c.want)
		}
	}
}

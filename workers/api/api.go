// Package api answers Peel's HTTP interface: shared experiments, models, remote
// black boxes and rooms for a class. One handler serves it everywhere: the local
// server and the edge differ in the store and in how they tell clients apart.
// What each route takes and answers is described in site/docs/api.md.
//
// Every request is answered from the store alone, because at the edge each one
// may reach another machine.
package api

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"peel/workers/store"
)

// Prefix is where every route begins.
const Prefix = "/api/"

// Config is what a host supplies.
type Config struct {
	Store store.Store
	// Client names who sends a request, for limits: the network address, as
	// far as the host can tell. It is stored as a hash only.
	Client func(*http.Request) string
	Now    func() time.Time
	Limits Limits
	// Log is told of what went wrong inside.
	Log func(error)
}

// server is a Config with its routes.
type server struct{ Config }

// endpoint answers one method of one route. The error it returns is what the
// client is told, if it is a problem.
type endpoint func(w http.ResponseWriter, r *http.Request) error

// Handler returns the handler of all routes.
func Handler(c Config) http.Handler {
	s := &server{c}
	mux := http.NewServeMux()
	for path, methods := range map[string]map[string]endpoint{
		"about":                              {"GET": s.about},
		"experiments":                        {"POST": s.postExperiment},
		"experiments/{id}":                   {"GET": s.getExperiment, "DELETE": s.deleteExperiment},
		"models/{sha256}":                    {"PUT": s.putModel, "GET": s.getModel, "DELETE": s.deleteModel},
		"oracle/{sha256}":                    {"GET": s.getOracle, "POST": s.postOracle},
		"rooms":                              {"POST": s.postRoom},
		"rooms/{code}":                       {"GET": s.getRoom, "DELETE": s.deleteRoom},
		"rooms/{code}/reset":                 {"POST": s.resetRoom},
		"rooms/{code}/members":               {"POST": s.joinRoom},
		"rooms/{code}/members/{id}":          {"DELETE": s.leaveRoom},
		"rooms/{code}/members/{id}/progress": {"PUT": s.putProgress},
	} {
		mux.Handle(Prefix+path, s.route(methods))
	}
	mux.Handle("/", s.route(nil))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.answer(func(http.ResponseWriter, *http.Request) error { return errCrossOrigin }))
	return guard.Handler(mux)
}

// route answers one path, whose methods are given.
func (s *server) route(methods map[string]endpoint) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		if methods == nil {
			return errNoRoute
		}
		f := methods[r.Method]
		if f == nil {
			var names []string
			for name := range methods {
				names = append(names, name)
			}
			slices.Sort(names)
			w.Header().Set("Allow", strings.Join(names, ", "))
			return errMethod
		}
		return f(w, r)
	})
}

// answer turns an endpoint into a handler: what it returns, or panics with,
// becomes a problem in the answer.
func (s *server) answer(f endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		defer func() {
			if v := recover(); v != nil {
				s.Log(fmt.Errorf("%s %s: panic: %v", r.Method, r.URL.Path, v))
				writeProblem(w, errInternal)
			}
		}()
		err := f(w, r)
		if err == nil {
			return
		}
		p, ok := err.(*problem)
		if !ok {
			s.Log(fmt.Errorf("%s %s: %w", r.Method, r.URL.Path, err))
			p = errStore
		}
		writeProblem(w, p)
	})
}

// setHeaders sets what every answer carries: it is data, for this site only,
// and never cached.
func setHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

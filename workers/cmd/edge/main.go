//go:build js && wasm

// Command edge is the edge worker: the API on Cloudflare Workers. One instance
// answers one request. Static files never come here.
package main

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/syumai/workers"

	"peel/workers/api"
	"peel/workers/store/edge"
)

func main() {
	store, err := edge.New("BLOBS", "RECORDS")
	if err != nil {
		fmt.Fprintln(os.Stderr, "edge:", err)
		os.Exit(1)
	}
	workers.Serve(api.Handler(api.Config{
		Store: store, Client: client, Now: time.Now, Limits: api.Edge(),
		Log: func(err error) { fmt.Fprintln(os.Stderr, "edge:", err) },
	}))
}

// client is the network address that the edge has seen. A client cannot set
// this header itself.
func client(r *http.Request) string { return r.Header.Get("CF-Connecting-IP") }

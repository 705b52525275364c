// Command local serves the built site and the API on this computer and prints
// its address.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"peel/workers"
	"peel/workers/api"
)

func main() {
	port := flag.Int("port", 8377, "port on 127.0.0.1; another one is taken when it is in use, 0 takes any")
	site := flag.String("site", "site/dist", "folder of the built site")
	data := flag.String("data", dataFolder(), "folder for what is shared; \"-\" keeps it in memory")
	flag.Parse()
	if err := serve(*site, *data, *port); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(2)
	}
}

func serve(site, data string, port int) error {
	if _, err := os.Stat(filepath.Join(site, "index.html")); err != nil {
		return fmt.Errorf("%s holds no built site: run `make build` first", site)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kept, err := openStore(ctx, data)
	if err != nil {
		return err
	}
	defer kept.close()
	handler, err := newHandler(site, kept)
	if err != nil {
		return err
	}
	listener, err := listen(port)
	if err != nil {
		return err
	}
	server := newServer(handler)
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Printf("Peel is at http://%s/ (Ctrl-C ends it)\n", listener.Addr())
	fmt.Println(kept.note)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newServer returns a server that no slow or silent client holds up for long.
func newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// newHandler answers the API and, everywhere else, the site's files.
func newHandler(site string, kept *kept) (http.Handler, error) {
	files, err := workers.Handler(os.DirFS(site))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(api.Prefix, api.Handler(api.Config{
		Store: kept.Store, Client: client, Now: time.Now, Limits: api.Local(),
		Log: func(err error) { fmt.Fprintln(os.Stderr, "local:", err) },
	}))
	mux.Handle("/", files)
	return mux, nil
}

// client is the network address that a request comes from.
func client(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// listen takes the port on 127.0.0.1, or any free one when it is in use.
func listen(port int) (net.Listener, error) {
	if port < 0 || port > 65535 {
		return nil, fmt.Errorf("the port %d does not exist: choose one from 0 to 65535", port)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return listener, err
}

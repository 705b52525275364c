// Command local serves the built site on this computer and prints its address.
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
)

func main() {
	port := flag.Int("port", 8377, "port on 127.0.0.1; another one is taken when it is in use, 0 takes any")
	site := flag.String("site", "site/dist", "folder of the built site")
	flag.Parse()
	if err := serve(*site, *port); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(2)
	}
}

func serve(site string, port int) error {
	if _, err := os.Stat(filepath.Join(site, "index.html")); err != nil {
		return fmt.Errorf("%s holds no built site: run `make build` first", site)
	}
	listener, err := listen(port)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: workers.Handler(os.DirFS(site)), ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Printf("Peel is at http://%s/ (Ctrl-C ends it)\n", listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
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

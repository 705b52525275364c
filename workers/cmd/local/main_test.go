package main

import (
	"net"
	"strings"
	"testing"
)

func TestListenTakesAnotherPortWhenInUse(t *testing.T) {
	first, err := listen(0)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	taken := first.Addr().(*net.TCPAddr)
	second, err := listen(taken.Port)
	if err != nil {
		t.Fatalf("with port %d in use: %v", taken.Port, err)
	}
	defer second.Close()
	got := second.Addr().(*net.TCPAddr)
	if got.Port == taken.Port || !got.IP.IsLoopback() {
		t.Errorf("got %v while %v is in use", got, taken)
	}
}

func TestListenRefusesPortsThatDoNotExist(t *testing.T) {
	for _, port := range []int{-1, 65536} {
		if l, err := listen(port); err == nil {
			l.Close()
			t.Errorf("port %d was accepted", port)
		}
	}
}

func TestServeWithoutASite(t *testing.T) {
	if err := serve(t.TempDir(), "-", 0); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("an empty folder gives %v", err)
	}
}

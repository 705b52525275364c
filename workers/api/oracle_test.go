package api

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"testing"
	"time"

	"peel/core/nn"
)

// sealed stores a sealed network and returns the address of its oracle.
func (s *site) sealed(net *nn.Network, options string) (target, token string) {
	s.t.Helper()
	made := s.ok(201, "PUT", "/api/models/"+net.Fingerprint()+"?sealed=1"+options, file(s.t, net))
	return made["oracle"].(string), made["token"].(string)
}

func TestOracleAnswersWithTheBitsOfTheNetwork(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		net := network(4, 6, 3, 2)
		target, _ := s.sealed(net, "")
		x := []float64{1, -2, 0.5, 1e-300, 3, 1e10, -0.25, 7}
		var y [4]float64
		eval := nn.NewEval(net)
		eval.Forward(x[:4], y[:2])
		eval.Forward(x[4:], y[2:])
		a := s.do("POST", target, floats(x...))
		if a.status != 200 || !bytes.Equal(a.body, floats(y[:]...)) || a.header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("status %d, answers %x, want %x", a.status, a.body, floats(y[:]...))
		}
		if a.header.Get("Peel-Used") != "2" || a.header.Get("Peel-Left") != "98" {
			t.Errorf("the headers are %v", a.header)
		}
		about := s.ok(200, "GET", target, nil)
		if fmt.Sprint(about["sizes"]) != "[4 6 3 2]" || about["points"] != float64(MaxPoints) || about["used"] != 2.0 || about["left"] != 98.0 || about["sealed"] != true {
			t.Errorf("it says of itself %v", about)
		}
	})
}

func TestOracleRefusesHostileBodies(t *testing.T) {
	s := memory(t, tight)
	target, _ := s.sealed(network(4, 3, 1), "")
	wide, _ := s.sealed(network(784, 2, 1), "")
	for fault, c := range map[string]struct {
		status       int
		name, target string
		body         []byte
	}{
		"empty":             {400, "length", target, nil},
		"one byte":          {400, "length", target, []byte{0}},
		"three numbers":     {400, "length", target, floats(1, 2, 3)},
		"a byte too many":   {400, "length", target, append(floats(1, 2, 3, 4), 0)},
		"NaN":               {400, "not-finite", target, floats(1, 2, math.NaN(), 4)},
		"infinity":          {400, "not-finite", target, floats(1, 2, 3, 4, math.Inf(1), 2, 3, 4)},
		"minus infinity":    {400, "not-finite", target, floats(math.Inf(-1), 2, 3, 4)},
		"a NaN with a load": {400, "not-finite", target, []byte{1, 2, 3, 4, 5, 6, 0xf7, 0xff, 31: 0}},
		"4097 points":       {413, "too-many-points", target, make([]byte, 8*4*(MaxPoints+1))},
		"over 8 MiB":        {413, "too-many-points", wide, make([]byte, 8*784*(maxPoints(784)+1))},
	} {
		t.Run(fault, func(t *testing.T) {
			s.fails(c.status, c.name, "POST", c.target, c.body)
		})
	}
	if used := s.ok(200, "GET", target, nil)["used"]; used != 0.0 {
		t.Errorf("what was refused counts %v points", used)
	}
	s.fails(404, "no-such-model", "POST", "/api/oracle/abc", floats(1, 2, 3, 4))
	s.fails(422, "invalid", "POST", target, floats(1, 2, 3, 4), "Idempotency-Key", string(make([]byte, 65)))
}

func TestOracleTakesTheLargestBatch(t *testing.T) {
	s := memory(t, Edge())
	target, _ := s.sealed(network(4, 3, 1), "")
	wide, _ := s.sealed(network(784, 2, 1), "")
	for target, points := range map[string]int{target: MaxPoints, wide: maxPoints(784)} {
		in := 4
		if target == wide {
			in = 784
		}
		if a := s.do("POST", target, make([]byte, 8*in*points)); a.status != 200 || len(a.body) != 8*points {
			t.Errorf("%d points: status %d with %d bytes", points, a.status, len(a.body))
		}
	}
}

// Points whose answer overflows are answered with what float64 has for it.
func TestOracleAnswersMayBeInfinite(t *testing.T) {
	s := memory(t, tight)
	net := nn.New([]int{1, 1, 1})
	net.Layers[0].W[0], net.Layers[1].W[0] = 10, 10
	target, _ := s.sealed(net, "")
	a := s.do("POST", target, floats(math.MaxFloat64))
	if !bytes.Equal(a.body, floats(math.Inf(1))) {
		t.Errorf("status %d, %x", a.status, a.body)
	}
}

func TestOracleBudget(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		net := network(4, 3, 1)
		target, _ := s.sealed(net, "&budget=10")
		points := func(n int) []byte { return make([]byte, 8*4*n) }
		s.do("POST", target, points(6))
		a := s.fails(429, "budget", "POST", target, points(5))
		wait, err := strconv.Atoi(a.header.Get("Retry-After"))
		if err != nil || wait <= 0 || wait > 24*3600 {
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
		if a := s.do("POST", target, points(4)); a.status != 200 || a.header.Get("Peel-Left") != "0" {
			t.Errorf("exactly the budget: status %d, %s left", a.status, a.header.Get("Peel-Left"))
		}
		s.fails(429, "budget", "POST", target, points(1))
		s.from = "192.0.2.2" // somebody else has their own
		if a := s.do("POST", target, points(10)); a.status != 200 {
			t.Errorf("another client: status %d", a.status)
		}
		s.from = "192.0.2.1"
		s.clock.Add(time.Duration(wait) * time.Second)
		if a := s.do("POST", target, points(10)); a.status != 200 {
			t.Errorf("after Retry-After: status %d", a.status)
		}
	})
}

func TestOracleRate(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		target, _ := s.sealed(network(4, 3, 1), "")
		one := floats(1, 2, 3, 4)
		for i := range tight.Oracle.Burst {
			if a := s.do("POST", target, one); a.status != 200 {
				t.Errorf("request %d: status %d", i, a.status)
			}
		}
		if a := s.fails(429, "rate", "POST", target, one); a.header.Get("Retry-After") != "1" {
			t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
		}
		s.clock.Add(time.Second)
		if a := s.do("POST", target, one); a.status != 200 {
			t.Errorf("a second later: status %d", a.status)
		}
		s.fails(429, "rate", "POST", target, one)
	})
}

func TestRetriesAreCountedOnce(t *testing.T) {
	eachStore(t, Edge(), func(t *testing.T, s *site) {
		target, _ := s.sealed(network(4, 3, 1), "&budget=1000")
		ask := func(key string, points int) answer {
			body := make([]byte, 8*4*points)
			body[0] = byte(points)
			return s.do("POST", target, body, "Idempotency-Key", key)
		}
		first := ask("a", 10)
		second := ask("a", 10)
		if second.status != 200 || !bytes.Equal(first.body, second.body) || second.header.Get("Peel-Used") != "10" {
			t.Errorf("a retry: status %d, %s used", second.status, second.header.Get("Peel-Used"))
		}
		if a := ask("a", 11); a.header.Get("Peel-Used") != "21" {
			t.Errorf("the same key with other points: %s used", a.header.Get("Peel-Used"))
		}
		for i := range remembered {
			ask(fmt.Sprint("b", i), 1)
		}
		if a := ask("b0", 1); a.header.Get("Peel-Used") != strconv.Itoa(21+remembered) {
			t.Errorf("a retry %d requests later: %s used", remembered, a.header.Get("Peel-Used"))
		}
		if a := ask("a", 10); a.header.Get("Peel-Used") != strconv.Itoa(31+remembered) {
			t.Errorf("a retry that is forgotten: %s used", a.header.Get("Peel-Used"))
		}
	})
}

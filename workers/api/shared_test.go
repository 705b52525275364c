package api

import (
	"strings"
	"testing"
	"time"

	"peel/core/nn"
	"peel/models/weights"
)

func experiment(seed uint64) map[string]any {
	spec := specOf(network(4, 3, 1))
	spec.Seed = seed
	return map[string]any{
		"spec":   spec,
		"result": map[string]any{"digest": strings.Repeat("0a", 32), "queries": 1234, "complete": true, "maxError": 1e-10},
	}
}

func TestExperiments(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		made := s.ok(201, "POST", "/api/experiments", experiment(7))
		id := made["id"].(string)
		if !isID(id) || made["url"] != "/x/"+id {
			t.Fatalf("the answer is %v", made)
		}
		again := s.ok(200, "POST", "/api/experiments", experiment(7))
		if again["id"] != id || again["token"] != nil {
			t.Errorf("the same again gives %v", again)
		}
		if other := s.ok(201, "POST", "/api/experiments", experiment(8)); other["id"] == id {
			t.Error("another seed gives the same id")
		}
		got := s.ok(200, "GET", "/api/experiments/"+id, nil)
		if got["spec"].(map[string]any)["seed"] != 7.0 || got["result"].(map[string]any)["queries"] != 1234.0 {
			t.Errorf("it comes back as %v", got)
		}
		s.fails(401, "token-missing", "DELETE", "/api/experiments/"+id, nil)
		s.fails(403, "token-wrong", "DELETE", "/api/experiments/"+id, nil, with(strings.Repeat("0", 32))...)
		s.ok(200, "DELETE", "/api/experiments/"+id, nil, with(made["token"])...)
		s.fails(404, "no-such-experiment", "GET", "/api/experiments/"+id, nil)
		s.fails(404, "no-such-experiment", "DELETE", "/api/experiments/"+id, nil, with(made["token"])...)
	})
}

// Whitespace and the order of fields do not make another experiment.
func TestExperimentsAreCanonical(t *testing.T) {
	s := memory(t, tight)
	first := s.ok(201, "POST", "/api/experiments", experiment(7))
	net := network(4, 3, 1)
	text := `{ "result": {"complete":true, "maxError":0.0000000001, "queries":1234, "digest":"` + strings.Repeat("0a", 32) + `"},
	  "spec": {"seed":7, "sizes":[4,3,1], "victim":{"sha256":"` + net.Fingerprint() + `","name":"victim"}, "oracle":{}, "engine":"` + specOf(net).Engine + `","v":1}}`
	if again := s.ok(200, "POST", "/api/experiments", text); again["id"] != first["id"] {
		t.Errorf("ids %v and %v", first["id"], again["id"])
	}
}

func TestExperimentsThatAreRefused(t *testing.T) {
	s := memory(t, tight)
	edit := func(change func(e map[string]any)) map[string]any {
		e := experiment(7)
		change(e)
		return e
	}
	result := func(name string, v any) map[string]any {
		return edit(func(e map[string]any) { e["result"].(map[string]any)[name] = v })
	}
	future := specOf(network(4, 3, 1))
	future.Engine = "99"
	for fault, c := range map[string]struct {
		status int
		name   string
		body   any
	}{
		"nothing":           {400, "json", ""},
		"not JSON":          {400, "json", "hello"},
		"not UTF-8":         {400, "json", "{\"spec\": \"\xff\"}"},
		"two values":        {400, "json", "{} {}"},
		"unknown field":     {400, "json", edit(func(e map[string]any) { e["html"] = "<b>" })},
		"wrong type":        {400, "json", result("queries", "many")},
		"no spec":           {422, "invalid", edit(func(e map[string]any) { delete(e, "spec") })},
		"null spec":         {422, "invalid", edit(func(e map[string]any) { e["spec"] = nil })},
		"future engine":     {422, "invalid", edit(func(e map[string]any) { e["spec"] = future })},
		"no digest":         {422, "invalid", result("digest", "")},
		"short digest":      {422, "invalid", result("digest", "abc")},
		"negative queries":  {422, "invalid", result("queries", -1)},
		"negative error":    {422, "invalid", result("maxError", -1)},
		"markup in a link":  {422, "invalid", edit(func(e map[string]any) { e["link"] = "<script>" })},
		"64 KB and a byte":  {413, "too-large", strings.Repeat(" ", MaxExperiment+1)},
		"a link too long":   {413, "too-large", edit(func(e map[string]any) { e["link"] = strings.Repeat("a", MaxExperiment) })},
		"deeply nested":     {400, "json", strings.Repeat("[", 60000)},
		"a spec of nesting": {400, "json", `{"spec":` + strings.Repeat(`{"a":`, 10100)},
	} {
		t.Run(fault, func(t *testing.T) { s.fails(c.status, c.name, "POST", "/api/experiments", c.body) })
	}
}

func TestModels(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		net := network(4, 3, 1)
		at := "/api/models/" + net.Fingerprint()
		s.fails(404, "no-such-model", "GET", at, nil)
		made := s.ok(201, "PUT", at, file(t, net))
		again := s.ok(200, "PUT", at, file(t, net))
		if again["token"] != nil || again["sealed"] != false {
			t.Errorf("the same again gives %v", again)
		}
		a := s.do("GET", at, nil)
		back, meta, err := weights.Decode(a.body)
		if err != nil || back.Fingerprint() != net.Fingerprint() || len(meta) != 0 {
			t.Errorf("it comes back with status %d, metadata %v (%v)", a.status, meta, err)
		}
		s.fails(409, "stored-otherwise", "PUT", at+"?sealed=1", file(t, net))
		s.fails(403, "token-wrong", "DELETE", at, nil, with("x")...)
		s.ok(200, "DELETE", at, nil, with(made["token"])...)
		s.fails(404, "no-such-model", "GET", at, nil)
		s.fails(404, "no-such-model", "POST", "/api/oracle/"+net.Fingerprint(), floats(1, 2, 3, 4))
	})
}

// No answer of any route holds a weight of a sealed model, as float64 bytes or
// as text.
func TestSealedModelsCannotBeRead(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		net := network(4, 3, 1)
		hash := net.Fingerprint()
		made := s.ok(201, "PUT", "/api/models/"+hash+"?sealed=1&budget=50", file(t, net))
		if made["sealed"] != true {
			t.Errorf("the answer is %v", made)
		}
		s.fails(403, "sealed", "GET", "/api/models/"+hash, nil)
		s.fails(403, "sealed", "GET", "/api/models/"+hash, nil, with(made["token"])...)
		// Sending it once more does not open it.
		s.fails(409, "stored-otherwise", "PUT", "/api/models/"+hash, file(t, net))
		s.fails(409, "stored-otherwise", "PUT", "/api/models/"+hash+"?sealed=1", file(t, net))
		s.fails(403, "sealed", "GET", "/api/models/"+hash, nil)
		s.ok(200, "PUT", "/api/models/"+hash+"?sealed=1&budget=50", file(t, net))
		secret := string(floats(net.Layers[0].W[0]))
		for _, target := range []string{"/api/models/" + hash, "/api/oracle/" + hash, "/api/experiments/" + hash, "/api/rooms/" + hash} {
			for _, method := range []string{"GET", "HEAD", "PUT", "POST", "PATCH", "OPTIONS"} {
				if a := s.do(method, target, nil); strings.Contains(string(a.body), secret) {
					t.Errorf("%s %s gives a weight away", method, target)
				}
			}
		}
		s.ok(200, "DELETE", "/api/models/"+hash, nil, with(made["token"])...)
	})
}

func TestModelsThatAreRefused(t *testing.T) {
	s := memory(t, Limits{Create: Rate{Every: time.Second, Burst: 100}})
	net := network(4, 3, 1)
	good := file(t, net)
	wide := network(60000, 9, 1) // 540,019 parameters: as float32 it would fit into 4 MB
	at := "/api/models/" + net.Fingerprint()
	for fault, c := range map[string]struct {
		status   int
		name, at string
		body     []byte
	}{
		"empty":             {422, "invalid", at, nil},
		"not safetensors":   {422, "invalid", at, []byte("hello, this is not a network")},
		"cut short":         {422, "invalid", at, good[:len(good)-1]},
		"trailing bytes":    {422, "invalid", at, append(append([]byte{}, good...), 0)},
		"another hash":      {422, "invalid", "/api/models/" + strings.Repeat("0", 64), good},
		"no hash":           {404, "no-such-model", "/api/models/abc", good},
		"upper-case hash":   {404, "no-such-model", "/api/models/" + strings.ToUpper(net.Fingerprint()), good},
		"4 MB and a byte":   {413, "too-large", at, make([]byte, MaxModel+1)},
		"too many weights":  {422, "invalid", "/api/models/" + wide.Fingerprint(), single(wide)},
		"unknown option":    {422, "invalid", at + "?seal=1", good},
		"sealed maybe":      {422, "invalid", at + "?sealed=maybe", good},
		"sealed twice":      {422, "invalid", at + "?sealed=1&sealed=0", good},
		"negative budget":   {422, "invalid", at + "?budget=-1", good},
		"budget of letters": {422, "invalid", at + "?budget=lots", good},
	} {
		t.Run(fault, func(t *testing.T) { s.fails(c.status, c.name, "PUT", c.at, c.body) })
	}
	if len(s.logs) != 0 {
		t.Errorf("it logged %v", s.logs)
	}
}

// single is a network's file with float32 numbers.
func single(net *nn.Network) []byte { return weightsFloat32(net) }

func TestCreationIsLimited(t *testing.T) {
	s := memory(t, tight)
	for i := range tight.Create.Burst {
		s.ok(201, "POST", "/api/experiments", experiment(uint64(i)))
	}
	a := s.fails(429, "rate", "POST", "/api/experiments", experiment(99))
	if a.header.Get("Retry-After") != "60" {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
	s.ok(200, "POST", "/api/experiments", experiment(0)) // what is there costs nothing
	s.from = "192.0.2.2"
	s.ok(201, "POST", "/api/experiments", experiment(99))
	s.from = "192.0.2.1"
	s.clock.Add(time.Minute)
	s.ok(201, "POST", "/api/experiments", experiment(100))
}

package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func roomFor(sizes ...int) map[string]any {
	return map[string]any{"title": "Year  12", "spec": specOf(network(sizes...))}
}

// join adds a member and returns their id and token.
func (s *site) join(code any, nickname string) (id string, token any) {
	s.t.Helper()
	made := s.ok(201, "POST", fmt.Sprintf("/api/rooms/%s/members", code), map[string]any{"nickname": nickname})
	return made["id"].(string), made["token"]
}

func progress(seq int, state string, queries int, seconds float64) map[string]any {
	p := map[string]any{"seq": seq, "round": 0, "state": state, "phase": "critical", "layer": 1,
		"queries": queries, "found": 3, "neurons": 6, "seconds": seconds, "seed": 7}
	if state == "complete" || state == "incomplete" {
		p["digest"] = strings.Repeat("0a", 32)
	}
	return p
}

func TestRooms(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		made := s.ok(201, "POST", "/api/rooms", roomFor(4, 3, 1))
		code, teacher := made["code"].(string), made["token"]
		if !isCode(code) || made["url"] != "/r/"+code || made["expires"] != float64(s.clock.Now().Add(24*time.Hour).Unix()) {
			t.Fatalf("the answer is %v", made)
		}
		room := "/api/rooms/" + code
		ada, adaToken := s.join(code, "  Ada ")
		s.clock.Add(time.Second)
		bob, bobToken := s.join(code, "Bob 🙂")
		report := func(id string, token any, p map[string]any) map[string]any {
			t.Helper()
			return s.ok(200, "PUT", room+"/members/"+id+"/progress", p, with(token)...)
		}
		report(ada, adaToken, progress(1, "running", 100, 1.5))
		report(ada, adaToken, progress(2, "complete", 900, 3))
		report(ada, adaToken, progress(1, "running", 500, 2)) // late: dropped
		report(bob, bobToken, progress(1, "complete", 800, 4))

		b := s.ok(200, "GET", room, nil)
		members := b["members"].([]any)
		first, second := members[0].(map[string]any), members[1].(map[string]any)
		if b["title"] != "Year 12" || b["seeds"] != "own" || b["round"] != 0.0 || len(members) != 2 || first["nickname"] != "Ada" || second["nickname"] != "Bob 🙂" {
			t.Errorf("the room is %v", b)
		}
		if p := first["progress"].(map[string]any); p["state"] != "complete" || p["queries"] != 900.0 {
			t.Errorf("Ada's progress is %v", p)
		}
		if b["fastest"] != ada || b["frugal"] != bob {
			t.Errorf("the fastest is %v and the most frugal %v of %s and %s", b["fastest"], b["frugal"], ada, bob)
		}
		if text := string(s.do("GET", room, nil).body); strings.Contains(text, "token") || strings.Contains(text, "teacher") {
			t.Errorf("the room gives away hashes of tokens: %s", text)
		}

		s.fails(401, "token-missing", "POST", room+"/reset", nil)
		s.fails(403, "token-wrong", "POST", room+"/reset", nil, with(adaToken)...)
		if after := s.ok(200, "POST", room+"/reset", nil, with(teacher)...); after["round"] != 1.0 {
			t.Errorf("after a reset: %v", after)
		}
		b = s.ok(200, "GET", room, nil)
		if b["fastest"] != "" || len(b["members"].([]any)) != 2 || b["members"].([]any)[0].(map[string]any)["progress"] != nil {
			t.Errorf("after a reset the room is %v", b)
		}
		s.fails(409, "room-reset", "PUT", room+"/members/"+ada+"/progress", progress(3, "running", 1, 1), with(adaToken)...)
		p := progress(1, "running", 1, 1)
		p["round"] = 1
		report(ada, adaToken, p)

		s.fails(403, "token-wrong", "DELETE", room+"/members/"+bob, nil, with(adaToken)...)
		s.ok(200, "DELETE", room+"/members/"+bob, nil, with(teacher)...)
		s.ok(200, "DELETE", room+"/members/"+ada, nil, with(adaToken)...)
		s.fails(404, "no-such-member", "DELETE", room+"/members/"+ada, nil, with(adaToken)...)
		s.fails(404, "no-such-member", "PUT", room+"/members/"+ada+"/progress", p, with(adaToken)...)
		if b = s.ok(200, "GET", room, nil); len(b["members"].([]any)) != 0 {
			t.Errorf("the room is %v", b)
		}
		s.fails(403, "token-wrong", "DELETE", room, nil, with(adaToken)...)
		s.ok(200, "DELETE", room, nil, with(teacher)...)
		s.fails(404, "no-such-room", "GET", room, nil)
	})
}

func TestRoomsLastADay(t *testing.T) {
	eachStore(t, tight, func(t *testing.T, s *site) {
		made := s.ok(201, "POST", "/api/rooms", roomFor(4, 3, 1))
		room := "/api/rooms/" + made["code"].(string)
		s.clock.Add(23 * time.Hour)
		id, token := s.join(made["code"], "Ada")
		s.clock.Add(59 * time.Minute)
		s.ok(200, "GET", room, nil)
		s.clock.Add(time.Minute)
		s.fails(404, "no-such-room", "GET", room, nil)
		s.fails(404, "no-such-room", "PUT", room+"/members/"+id+"/progress", progress(1, "running", 1, 1), with(token)...)
		s.fails(404, "no-such-room", "POST", room+"/reset", nil, with(made["token"])...)
		if all, err := s.store.List(t.Context(), roomKey(made["code"].(string))); err != nil || len(all) != 0 {
			t.Errorf("%d records of it are left (%v)", len(all), err)
		}
	})
}

func TestJoining(t *testing.T) {
	s := memory(t, tight)
	code := s.ok(201, "POST", "/api/rooms", roomFor(4, 3, 1))["code"].(string)
	at := "/api/rooms/" + code + "/members"
	nickname := func(name string) map[string]any { return map[string]any{"nickname": name} }
	s.join(code, "Ada")
	s.fails(409, "nickname-taken", "POST", at, nickname("ADA"))
	for _, name := range []string{"", "   ", strings.Repeat("a", MaxNickname+1), "a\u202eb", "a\u200bb", "a\x00b", "a\u0007"} {
		s.fails(422, "invalid", "POST", at, nickname(name))
	}
	for _, name := range []string{"<b>x</b>", "Ünïcødé", "李雷", strings.Repeat("é", MaxNickname)} {
		s.ok(201, "POST", at, nickname(name))
	}
	mine := map[string]any{"nickname": "Eve", "secret": strings.Repeat("5", 32)}
	first := s.ok(201, "POST", at, mine)
	if again := s.ok(200, "POST", at, mine); again["token"] != first["token"] || again["id"] != first["id"] {
		t.Errorf("joining again gives %v, not %v", again, first)
	}
	mine["secret"] = strings.Repeat("6", 32)
	s.fails(409, "nickname-taken", "POST", at, mine)
	mine["secret"] = "short"
	s.fails(422, "invalid", "POST", at, mine)
	for _, code := range []string{"AAAAAA", "aaaaaa", "AAAAA", "AAAAA1", "%2e%2e"} {
		s.fails(404, "no-such-room", "POST", "/api/rooms/"+code+"/members", nickname("Ada"))
	}
}

func TestARoomCanBeFull(t *testing.T) {
	s := memory(t, tight)
	code := s.ok(201, "POST", "/api/rooms", roomFor(4, 3, 1))["code"].(string)
	for i := range MaxMembers {
		s.join(code, fmt.Sprint("member ", i))
	}
	s.fails(409, "room-full", "POST", "/api/rooms/"+code+"/members", map[string]any{"nickname": "one more"})
}

func TestRoomsThatAreRefused(t *testing.T) {
	s := memory(t, tight)
	edit := func(change func(room map[string]any)) map[string]any {
		room := roomFor(4, 3, 1)
		change(room)
		return room
	}
	for fault, body := range map[string]any{
		"no spec":           edit(func(r map[string]any) { delete(r, "spec") }),
		"impossible spec":   edit(func(r map[string]any) { r["spec"] = map[string]any{"v": 1} }),
		"long title":        edit(func(r map[string]any) { r["title"] = strings.Repeat("a", MaxTitle+1) }),
		"invisible title":   edit(func(r map[string]any) { r["title"] = "a\u202eb" }),
		"unknown seeds":     edit(func(r map[string]any) { r["seeds"] = "any" }),
		"remote, not there": edit(func(r map[string]any) { r["remote"] = true }),
	} {
		t.Run(fault, func(t *testing.T) { s.fails(422, "invalid", "POST", "/api/rooms", body) })
	}
	s.fails(413, "too-large", "POST", "/api/rooms", strings.Repeat(" ", maxSmall+1))
	net := network(4, 3, 1)
	s.sealed(net, "")
	other := specOf(net)
	other.Sizes = []int{4, 2, 1}
	s.fails(422, "invalid", "POST", "/api/rooms", map[string]any{"spec": other, "remote": true})
	s.fails(403, "token-wrong", "POST", "/api/rooms", map[string]any{"spec": specOf(net), "remote": true, "modelToken": "guess"})
}

func TestProgressThatIsRefused(t *testing.T) {
	s := memory(t, tight)
	code := s.ok(201, "POST", "/api/rooms", roomFor(4, 3, 1))["code"].(string)
	id, token := s.join(code, "Ada")
	at := "/api/rooms/" + code + "/members/" + id + "/progress"
	set := func(name string, v any) map[string]any {
		p := progress(1, "running", 1, 1)
		p[name] = v
		return p
	}
	for fault, p := range map[string]any{
		"no seq": set("seq", 0), "unknown state": set("state", "<b>"), "unknown phase": set("phase", "cheating"),
		"negative queries": set("queries", -1), "negative seconds": set("seconds", -1), "more found than there are": set("found", 7),
		"a digest too early": set("digest", strings.Repeat("0a", 32)), "an end without a digest": set("state", "complete"),
		"a huge layer": set("layer", 1000), "a huge seed": set("seed", uint64(1)<<60),
	} {
		t.Run(fault, func(t *testing.T) { s.fails(422, "invalid", "PUT", at, p, with(token)...) })
	}
	s.fails(400, "json", "PUT", at, set("message", "hello"), with(token)...)
	s.fails(401, "token-missing", "PUT", at, progress(1, "running", 1, 1))
	s.fails(403, "token-wrong", "PUT", at, progress(1, "running", 1, 1), with("x")...)
	s.fails(404, "no-such-member", "PUT", strings.Replace(at, id, "0000000000000000", 1), progress(1, "running", 1, 1), with(token)...)
	for i := range tight.Progress.Burst {
		s.ok(200, "PUT", at, progress(i+1, "running", 1, 1), with(token)...)
	}
	s.fails(429, "rate", "PUT", at, progress(9, "running", 1, 1), with(token)...)
}

// In a room that the model's owner opened every member has a budget of their
// own; in one that somebody else opened they share the one of their address.
func TestARoomCountsItsMembers(t *testing.T) {
	eachStore(t, Edge(), func(t *testing.T, s *site) {
		net := network(4, 3, 1)
		target, owner := s.sealed(net, "&budget=10")
		five := make([]byte, 8*4*5)
		body := map[string]any{"spec": specOf(net), "remote": true, "modelToken": owner}
		made := s.ok(201, "POST", "/api/rooms", body)
		code := made["code"].(string)
		ada, adaToken := s.join(code, "Ada")
		_, bobToken := s.join(code, "Bob")
		for _, c := range []struct {
			token any
			left  string
		}{{adaToken, "5"}, {adaToken, "0"}, {bobToken, "5"}} {
			if a := s.do("POST", target, five, with(c.token)...); a.status != 200 || a.header.Get("Peel-Left") != c.left {
				t.Errorf("status %d, %s left, want %s", a.status, a.header.Get("Peel-Left"), c.left)
			}
		}
		s.fails(429, "budget", "POST", target, five, with(adaToken)...)
		if about := s.ok(200, "GET", target, nil, with(bobToken)...); about["left"] != 5.0 {
			t.Errorf("Bob is told %v", about)
		}
		b := s.ok(200, "GET", "/api/rooms/"+code, nil)
		for _, m := range b["members"].([]any) {
			row := m.(map[string]any)
			if want := map[bool]float64{true: 10, false: 5}[row["id"] == ada]; row["asked"] != want {
				t.Errorf("%v has asked %v, want %v", row["nickname"], row["asked"], want)
			}
		}
		s.ok(200, "POST", "/api/rooms/"+code+"/reset", nil, with(made["token"])...)
		if a := s.do("POST", target, five, with(adaToken)...); a.status != 200 {
			t.Errorf("after a reset: status %d", a.status)
		}
		s.fails(403, "token-wrong", "POST", target, five, with(code+"."+ada+".guess")...)
		s.fails(403, "token-wrong", "POST", target, five, with("nonsense")...)

		delete(body, "modelToken")
		free := s.ok(201, "POST", "/api/rooms", body)
		if free["perMember"] != false || made["perMember"] != true {
			t.Errorf("per member: %v and %v", free["perMember"], made["perMember"])
		}
		for i := range 3 {
			_, token := s.join(free["code"], fmt.Sprint("guest ", i))
			if a := s.do("POST", target, five, with(token)...); (a.status == 200) != (i < 2) {
				t.Errorf("guest %d: status %d", i, a.status)
			}
		}
	})
}

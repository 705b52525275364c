package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"peel/workers/store/bolt"
)

// A day of 200 rooms, in quick succession and through a real server: every room
// has its members join, report four times and look at the board in between,
// and its teacher reset it once. Nothing may fail or get lost.
func TestTwoHundredRooms(t *testing.T) {
	const rooms, members, reports, classes = 200, 6, 4, 16
	db, err := bolt.Open(filepath.Join(t.TempDir(), "shared.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	generous := Rate{Every: time.Microsecond, Burst: 1000}
	s := newSite(t, db, nil, Limits{Create: generous, Progress: generous})
	s.Handler = Handler(Config{
		Store: db, Now: time.Now, Limits: Limits{Create: generous, Progress: generous},
		Client: func(r *http.Request) string { return "one school" },
		Log:    func(err error) { t.Error(err) },
	})
	at := "http://" + serve(t, s, time.Minute) + "/api/rooms"
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: classes}}
	send := func(want int, method, target string, body any, token any) map[string]any {
		data, _ := json.Marshal(body)
		r, err := http.NewRequest(method, target, bytes.NewReader(data))
		if err != nil {
			t.Error(err)
			return nil
		}
		if token != nil {
			r.Header.Set("Authorization", "Bearer "+token.(string))
		}
		got, err := client.Do(r)
		if err != nil {
			t.Error(err)
			return nil
		}
		defer got.Body.Close()
		var v map[string]any
		if err := json.NewDecoder(got.Body).Decode(&v); err != nil || got.StatusCode != want {
			t.Errorf("%s %s: status %d, %v (%v)", method, target, got.StatusCode, v, err)
		}
		return v
	}
	class := func(n int) {
		made := send(201, "POST", at, roomFor(4, 3, 1), nil)
		room := fmt.Sprint(at, "/", made["code"])
		var who []map[string]any
		for i := range members {
			who = append(who, send(201, "POST", room+"/members", map[string]any{"nickname": fmt.Sprint("student ", i)}, nil))
		}
		for round := range 2 {
			for k := range reports {
				for i, m := range who {
					state := "running"
					if k == reports-1 {
						state = "complete"
					}
					p := progress(k+1, state, 1000-i, float64(10+i))
					p["round"] = round
					send(200, "PUT", fmt.Sprint(room, "/members/", m["id"], "/progress"), p, m["token"])
				}
				send(200, "GET", room, nil, nil)
			}
			b := send(200, "GET", room, nil, nil)
			if b["fastest"] != who[0]["id"] || b["frugal"] != who[members-1]["id"] || len(b["members"].([]any)) != members {
				t.Errorf("room %d: the board is %v", n, b)
			}
			if round == 0 {
				send(200, "POST", room+"/reset", nil, made["token"])
			}
		}
	}
	work := make(chan int)
	var wg sync.WaitGroup
	for range classes {
		wg.Go(func() {
			for n := range work {
				class(n)
			}
		})
	}
	for n := range rooms {
		work <- n
	}
	close(work)
	wg.Wait()
}

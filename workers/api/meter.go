package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// meter is the record of what a client has used. It counts requests against a
// rate and points against a budget.
type meter struct {
	// Next is when the next request would come if all came at the exact rate,
	// in milliseconds since 1970 (the generic cell rate algorithm).
	Next   float64  `json:"next"`
	Period string   `json:"period,omitempty"` // for which the budget is
	Used   int64    `json:"used,omitempty"`   // points of it
	Seen   []string `json:"seen,omitempty"`   // requests that were counted lately
}

// remembered is how many requests a meter remembers. A client has a few under
// way at once, and repeats one it got no answer to before it goes on.
const remembered = 32

// pass lets one request through, or says how long to wait.
func (m *meter) pass(now time.Time, rate Rate) (wait time.Duration) {
	every := float64(rate.Every) / float64(time.Millisecond)
	t := float64(now.UnixMicro()) / 1000
	early := m.Next - t - every*float64(rate.Burst-1)
	if early > 0 {
		return time.Duration(early * float64(time.Millisecond))
	}
	m.Next = max(m.Next, t) + every
	return 0
}

// charge counts points. A request that has been counted before is not again.
func (m *meter) charge(period string, points, budget int64, request string) bool {
	if m.Period != period {
		m.Period, m.Used, m.Seen = period, 0, nil
	}
	if request != "" && slices.Contains(m.Seen, request) {
		return true
	}
	if m.Used+points > budget {
		return false
	}
	m.Used += points
	if request != "" {
		m.Seen = append(m.Seen, request)
		m.Seen = m.Seen[max(0, len(m.Seen)-remembered):]
	}
	return true
}

// account is where a client's meter is kept.
type account struct {
	group, name string
	expiry      time.Time
}

// account of the client that sends r, told apart by its address. The address
// itself is not kept.
func (s *server) account(r *http.Request, name string) account {
	h := sha256.Sum256([]byte("peel client " + s.Client(r)))
	return account{"client/" + hex.EncodeToString(h[:16]), name, s.Now().Add(2 * 24 * time.Hour)}
}

// update changes a meter; what change returns is returned.
func (s *server) update(ctx context.Context, a account, change func(*meter) error) (meter, error) {
	var m meter
	err := s.Store.Update(ctx, a.group, a.name, a.expiry, func(old []byte) ([]byte, error) {
		m = meter{}
		if old != nil {
			if err := json.Unmarshal(old, &m); err != nil {
				return nil, err
			}
		}
		if err := change(&m); err != nil {
			return nil, err
		}
		return json.Marshal(m)
	})
	return m, err
}

// limitCreation counts one more thing that a client stores.
func (s *server) limitCreation(r *http.Request) error {
	_, err := s.update(r.Context(), s.account(r, "create"), func(m *meter) error {
		if wait := m.pass(s.Now(), s.Limits.Create); wait > 0 {
			return tooFast(wait)
		}
		return nil
	})
	return err
}

func tooFast(wait time.Duration) *problem {
	return newProblem(http.StatusTooManyRequests, "rate", "Too many requests",
		"Requests come faster than this server allows; wait as long as the Retry-After header says.").after(wait)
}

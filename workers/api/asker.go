package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// asker is whose queries a request's are.
type asker struct {
	account
	period string    // for which the budget is
	renews time.Time // when the next period begins
}

// asker returns who asks an oracle: the client, or with the token of a member
// of a room that counts its members, that member. A class may share one network
// address.
func (s *server) asker(r *http.Request, sha256 string) (asker, error) {
	token := bearer(r)
	if token == "" {
		return s.byAddress(r, sha256), nil
	}
	code, id, ok := memberToken(token)
	if !ok {
		return asker{}, errWrongToken
	}
	room, err := s.room(r, code)
	if err != nil {
		return asker{}, err
	}
	m, err := s.member(r, code, id)
	if err != nil {
		return asker{}, err
	}
	if err := checkToken(r, m.Token); err != nil {
		return asker{}, err
	}
	if room.Victim != sha256 || !room.PerMember {
		return s.byAddress(r, sha256), nil
	}
	return asker{account{roomKey(code), askedName(id), room.expiry()}, room.period(), room.expiry()}, nil
}

// byAddress is an asker whose budget is for a day, which begins at midnight UTC.
func (s *server) byAddress(r *http.Request, sha256 string) asker {
	today := s.Now().UTC().Truncate(24 * time.Hour)
	return asker{s.account(r, "oracle/"+sha256), today.Format(time.DateOnly), today.Add(24 * time.Hour)}
}

// period names what a member's budget is for: the room's day, until it is reset.
func (room *room) period() string { return "round " + strconv.Itoa(room.Round) }

// usedOf returns the points that a meter's record, nil if there is none, counts
// for the period.
func usedOf(record []byte, period string) (int64, error) {
	var m meter
	if record != nil {
		if err := json.Unmarshal(record, &m); err != nil {
			return 0, err
		}
	}
	if m.Period != period {
		return 0, nil
	}
	return m.Used, nil
}

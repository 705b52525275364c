package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// board is the answer of GET /api/rooms/CODE: everything the room's page shows.
type board struct {
	Code      string          `json:"code"`
	Title     string          `json:"title"`
	Spec      json.RawMessage `json:"spec"`
	Seeds     string          `json:"seeds"`
	Remote    bool            `json:"remote"`
	PerMember bool            `json:"perMember"`
	Round     int             `json:"round"`
	Created   int64           `json:"created"`
	Expires   int64           `json:"expires"`
	Now       int64           `json:"now"`
	Members   []row           `json:"members"`
	// Fastest and Frugal are the ids of the members whose complete run took the
	// least time and the fewest queries, "" while there is none.
	Fastest string `json:"fastest"`
	Frugal  string `json:"frugal"`
}

type row struct {
	ID       string    `json:"id"`
	Nickname string    `json:"nickname"`
	Joined   int64     `json:"joined"`
	Asked    int64     `json:"asked"` // counted by this server, in a room per member
	Progress *Progress `json:"progress"`
}

func (s *server) getRoom(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	if !isCode(code) {
		return errNoRoom
	}
	records, err := s.Store.List(r.Context(), roomKey(code))
	if err != nil {
		return err
	}
	var room *room
	asked := map[string]int64{}
	var members []row
	for _, record := range records {
		if record.Name == roomRecord {
			if room, err = s.decodeRoom(record.Value); err != nil {
				return err
			}
		}
	}
	if room == nil {
		return errNoRoom
	}
	for _, record := range records {
		kind, id, _ := strings.Cut(record.Name, "/")
		switch kind {
		case "asked":
			if asked[id], err = usedOf(record.Value, room.period()); err != nil {
				return err
			}
		case "member":
			m, err := decodeMember(record.Value)
			if err != nil {
				return err
			}
			if m.Round != room.Round {
				m.Progress = nil
			}
			members = append(members, row{ID: id, Nickname: m.Nickname, Joined: m.Joined, Progress: m.Progress})
		}
	}
	for i := range members {
		members[i].Asked = asked[members[i].ID]
	}
	slices.SortFunc(members, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Joined, b.Joined), cmp.Compare(a.ID, b.ID))
	})
	b := board{
		Code: code, Title: room.Title, Spec: room.Spec, Seeds: room.Seeds, Remote: room.Remote, PerMember: room.PerMember,
		Round: room.Round, Created: room.Created, Expires: room.expiry().Unix(), Now: s.Now().Unix(),
		Members: append([]row{}, members...), // never null
	}
	b.Fastest = best(members, func(p *Progress) float64 { return p.Seconds })
	b.Frugal = best(members, func(p *Progress) float64 { return float64(p.Queries) })
	return writeJSON(w, http.StatusOK, b)
}

// best is the id of the member with the smallest measure of those whose run is
// complete.
func best(members []row, measure func(*Progress) float64) string {
	id, least := "", 0.0
	for _, m := range members {
		if p := m.Progress; p != nil && p.State == "complete" && (id == "" || measure(p) < least) {
			id, least = m.ID, measure(p)
		}
	}
	return id
}

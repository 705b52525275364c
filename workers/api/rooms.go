package api

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"peel/core/run"
)

// room is one attack for a class, for a day. Its record and those of its
// members are one group, so that they are read together and end together.
type room struct {
	Created int64           `json:"created"` // seconds since 1970
	Teacher string          `json:"teacher"` // hash of the teacher's token
	Round   int             `json:"round"`   // how often it was reset
	Title   string          `json:"title"`
	Spec    json.RawMessage `json:"spec"` // a run.Spec
	// Seeds says whose seed a run has: "own" lets each member choose, "same"
	// means that of the spec.
	Seeds  string `json:"seeds"`
	Victim string `json:"victim"` // the spec's SHA-256
	// Remote rooms attack /api/oracle/VICTIM. PerMember ones count what each
	// member asks there, which the model's owner must have allowed.
	Remote    bool `json:"remote"`
	PerMember bool `json:"perMember"`
}

// codeLetters have no two that look alike; six of them are 29 bits.
const (
	codeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength  = 6
)

func newCode() string {
	code := make([]byte, 0, codeLength)
	var b [1]byte
	for len(code) < codeLength {
		rand.Read(b[:])
		if n := int(b[0]); n < 256/len(codeLetters)*len(codeLetters) { // else letters would not be equally likely
			code = append(code, codeLetters[n%len(codeLetters)])
		}
	}
	return string(code)
}

func isCode(s string) bool { return len(s) == codeLength && strings.Trim(s, codeLetters) == "" }

func roomKey(code string) string { return "room/" + code }

const roomRecord = "room"

func (room *room) expiry() time.Time { return time.Unix(room.Created, 0).Add(RoomLife) }

// roomRequest is the body of POST /api/rooms.
type roomRequest struct {
	Title  string          `json:"title"`
	Spec   json.RawMessage `json:"spec"`
	Seeds  string          `json:"seeds"`
	Remote bool            `json:"remote"`
	// ModelToken, the token of a remote victim, lets the room count what every
	// member asks for itself.
	ModelToken string `json:"modelToken"`
}

func (s *server) postRoom(w http.ResponseWriter, r *http.Request) error {
	var in roomRequest
	if err := readJSON(w, r, maxSmall, &in); err != nil {
		return err
	}
	title, ok := plainText(in.Title, MaxTitle)
	if !ok {
		return invalid("The title must have at most %d characters, all of them visible; choose another.", MaxTitle)
	}
	if in.Seeds == "" {
		in.Seeds = "own"
	}
	if in.Seeds != "own" && in.Seeds != "same" {
		return invalid("The seeds %q are neither \"own\" nor \"same\".", in.Seeds)
	}
	if len(in.Spec) == 0 {
		return invalid("The room has no spec; send that of the run everybody is to do.")
	}
	spec, err := run.ParseSpec(in.Spec)
	if err != nil {
		return invalid("The room's run is not possible: %v.", err)
	}
	canonical, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	made := room{
		Created: s.Now().Unix(), Title: title, Spec: canonical, Seeds: in.Seeds,
		Victim: spec.Victim.SHA256, Remote: in.Remote,
	}
	if in.Remote {
		if made.PerMember, err = s.checkRemote(r, spec, in.ModelToken); err != nil {
			return err
		}
	}
	if err := s.limitCreation(r); err != nil {
		return err
	}
	code, token, err := s.openRoom(r, made)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, map[string]any{
		"code": code, "url": "/r/" + code, "token": token, "expires": made.expiry().Unix(), "perMember": made.PerMember,
	})
}

// checkRemote checks that the victim is stored here as the spec says, and
// whether token is its owner's.
func (s *server) checkRemote(r *http.Request, spec run.Spec, token string) (perMember bool, err error) {
	o, err := s.owned(r, modelKey(spec.Victim.SHA256))
	if err != nil {
		return false, err
	}
	if o == nil || o.Model == nil {
		return false, invalid("The victim is not stored on this server; store the model first.")
	}
	if !slices.Equal(o.Model.Sizes, spec.Sizes) {
		return false, invalid("The spec's sizes are not those of the stored model.")
	}
	if token == "" {
		return false, nil
	}
	if hashToken(token) != o.Token {
		return false, errWrongToken
	}
	return true, nil
}

// openRoom stores a room under a code that is free.
func (s *server) openRoom(r *http.Request, made room) (code, token string, err error) {
	token = newToken()
	made.Teacher = hashToken(token)
	value, err := json.Marshal(made)
	if err != nil {
		return "", "", err
	}
	for range 5 {
		code = newCode()
		err = s.Store.Update(r.Context(), roomKey(code), roomRecord, made.expiry(), ifNew(value))
		if !errors.Is(err, errExists) {
			break
		}
	}
	return code, token, err
}

// room returns the room of that code.
func (s *server) room(r *http.Request, code string) (*room, error) {
	if !isCode(code) {
		return nil, errNoRoom
	}
	value, err := s.Store.Read(r.Context(), roomKey(code), roomRecord)
	if err != nil {
		return nil, err
	}
	return s.decodeRoom(value)
}

func (s *server) decodeRoom(value []byte) (*room, error) {
	if value == nil {
		return nil, errNoRoom
	}
	var found room
	if err := json.Unmarshal(value, &found); err != nil {
		return nil, err
	}
	if !s.Now().Before(found.expiry()) {
		return nil, errNoRoom
	}
	return &found, nil
}

// resetRoom forgets what everybody has done; the members stay.
func (s *server) resetRoom(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	old, err := s.room(r, code)
	if err != nil {
		return err
	}
	if err := checkToken(r, old.Teacher); err != nil {
		return err
	}
	var round int
	err = s.Store.Update(r.Context(), roomKey(code), roomRecord, time.Time{}, func(value []byte) ([]byte, error) {
		found, err := s.decodeRoom(value)
		if err != nil {
			return nil, err
		}
		found.Round++
		round = found.Round
		return json.Marshal(found)
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]int{"round": round})
}

// deleteRoom ends a room before its day is over.
func (s *server) deleteRoom(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	old, err := s.room(r, code)
	if err != nil {
		return err
	}
	if err := checkToken(r, old.Teacher); err != nil {
		return err
	}
	if err := s.Store.Clear(r.Context(), roomKey(code)); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]bool{"deleted": true})
}
